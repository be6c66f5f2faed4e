// Changing the memory order of images: NCHW to NHWC and back.
#pragma once
#include "tandem/cpu/image.h"

namespace tandem::cpu {

/// to = from, element by element; sizes are equal, strides are any. Between contiguous and
/// channels-last images it transposes blocks in registers. T is float or double.
template <class T>
void copy_image(const Image<const T>& from, const Image<T>& to);

/// to[c][r] = from[r][c] on the calling thread; rows of `from` lie `from_row` apart, of `to`
/// `to_row`.
void transpose(const float* from, int64_t rows, int64_t columns, int64_t from_row, float* to,
               int64_t to_row);

}  // namespace tandem::cpu
