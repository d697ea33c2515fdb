# SPDX-License-Identifier: BSD-2-Clause
# dom0 gives memory back and takes it again; what it keeps stays intact.

balloon=/sys/devices/system/xen_memory/xen_memory0
step_kb=65536

current_is()
{
	[ "$(cat $balloon/info/current_kb)" = "$1" ]
}

balloon_to()
{
	echo "$1" > $balloon/target_kb
	soon 20 current_is "$1" || {
		echo "at $(cat $balloon/info/current_kb), wanted $1"
		return 1
	}
}

free_kb()
{
	sed -n 's/^MemFree: *\([0-9]*\) kB/\1/p' /proc/meminfo
}

start_kb=$(cat $balloon/info/current_kb)
small_kb=$((start_kb - step_kb))

dd if=/dev/urandom of=/tmp/keep bs=1M count=16 2> /dev/null
kept=$(sha256sum < /tmp/keep)
free_before=$(free_kb)

check "balloon inflates by 64 MiB" balloon_to $small_kb
check "that memory is gone" between 0 "$(free_kb)" $((free_before - 60000))
check "balloon deflates" balloon_to "$start_kb"
check "that memory is back" between $((free_before - 4096)) "$(free_kb)" \
	$((free_before + 8192))
check "five times down" eval 'for i in 1 2 3 4 5; do
	balloon_to $small_kb && balloon_to $start_kb || break; done;
	current_is $start_kb'
# New pages fill what came back, so that each of them is touched.
check "memory that came back holds data" eval '
	dd if=/dev/urandom of=/tmp/new bs=1M count=48 2> /dev/null;
	cp /tmp/new /tmp/copy && cmp /tmp/new /tmp/copy; ok=$?;
	rm -f /tmp/new /tmp/copy; [ $ok = 0 ]'
check "memory that stayed kept its data" test "$kept" = \
	"$(sha256sum < /tmp/keep)"
rm -f /tmp/keep
