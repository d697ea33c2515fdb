# SPDX-License-Identifier: BSD-2-Clause
# A part of the machine's SRAM in guests.

. ./guest.sh

sram=7fe10      # 16 pages of it, which dom0's driver leaves alone
area=$(ls /sys/bus/platform/drivers/sram/*/*.sram)

# with ATTR: Linux in a guest finds the SRAM and its driver.
sram_guest()
{
	run_linux 2 sram,sram_use -m 256 -i "20000:$sram:10${1:+:$1}" &&
		guest_tap /tmp/guest
}

# dom0 may have the pages cached, in their place.
cached_again()
{
	iomem map 0 0x$sram 0x$sram 16 6 | grep -qx done &&
		iomem unmap 0 0x$sram 0x$sram 16 | grep -qx done
}

area_is()
{
	printf '%s' "$1" | cmp -n ${#1} - "$area"
}

refused()
{
	text=$1
	shift
	said=$(timeout 30 entresol-run -m 16 -k $payload "$@" 2>&1)
	code=$?
	echo "status $code: $said"
	[ $code = 1 ] && echo "$said" | grep -q "$text"
}

# half NAME PAGE ATTR: a guest with 8 pages from there on, and a pipe to its console.
half()
{
	mkfifo "/tmp/$1"
	entresol-run -c -m 16 -k $payload -n "$1" -i "20000:$2:8:$3" \
		< "/tmp/$1" > "/tmp/$1.out" 2>&1 &
}

# Each writes to its half, and reads that after the other has written; the
# second one after the first has ended.
halves()
{
	half one 7fe10 wb
	one=$!
	half two 7fe18 nc
	two=$!
	exec 3> /tmp/one 4> /tmp/two
	soon 10 grep -q hello /tmp/one.out && soon 10 grep -q hello /tmp/two.out
	printf '=A?' >&3
	soon 10 grep -q 'SRAM AA' /tmp/one.out
	printf '=B?' >&4
	soon 10 grep -q 'SRAM BB' /tmp/two.out
	printf '=C?p' >&3
	wait $one && printf '?p' >&4 && wait $two || return 1
	exec 3>&- 4>&-
	cat /tmp/one.out /tmp/two.out
	grep -q 'SRAM CC' /tmp/one.out &&
		[ "$(grep -c 'SRAM BB' /tmp/two.out)" = 2 ]
}

make_room
printf 'dom0' | dd of="$area" conv=notrunc 2> /dev/null
check "SRAM as the hypervisor's table has it" sram_guest ""
check "SRAM, not cached" sram_guest nc
check "dom0's area holds what it held" area_is dom0
check "nobody has it uncached any more" cached_again
check "cached over not cached" refused 'machine pages from 0x7fe10' \
	-i 20000:$sram:1:nc -i 20010:$sram:1:wb
check "the interrupt controller's place" \
	refused 'are in its interrupt controller' -i 3001:$sram:1
check "RAM's place" refused 'are in its memory' -i 3fff8:$sram:10
check "two guests have halves" halves
check "no guest is left" test "$(domain count)" = 1
