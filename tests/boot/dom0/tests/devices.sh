# SPDX-License-Identifier: BSD-2-Clause
# The board's devices work as without a hypervisor.

# block_on BUS: name of the virtio disk behind "mmio" or "pci".
block_on()
{
	for dev in /sys/block/vd*; do
		case $(readlink -f "$dev/device") in
		*"$1"*) basename "$dev" ;;
		esac
	done
}

# net_on WHAT: name of the network interface whose device path has WHAT.
net_on()
{
	for dev in /sys/class/net/*; do
		case $(readlink -f "$dev/device" 2> /dev/null) in
		*"$1"*) basename "$dev" ;;
		esac
	done
}

# The first half of each disk holds known data; the second is for us.
disk_reads()
{
	[ -b "/dev/$1" ] || { ls /sys/block; return 1; }
	sum=$(dd if="/dev/$1" bs=1M count=4 2> /dev/null | sha256sum)
	[ "${sum%% *}" = "$(option sha256)" ]
}

# Copy the first half over the second, then read back past the page cache.
# The runner looks at the file after power-off, too.
disk_writes()
{
	dd if="/dev/$1" of="/dev/$1" bs=1M count=4 seek=4 conv=fsync,notrunc &&
	echo 3 > /proc/sys/vm/drop_caches &&
	sum=$(dd if="/dev/$1" bs=1M skip=4 count=4 | sha256sum) &&
	[ "${sum%% *}" = "$(option sha256)" ]
}

net_works()
{
	[ -n "$1" ] || { ls /sys/class/net; return 1; }
	ip link set "$1" up &&
	udhcpc -i "$1" -n -q -t 5 -T 2 -s /tests/udhcpc &&
	ping -c 3 -W 5 -I "$1" "$2"
}

interrupts_of()
{
	awk -v name="$1" '$0 ~ name {
		for (i = 2; i <= NF && $i ~ /^[0-9]+$/; i++)
			sum += $i
	} END { print sum + 0 }' /proc/interrupts
}

# A PCIe device without MSI interrupts by its INTx line, through the GIC.
legacy_interrupts()
{
	grep -E "GICv?[23].*$1" /proc/interrupts || return 1
	[ "$(interrupts_of "$1")" -gt 0 ]
}

rtc_ticks()
{
	first=$(cat /sys/class/rtc/rtc0/since_epoch)
	sleep 2
	second=$(cat /sys/class/rtc/rtc0/since_epoch)
	between 1 $((second - first)) 4
}

# QEMU was started with this date.
rtc_date()
{
	cat /sys/class/rtc/rtc0/date | grep -x '2031-05-2[34]'
}

# Drive a pin of the PL061 and read it back.
gpio_pin()
{
	base=$(cat /sys/class/gpio/gpiochip*/base | head -n 1)
	pin=/sys/class/gpio/gpio$base
	echo "$base" > /sys/class/gpio/export || return 1
	for level in high low high; do
		echo $level > "$pin/direction"
		case $level in
		high) same 1 "$pin/value" || return 1 ;;
		low) same 0 "$pin/value" || return 1 ;;
		esac
	done
}

mmio_disk=$(block_on virtio_mmio)
pci_disk=$(block_on pci)
mmio_net=$(net_on virtio_mmio)
e1000e=$(net_on pci)

check "virtio-mmio disk: known data" disk_reads "$mmio_disk"
check "virtio-mmio disk: write, read back" disk_writes "$mmio_disk"
check "virtio-pci disk: known data" disk_reads "$pci_disk"
check "virtio-pci disk: write, read back" disk_writes "$pci_disk"
check "virtio-mmio network: DHCP and ping" net_works "$mmio_net" 10.0.2.2
check "e1000e on PCIe: DHCP and ping" net_works "$e1000e" 10.0.3.2
check "e1000e interrupts by INTx" legacy_interrupts "$e1000e"
check "real-time clock: the date" rtc_date
check "real-time clock: ticks" rtc_ticks
check "GPIO controller has 8 lines" grep -qx 8 /sys/class/gpio/gpiochip*/ngpio
check "GPIO line can be driven" gpio_pin
