// Compiles HWY_TARGET_INCLUDE for HWY_TARGET. Part of foreach_target.h.
#include "tandem/cpu/target_macros.h"
#include HWY_TARGET_INCLUDE
#ifdef HWY_TARGET_TOGGLE
#undef HWY_TARGET_TOGGLE
#else
#define HWY_TARGET_TOGGLE
#endif
