# SPDX-License-Identifier: BSD-2-Clause
# entresol-memmap inside dom0. What it prints behind "map: " is compared with
# what the hypervisor has said at boot (run.py).

# fails STATUS TEXT COMMAND...: it ends like this, and says why.
fails()
{
	status=$1 text=$2
	shift 2
	said=$("$@" 2>&1)
	code=$?
	echo "status $code: $said"
	[ $code = "$status" ] && echo "$said" | grep -q "$text"
}

shows()
{
	entresol-memmap > /tmp/map.txt &&
		grep -q "^0x.*$1" /tmp/map.txt || { cat /tmp/map.txt; return 1; }
}

# The regions alone: the table may have changed in between.
saved_is_the_same()
{
	entresol-memmap --save /tmp/map &&
		entresol-memmap --from /tmp/map --json |
			sed '/^"view"/,$d' > /tmp/saved &&
		entresol-memmap --json | sed '/^"view"/,$d' > /tmp/now &&
		[ -s /tmp/now ] && cmp /tmp/saved /tmp/now
}

draws()
{
	entresol-memmap --svg --output /tmp/map.svg &&
		head -n 1 /tmp/map.svg | grep '^<svg ' &&
		tail -n 1 /tmp/map.svg | grep '^</svg>$'
}

if grep -q entresol /sys/hypervisor/version/extra; then
	check "entresol-memmap shows regions" shows ' gicd: emulated'
	check "entresol-memmap shows the table" shows ' AF .*ram-rw normal-wb'
	check "entresol-memmap knows no domain 7" \
		fails 4 'there is no domain 7' entresol-memmap -d 7
	check "a saved map is the same" saved_is_the_same
	check "a picture is drawn" draws
	entresol-memmap --json | sed 's/^/map: /'
else
	check "entresol-memmap knows its hypervisor" \
		fails 3 'this hypervisor is not Entresol' entresol-memmap
fi
