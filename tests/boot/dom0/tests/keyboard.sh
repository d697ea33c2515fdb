# SPDX-License-Identifier: BSD-2-Clause
# What the runner types at "type:" arrives; what it types to the hypervisor in
# between does not.

typed()
{
	echo "type: $1" > /dev/console
	read -r -t 60 line < /dev/console
	echo "$line"
	[ "$line" = "$1" ]
}

check "a typed line reaches dom0" typed first
check "keys for the hypervisor do not" typed second
