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

make_room
printf 'dom0' | dd of="$area" conv=notrunc 2> /dev/null
check "SRAM as the hypervisor's table has it" sram_guest ""
check "SRAM, cached" sram_guest wb
check "SRAM, not cached" sram_guest nc
check "dom0's area holds what it held" area_is dom0
check "the page is dom0's again" eval 'iomem query 0 0x'$sram' 1 | grep -q "holder 0x7ff4\|holder 0 "'
check "cached over not cached" refused 'machine pages from 0x7fe10' \
	-i 20000:$sram:1:nc -i 20010:$sram:1:wb
check "the emulated GIC's place" refused 'machine pages from 0x7fe10' \
	-i 3001:$sram:1
check "no guest is left" test "$(domain count)" = 1
