// hwy/foreach_target.h, to be included in its place: compiles the including file once a SIMD
// target. Where tandem/cpu/precompiled_targets.h has read Highway's operations for all of them
// beforehand, in seconds, it sets their macros and nothing else.
#ifndef TANDEM_PRECOMPILED_TARGETS
#include "hwy/foreach_target.h"
#elif !defined(TANDEM_CPU_FOREACH_TARGET_H)
#define TANDEM_CPU_FOREACH_TARGET_H
#undef HWY_TARGET_TOGGLE
#undef HWY_ONCE
#define HWY_ONCE (0 || HWY_IDE)

#if (HWY_TARGETS & HWY_EMU128) && HWY_STATIC_TARGET != HWY_EMU128
#undef HWY_TARGET
#define HWY_TARGET HWY_EMU128
#include "tandem/cpu/next_target.h"
#endif
#if (HWY_TARGETS & HWY_SCALAR) && HWY_STATIC_TARGET != HWY_SCALAR
#undef HWY_TARGET
#define HWY_TARGET HWY_SCALAR
#include "tandem/cpu/next_target.h"
#endif
#if (HWY_TARGETS & HWY_SSE4) && HWY_STATIC_TARGET != HWY_SSE4
#undef HWY_TARGET
#define HWY_TARGET HWY_SSE4
#include "tandem/cpu/next_target.h"
#endif
#if (HWY_TARGETS & HWY_AVX2) && HWY_STATIC_TARGET != HWY_AVX2
#undef HWY_TARGET
#define HWY_TARGET HWY_AVX2
#include "tandem/cpu/next_target.h"
#endif
#if (HWY_TARGETS & HWY_AVX3) && HWY_STATIC_TARGET != HWY_AVX3
#undef HWY_TARGET
#define HWY_TARGET HWY_AVX3
#include "tandem/cpu/next_target.h"
#endif

// The static target is what the including file goes on with.
#undef HWY_ONCE
#define HWY_ONCE 1
#undef HWY_TARGET
#define HWY_TARGET HWY_STATIC_TARGET
#include "tandem/cpu/target_macros.h"
#endif
