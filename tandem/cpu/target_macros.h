// Highway's macros for HWY_TARGET, without its operations. Highway keeps a header from being read
// twice for a target by comparing a macro of the header with HWY_TARGET_TOGGLE: alike means not
// read yet. Part of foreach_target.h.
#ifdef HWY_TARGET_TOGGLE
#define HWY_SET_MACROS_PER_TARGET
#undef HWY_HIGHWAY_PER_TARGET
#else
#undef HWY_SET_MACROS_PER_TARGET
#define HWY_HIGHWAY_PER_TARGET
#endif
#include "hwy/ops/set_macros-inl.h"
