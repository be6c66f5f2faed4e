// For precompiled headers alone: Highway's operations for every target that is compiled for.
#pragma once
#define HWY_TARGET_INCLUDE "hwy/highway.h"
#include "hwy/foreach_target.h"
// After foreach_target.h.
#include "hwy/highway.h"
#undef HWY_TARGET_INCLUDE
#define TANDEM_PRECOMPILED_TARGETS
#if HWY_MAJOR != 1 || HWY_MINOR != 0 || !HWY_ARCH_X86
#error "target_macros.h relies on how Highway 1.0 keeps the headers of targets apart"
#endif
