// Indexing by PyTorch's rules: x.index({Ellipsis, 1, Slice(0, 4, 2), None, mask, rows}).
#pragma once
#include <concepts>
#include <optional>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// The words of an index. Write `using namespace tandem::indexing;` to say them as in PyTorch.
namespace indexing {

/// Adds a dim of size 1.
inline constexpr std::nullopt_t None = std::nullopt;

/// All dims that no other index names; a second one stands for none.
struct EllipsisType {};
inline constexpr EllipsisType Ellipsis;

/// Every `step`-th index from `start` up to and without `stop`. Negative bounds count from the end,
/// and bounds out of range are clamped, as in Python. Slice() is the whole dim.
struct Slice {
  Slice(std::optional<int64_t> start = {}, std::optional<int64_t> stop = {}, int64_t step = 1)
      : start(start), stop(stop), step(step) {}
  std::optional<int64_t> start, stop;
  int64_t step;
};

/// One index. A tensor of bool (or uint8) is a mask over as many dims as it has; one of integers
/// holds indices, negative ones from the end; an undefined one leaves its dim whole; `true` and
/// `false` add a dim of size 1 and 0.
class TensorIndex {
 public:
  enum class Kind : uint8_t { none, ellipsis, integer, boolean, slice, tensor };

  TensorIndex(std::nullopt_t, Location where = Location::current())
      : kind(Kind::none), where(where) {}
  TensorIndex(EllipsisType, Location where = Location::current())
      : kind(Kind::ellipsis), where(where) {}
  template <std::integral N>
  TensorIndex(N n, Location where = Location::current())
      : kind(std::same_as<N, bool> ? Kind::boolean : Kind::integer),
        integer(int64_t(n)),
        where(where) {}
  TensorIndex(const Slice& s, Location where = Location::current())
      : kind(Kind::slice), slice(s), where(where) {}
  TensorIndex(Tensor t, Location where = Location::current())
      : kind(Kind::tensor), tensor(std::move(t)), where(where) {}

  Kind kind;
  int64_t integer = 0;
  Slice slice;
  Tensor tensor;
  Location where;
};

}  // namespace indexing

/// The elements that the indices name, in PyTorch's order: integers, slices, None and Ellipsis give
/// a view; masks and index tensors broadcast together and give a copy, whose dims for them stand
/// where they stood when adjacent, and first otherwise. Differentiable.
/// Errors: code index: out of range, too many indices, masks that do not fit; code value: a slice
/// whose step is not positive.
Tensor index(Arg input, std::span<const indexing::TensorIndex> indices);
inline Tensor index(Arg input, TensorIndices indices) {
  return index(input, std::span(indices.begin(), indices.size()));
}

/// Writes `value` where index() would read: broadcast, leading dims of size 1 dropped. Numbers and
/// 0-d tensors are cast; behind masks and index tensors others must have the tensor's dtype.
/// `accumulate` adds, repeated places once each; else the last of them stays. Differentiable.
Tensor& index_put_(Tensor& input, std::span<const indexing::TensorIndex> indices,
                   const NumArg& value, bool accumulate = false);

}  // namespace tandem
