# SPDX-License-Identifier: BSD-2-Clause
# In a guest: nothing but what is checked always.
