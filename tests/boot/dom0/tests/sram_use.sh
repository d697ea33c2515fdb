# SPDX-License-Identifier: BSD-2-Clause
# In a guest with SRAM at 0x20000000: without its driver, user space reads what
# it writes, in the first and last word.

words_hold()
{
	for at in 0x20000000 0x20007ffc 0x2000fffc; do
		devmem $at 32 $((at ^ 0x5a5a5a5a)) &&
			[ $(($(devmem $at 32))) = $((at ^ 0x5a5a5a5a)) ] ||
			return 1
	done
}

nothing_behind()
{
	! devmem 0x20010000 32
}

echo 20000000.sram > /sys/bus/platform/drivers/sram/unbind
check "SRAM holds what is written" words_hold
check "nothing is behind it" nothing_behind
