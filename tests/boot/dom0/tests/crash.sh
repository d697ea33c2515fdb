# SPDX-License-Identifier: BSD-2-Clause
# In a guest: the kernel panics.

echo c > /proc/sysrq-trigger
