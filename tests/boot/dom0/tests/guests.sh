# SPDX-License-Identifier: BSD-2-Clause
# Guests beside dom0: Linux with one, two and four vCPUs, and how a tiny guest
# may end. Nothing of them stays.

. ./guest.sh

# Debian boots in a guest, its checks are good, it powers off.
linux_runs()
{
	run_linux "$1" base -m 256 && guest_tap /tmp/guest
}

panic_is_reboot()
{
	run_linux 1 crash -m 256
	[ $? = 11 ] && grep -q 'Kernel panic.*sysrq triggered crash' /tmp/guest
}

# typed TEXT STATUS: the payload gets this and ends so.
typed()
{
	printf '%s' "$1" | timeout 30 entresol-run -c -m 16 -k $payload > /tmp/out 2>&1
	status=$?
	cat /tmp/out
	echo "status $status"
	[ $status = "$2" ] && grep -q 'hello from EL1' /tmp/out
}

# Start the payload, which waits for what is typed, in the background.
start_payload()
{
	entresol-run -m 16 -k $payload "$@" > /tmp/out 2>&1 &
	running=$!
	soon 10 grep -q hello /tmp/out
}

# What has been started ends with this status.
ends_with()
{
	wait $running
	status=$?
	cat /tmp/out
	echo "status $status"
	[ $status = "$1" ]
}

# What means nothing to the payload comes back.
echoes()
{
	typed 'ENTRESOL 123p' 0 && grep -q 'ENTRESOL 123' /tmp/out
}

alone()
{
	echo "$(domain count) domains"
	[ "$(domain count)" = 1 ]
}

free_is()
{
	[ "$(domain free)" = "$1" ]
}

free_again()
{
	soon 5 free_is "$1" || {
		echo "$(domain free) pages are free, $1 were"
		return 1
	}
}

runs_on()
{
	[ "$(domain cpu-ms "$1")" -gt "$2" ]
}

paused_does_not_run()
{
	start_payload || return 1
	id=$(domain newest)
	domain pause "$id"
	before=$(domain cpu-ms "$id")
	usleep 200000
	after=$(domain cpu-ms "$id")
	domain unpause "$id"
	echo "$before $after"
	soon 5 runs_on "$id" "$after"
	went_on=$?
	kill -TERM $running
	ends_with 143 && [ $went_on = 0 ] && [ "$before" = "$after" ]
}

has_its_memory()
{
	start_payload || return 1
	pages=$(domain pages "$(domain newest)")
	kill -TERM $running
	wait $running
	echo "$pages pages"
	[ "$pages" = 4098 ]
}

# Each ends on its own, and the other goes on.
two_at_once()
{
	start_payload || return 1
	printf p | entresol-run -c -m 16 -k $payload -n second || return 1
	domain count | grep -qx 2 || return 1
	kill -TERM $running
	ends_with 143
}

destroyed_by_another()
{
	start_payload || return 1
	domain destroy "$(domain newest)" | grep -qx done && ends_with 15
}

made()
{
	[ "$(domain count)" = 2 ]
}

# After so many microseconds of its life.
killed_half_way()
{
	entresol-run -k "$kernel" -r "$ramdisk" -m 256 > /tmp/out 2>&1 &
	running=$!
	soon 5 made || return 1
	usleep "$1"
	kill -TERM $running
	ends_with 143
}

# refused STATUS TEXT ARGUMENT...: it says why, and leaves nothing.
refused()
{
	status=$1 text=$2
	shift 2
	said=$(timeout 30 entresol-run "$@" 2>&1)
	code=$?
	echo "status $code: $said"
	[ $code = "$status" ] && echo "$said" | grep -q "$text" && alone
}

ten_times()
{
	for round in 1 2 3 4 5 6 7 8 9 10; do
		typed p 0 || return 1
	done
}

check "the guest's files are here" test -b "$kernel" -a -b "$ramdisk"
make_room
check "no guest yet" alone

for vcpus in 1 2 4; do
	check "Linux with $vcpus vCPUs runs in a guest" linux_runs $vcpus
done
check "no guest is left" alone
# The hypervisor's own heap has what it needs by now.
before=$(domain free)

check "poweroff is status 0" typed p 0
check "reboot is status 11" typed r 11
check "crash is status 10" typed c 10
check "watchdog is status 12" typed w 12
check "a guest that faults crashes" typed f 10
check "what is typed arrives" echoes
check "Linux that panics asks for a reboot" panic_is_reboot

check "it has the memory that was asked for" has_its_memory
check "paused it does not run" paused_does_not_run
check "two at once" two_at_once
check "destroyed by another: status 15" destroyed_by_another
check "killed while it is made" killed_half_way 0
check "killed while it is loaded" killed_half_way 300000
check "killed while it boots" killed_half_way 3000000
check "no guest is left" alone

check "no such kernel" refused 1 'nothere: No such file' -k /nothere
check "a kernel that is none" refused 1 'neither an arm64 Image nor ELF' \
	-k /init
check "memory for no kernel" refused 1 'where the guest has no memory' \
	-k "$kernel" -m 16
check "memory for no ramdisk" refused 1 'memory is too small' \
	-k "$kernel" -r "$ramdisk" -m 34
check "more memory than there is" refused 1 'MiB of memory' \
	-k "$payload" -m 3000
check "RAM of dom0" refused 1 'permission for 0x1 machine pages' \
	-k "$payload" -m 16 -i 20000:50000:1
check "bad usage" refused 2 "no number of CPUs" -k "$payload" -v 129

check "ten guests after each other" ten_times
check "all memory is free again" free_again "$before"
