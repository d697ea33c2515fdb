# SPDX-License-Identifier: BSD-2-Clause
# The board's mmio-sram nodes: Linux's sram driver drives them, dom0's RAM does
# not contain them, and what it exports to user space is memory.

driver=/sys/bus/platform/drivers/sram

# Names of the mmio-sram nodes of the device tree, as platform devices have
# them: address, dot, name.
sram_devices()
{
	find /sys/firmware/devicetree/base -name compatible |
		while read -r file; do
			node=$(basename "$(dirname "$file")")
			if tr '\0' '\n' < "$file" | grep -qx mmio-sram; then
				echo "${node#*@}.${node%@*}"
			fi
		done
}

# driver_bound DEVICE: also when it is nested in another.
driver_bound()
{
	ls $driver
	[ -e "$driver/$1" ]
}

# not_ram DEVICE: its address is in no range of System RAM.
not_ram()
{
	address=$((0x${1%%.*}))
	for range in $(sed -n 's/^\([0-9a-f]*-[0-9a-f]*\) : System RAM$/\1/p' \
			/proc/iomem); do
		if [ $address -ge $((0x${range%-*})) ] &&
				[ $address -le $((0x${range#*-})) ]; then
			echo "$range"
			return 1
		fi
	done
}

# An area with "export" is a file; what is written there reads back.
exported_holds_data()
{
	size=$(stat -c %s "$1")
	[ "$size" -gt 0 ] || size=4096
	head -c "$size" /dev/urandom > /tmp/pattern
	cat /tmp/pattern > "$1" && head -c "$size" "$1" | cmp - /tmp/pattern
}

check "the device tree has mmio-sram nodes" test -n "$(sram_devices)"
for device in $(sram_devices); do
	check "sram driver drives $device" driver_bound "$device"
	check "$device is not RAM" not_ram "$device"
done
for file in $driver/*/*.sram; do
	[ ! -f "$file" ] ||
		check "exported area $(basename "$file") holds data" \
			exported_holds_data "$file"
done
