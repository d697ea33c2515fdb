# SPDX-License-Identifier: BSD-2-Clause
# Helpers for the checks that make guests.  Sourced, not run.

payload=/guest/payload.elf
balloon=/sys/devices/system/xen_memory/xen_memory0

# disk SERIAL: the block device with it.
disk()
{
	for serial in /sys/block/vd*/serial; do
		[ "$(cat "$serial")" != "$1" ] || {
			name=${serial%/serial}
			echo "/dev/${name##*/}"
		}
	done
}

kernel=$(disk kernel)
ramdisk=$(disk ramdisk)

# Frames for foreign pages: dom0's Linux takes them from its balloon, and has
# a warning when that is empty (also on Xen).
make_room()
{
	echo $(($(cat $balloon/info/current_kb) - 16384)) > $balloon/target_kb
	usleep 500000
}

# run_linux VCPUS CHECKS OPTION...: Linux in a guest; its console goes to
# /tmp/guest, and with a prefix to ours.
run_linux()
{
	vcpus=$1 checks=$2
	shift 2
	append="console=hvc0 panic=-1 entresol.role=guest"
	append="$append entresol.checks=$checks entresol.cpus=$vcpus"
	timeout 60 entresol-run -k "$kernel" -r "$ramdisk" -v "$vcpus" \
		-a "$append entresol.ram=256" "$@" > /tmp/guest 2>&1
	status=$?
	sed 's/^/guest: /' /tmp/guest > /dev/hvc0
	echo "status $status"
	return $status
}

# All checks of a guest ran and were good.
guest_tap()
{
	planned=$(tr -d '\r' < "$1" | sed -n 's/^1\.\.//p')
	good=$(grep -c '^ok ' "$1")
	grep '^not ok' -A 5 "$1"
	echo "$good of $planned good"
	[ -n "$planned" ] && [ "$good" = "$planned" ]
}
