/* SPDX-License-Identifier: BSD-2-Clause */
/* HCR_EL2, DDI 0487: "HCR_EL2, Hypervisor Configuration Register". */
#ifndef ARM64_HCR_H
#define ARM64_HCR_H

#include <core/bits.h>

#define HCR_VM	  BIT(0) /* stage 2 on                                 */
#define HCR_SWIO  BIT(1) /* DC ISW cleans too: set/way loses no data   */
#define HCR_PTW	  BIT(2) /* no stage-1 walk of Device memory           */
#define HCR_FMO	  BIT(3)
#define HCR_IMO	  BIT(4)
#define HCR_AMO	  BIT(5)
#define HCR_VSE	  BIT(8)
#define HCR_TWI	  BIT(13)
#define HCR_TID3  BIT(18)
#define HCR_TSC	  BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR  BIT(21)
#define HCR_RW	  BIT(31)
#define HCR_TLOR  BIT(35)
#define HCR_TERR  BIT(36)
#define HCR_APK	  BIT(40)
#define HCR_API	  BIT(41)

#endif
