# SPDX-License-Identifier: BSD-2-Clause
# Helpers for the checks that run inside dom0.  Sourced, not run.

count=0
failed=0

# check WHAT COMMAND...: one line of TAP; the command's output if it fails.
check()
{
	what=$1
	shift
	count=$((count + 1))
	if output=$("$@" 2>&1); then
		echo "ok $count - $what"
	else
		failed=$((failed + 1))
		echo "not ok $count - $what"
		printf '%s\n' "$* -> $output" | sed 's/^/# /'
	fi
}

# The value of an option on the kernel command line.
option()
{
	tr ' ' '\n' < /proc/cmdline | sed -n "s/^entresol\.$1=//p"
}

# same EXPECTED FILE: the file's contents are exactly this line.
same()
{
	content=$(cat "$2")
	echo "$content"
	[ "$content" = "$1" ]
}

# between LOW VALUE HIGH
between()
{
	echo "$2 (expected $1 to $3)"
	[ "$2" -ge "$1" ] && [ "$2" -le "$3" ]
}

# Nanoseconds of the kernel's own clock.
now_ns()
{
	sed -n 's/^now at \([0-9]*\) nsecs/\1/p' /proc/timer_list
}

# soon SECONDS COMMAND...: until the command succeeds, or the time is over.
soon()
{
	tries=$(($1 * 10))
	shift
	while ! "$@"; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		usleep 100000
	done
}
