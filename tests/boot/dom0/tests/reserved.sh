# SPDX-License-Identifier: BSD-2-Clause
# /reserved-memory: the nodes are there; what Linux may map is System RAM and
# reserved, what it may not is neither RAM nor missing.

nodes=/proc/device-tree/reserved-memory

# is_ram ADDRESS: a range of System RAM starts there.
is_ram()
{
	grep "^$1-[0-9a-f]* : System RAM" /proc/iomem
}

not_ram()
{
	! is_ram "$1"
}

reserved_inside()
{
	grep "^  $1-[0-9a-f]* : reserved" /proc/iomem
}

check "the node keep is there" test -d $nodes/keep@b0000000
check "the node hidden is there" test -d $nodes/hidden@b0400000
check "keep is RAM of dom0" is_ram b0000000
check "keep is reserved" reserved_inside b0000000
check "hidden is no RAM" not_ram b0400000
