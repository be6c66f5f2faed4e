// Which dtype two operands of different dtypes meet in.
#pragma once
#include "tandem/base/dtype.h"

namespace tandem {

/// The one promotion table: the array API's, completed where it has holes as PyTorch completes it
/// (float16 with bfloat16 is float32, an integer with any floating dtype is the floating one).
constexpr DType promote(DType a, DType b) {
  if (a == b) return a;
  const DType low = a < b ? a : b, high = a < b ? b : a;
  if (low == DType::u8 && (high == DType::i8 || high == DType::i16))
    return DType::i16;  // neither holds the other's range, or i16 holds both
  if (low == DType::f16 && high == DType::bf16) return DType::f32;
  return high;
}

/// The default floating dtype: what an integer tensor becomes where a floating one is needed.
inline constexpr DType default_dtype = DType::f32;

/// What a weak operand of this category (a bare number, or a 0-d tensor among tensors with dims)
/// makes of `strong`: nothing, unless its category is higher.
constexpr DType promote_weak(DType strong, Category weak, DType own) {
  return weak > category(strong) ? own : strong;
}

/// The dtype a bare number has when nothing else says one.
constexpr DType dtype_of_number(Category c) {
  return c == Category::floating   ? default_dtype
         : c == Category::integral ? DType::i64
                                   : DType::boolean;
}

}  // namespace tandem
