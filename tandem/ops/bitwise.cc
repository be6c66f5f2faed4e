#include "tandem/ops/bitwise.h"

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor bitwise_and(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<BitwiseAnd>, nullptr, input, other); }
Tensor bitwise_or(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<BitwiseOr>, nullptr, input, other); }
Tensor bitwise_xor(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<BitwiseXor>, nullptr, input, other); }
Tensor bitwise_not(const NumArg& input) { return apply_promoted(info_of<BitwiseNot>, nullptr, input); }
Tensor bitwise_left_shift(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<BitwiseLeftShift>, nullptr, input, other); }
Tensor bitwise_right_shift(const NumArg& input, const NumArg& other) { return apply_promoted(info_of<BitwiseRightShift>, nullptr, input, other); }
// clang-format on

template struct Family<BitwiseOps>;

}  // namespace tandem
