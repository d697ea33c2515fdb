# SPDX-License-Identifier: BSD-2-Clause
# What every dom0 and guest must find: the Xen interface, its CPUs, memory and
# time. entresol.role=guest tells that it is no dom0.

hv=/sys/hypervisor

ram_bytes()
{
	total=0
	for range in $(sed -n 's/^\([0-9a-f]*-[0-9a-f]*\) : System RAM$/\1/p' \
			/proc/iomem); do
		total=$((total + 0x${range#*-} - 0x${range%-*} + 1))
	done
	echo $total
}

# dom0's RAM as device tree and command line promise, in MiB.  Linux may keep
# the odd reserved range apart, hence a few MiB of play.
ram_size()
{
	between $(($1 - 8)) $(($(ram_bytes) >> 20)) "$1"
}

# The time that "usleep $1 ms" takes, in microseconds: the best of ten tries,
# as the machine that runs the emulator may be busy.
best_sleep()
{
	best=1000000000
	for try in 1 2 3 4 5 6 7 8 9 10; do
		before=$(now_ns)
		usleep $(($1 * 1000))
		after=$(now_ns)
		us=$(((after - before) / 1000))
		[ $us -ge $best ] || best=$us
	done
	echo "$best"
}

# Never too short, and late by no more than starting the program costs: that
# is what a sleep of nothing takes.
sleep_accuracy()
{
	nothing=$(best_sleep 0)
	between $(($1 * 1000)) "$(best_sleep "$1")" \
		$(($1 * 1000 + 2 * nothing + 10000))
}

# The virtual timer ticks on each CPU: its line of /proc/interrupts has a
# number above zero for all of them.
ticks_everywhere()
{
	awk '/arch_timer/ {
		found = 1
		for (i = 2; i <= 1 + cpus; i++)
			if ($i + 0 == 0)
				exit 1
	} END { exit !found }' cpus="$(option cpus)" /proc/interrupts ||
		{ cat /proc/interrupts; return 1; }
}

# Work on each CPU in turn: a task only gets there by an interrupt from
# another CPU.
runs_on_each_cpu()
{
	cpu=0
	while [ $cpu -lt "$(option cpus)" ]; do
		taskset -c $cpu sh -c 'awk "{print \$39}" /proc/self/stat' |
			grep -qx $cpu || { echo "CPU $cpu"; return 1; }
		cpu=$((cpu + 1))
	done
}

said()
{
	dmesg | grep -q "$1"
}

check "/sys/hypervisor/type is xen" same xen $hv/type
check "version is 4" same 4 $hv/version/major
check "version is .17" same 17 $hv/version/minor
check "version has an extra part" test -s $hv/version/extra
check "capabilities name AArch64" grep -q 'xen-3.0-aarch64' \
	$hv/properties/capabilities
check "features are readable" test -s $hv/properties/features
check "page size is 4096 (in hex)" same 1000 $hv/properties/pagesize
check "changeset is readable" test -s $hv/properties/changeset
check "compiler is named" test -s $hv/compilation/compiler
if [ "$(option role)" = guest ]; then
	check "its uuid is a random one" grep -q '^........-....-4' $hv/uuid
	check "xenfs tells no control domain" \
		test -z "$(cat /proc/xen/capabilities)"
else
	check "dom0's uuid is zero" \
		same 00000000-0000-0000-0000-000000000000 $hv/uuid
	check "xenfs tells the control domain" grep -q control_d \
		/proc/xen/capabilities
fi
check "the kernel found Xen 4.17" said 'Xen 4.17 support found'
check "grant tables are version 1" said 'Grant tables using version 1'
check "PSCI is called by HVC" test \
	"$(cat /sys/firmware/devicetree/base/psci/method)" = hvc
check "hvc0 is the console" same hvc0 /sys/class/tty/console/active
check "event channel device" test -c /dev/xen/evtchn
check "grant device" test -c /dev/xen/gntdev
check "privcmd device" test -c /dev/xen/privcmd
check "all CPUs are online" test "$(nproc)" = "$(option cpus)"
check "a task runs on each CPU" runs_on_each_cpu
check "RAM is $(option ram) MiB" ram_size "$(option ram)"
check "clock is the architected counter" same arch_sys_counter \
	/sys/devices/system/clocksource/clocksource0/current_clocksource
check "sleeping 20 ms takes 20 ms" sleep_accuracy 20
check "sleeping 200 ms takes 200 ms" sleep_accuracy 200
check "the timer ticks on each CPU" ticks_everywhere
