// Changing the memory order of images: NCHW to NHWC and back.
#pragma once
#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// to = from, element by element; sizes are equal, strides are any. Between contiguous and
/// channels-last images it transposes blocks in registers. T is float or double.
template <class T>
void copy_image(const Image<const T>& from, const Image<T>& to);

}  // namespace tandem::cpu
