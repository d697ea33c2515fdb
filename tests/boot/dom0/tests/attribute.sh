# SPDX-License-Identifier: BSD-2-Clause
# Attributes by the stock libxenctrl: SRAM and a device mapped at free guest
# frames, what is refused, and all gone again.

# The last 128 MiB of the largest range without anything: frames that Linux
# has not used yet.
free_gfn()
{
	hexdump -v -e '4/1 "%02x" " " 4/1 "%02x" " " 4/1 "%02x" " " 4/1 "%02x" "\n"' \
		/proc/device-tree/hypervisor/reg | tail -n +2 |
		while read -r base_high base size_high size; do
			echo "$((0x$size_high$size)) $((0x$base_high$base))"
		done | sort -n | tail -n 1 | {
			read -r size base
			echo $(((base + size >> 12) - 0x8000))
		}
}

# says TEXT COMMAND...: that is all it prints.
says()
{
	text=$1
	shift
	said=$("$@" 2>&1)
	echo "$said"
	[ "$said" = "$text" ]
}

# word FRAME OFFSET: 32 bits at a guest address, or "nothing".
word()
{
	devmem $((($1 << 12) + $2)) 32 2> /dev/null || echo nothing
}

# Neither of the commands is killed by what it touches in here.
write_fails()
{
	! devmem $((($1 << 12) + $2)) 32 0x12345678 2> /dev/null
}

same_word()
{
	a=$(word "$1" "$2")
	b=$(word "$3" "$4")
	echo "$a $b"
	[ "$a" = "$b" ] && [ "$a" != nothing ]
}

gfn=$(free_gfn)
sram=$((0x7fe00))
rtc=$((0x9010))
ram=$((0x40000))
area=$(ls /sys/bus/platform/drivers/sram/*/*.sram)
printf 'abcd' > /tmp/word
dd if=/tmp/word of="$area" conv=notrunc 2> /dev/null

echo "# mapped by xc_domain_memory_mapping(): $(iomem by-library 0)"
check "query: SRAM" says "nr 512 allowed 0x41 in_place 0x7f default 0x6 holder 0 node sram@7fe00000" \
	iomem query 0 $sram 1000
check "query: the clock" says "nr 1 allowed 0x3f in_place 0x3f default 0x4 holder 0x7ff4 node pl031@9010000" \
	iomem query 0 $rtc 1
check "query: RAM" says "nr 1 allowed 0 in_place 0 default 0x2 holder 0x7ff4 node " \
	iomem query 0 $ram 1
check "query: domain 77" says ESRCH iomem query 77 $sram 1

check "nothing is there" says nothing word $gfn 0
check "SRAM, cached" says done iomem map 0 $gfn $sram 512 6
check "it holds what the sram driver wrote" says 0x64636261 word $gfn 0x1000
check "the last page is there" test "$(word $((gfn + 511)) 0)" != nothing
check "SRAM, read-only" says done iomem map 0 $gfn $sram 512 0x106
check "it can be read" says 0x64636261 word $gfn 0x1000
check "it cannot be written" write_fails $gfn 0x1000
check "SRAM, uncached" says EBUSY iomem map 0 $((gfn + 512)) $sram 1 5
check "no such selector" says EINVAL iomem map 0 $((gfn + 512)) $sram 1 7
check "the clock, cached" says EPERM iomem map 0 $((gfn + 512)) $rtc 1 6
check "RAM" says EPERM iomem map 0 $((gfn + 512)) $ram 1 0
check "to domain 77" says ESRCH iomem map 77 $gfn $sram 1 0
check "permit RAM" says EPERM iomem permit 0 $ram 1 1
check "permit SRAM" says done iomem permit 0 $sram 512 1
check "nothing is mapped by that" says nothing word $((gfn + 512)) 0

check "the clock, nGnRnE" says done iomem map 0 $((gfn + 512)) $rtc 1 1
check "it is the clock" says 0x00000031 word $((gfn + 512)) 0xfe0
check "remove it" says done iomem unmap 0 $((gfn + 512)) $rtc 1
check "it is gone" says nothing word $((gfn + 512)) 0xfe0

check "remove a page of SRAM" says done iomem unmap 0 $((gfn + 1)) $((sram + 1)) 1
check "it is gone" says nothing word $gfn 0x1000
check "the next one is not" test "$(word $gfn 0x2000)" != nothing
check "remove all" says done iomem unmap 0 $gfn $sram 512
check "all is gone" says nothing word $gfn 0x2000
check "the driver's area holds what it held" cmp -n 4 /tmp/word "$area"

# The library asks for all of it at once and is not told to ask for less.
check "128 MiB of the PCI window" says done iomem map 0 $gfn $((0x18000)) $((0x8000)) 0
check "remove it" says done iomem unmap 0 $gfn $((0x18000)) $((0x8000))
