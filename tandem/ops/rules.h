// What the rules of several families share.
#pragma once
#include <string_view>
#include <type_traits>

#include "tandem/ops/functions.h"
#include "tandem/ops/variants.h"
#include "tandem/tensor/apply.h"

namespace tandem {

/// The last two dims exchanged.
inline Tensor mT(const Tensor& x) { return transpose(x, -2, -1); }

inline OptArg optional(const Tensor* t) { return t ? OptArg(*t) : OptArg(); }

/// Error: code dtype.
void check_floating(std::string_view op, const Tensor& input);

/// The elements decide about the size of the result. Error: code unsupported while a program is
/// traced.
void check_known(std::string_view op);

/// The gradient of values taken along `dim`: it goes back to the places that result 1 names.
Grads to_places(const Call& c, int64_t dim);

/// Operands without a batch dim get one for the length of the call.
template <class Apply>
auto with_batch(Arg input, int batched_rank, Apply apply) {
  using Result = decltype(apply(input));
  if (input.tensor->dim() != batched_rank - 1) return apply(input);
  At line(input.where);
  Result out = apply(Arg(unsqueeze(*input.tensor, 0), input.where));
  if constexpr (std::is_same_v<Result, Tensor>)
    return squeeze(out, 0);
  else
    return Result{squeeze(out[0], 0), squeeze(out[1], 0)};
}

// Ops of one dim by those of two: a height of 1 that is taken out again, and for each attribute one
// number for the width beside one that leaves the height alone.
Type without_height(Type t);
Dims beside(std::string_view op, std::string_view name, int64_t height, const Dims& given);

}  // namespace tandem
