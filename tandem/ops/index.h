// Reading and writing at computed places: advanced indexing, and what is made of it.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// input[indices]: dim k of the input is read at indices[k], a dim without an index tensor (left
/// undefined) is kept whole. The index tensors (int64, negative values count from the end)
/// broadcast together; their dims take the place of the indexed dims where these are neighbours,
/// else they come first.
/// Errors: code index for what is out of bounds, with its position.
struct Index {
  static constexpr Signature signature = "index(input, *indices?)";
  static constexpr Keep keep = Keep::operands;
  Type infer(const Type& input, Types indices) const;
  Grads vjp(const Call& c) const;
};

/// A copy of `input` in which input[indices] holds `values` (which broadcast), or with
/// `accumulate` has them added: repeated places in the order of the indices.
struct IndexPut {
  static constexpr Signature signature = "index_put(input, *indices?, values, accumulate)";
  static constexpr int in_place[] = {0};
  static constexpr Keep keep = Keep::operands;
  bool accumulate = false;
  Type infer(const Type& input, const Type& values, Types indices) const;
  Grads vjp(const Call& c) const;
};

/// The entries of `dim` that the 1-d `index` names, in its order.
struct IndexSelect {
  static constexpr Signature signature = "index_select(input, dim, index)";
  Required<int64_t> dim;
  Tensor decompose(const Tensor& input, const Tensor& index) const;
};

/// input with alpha * source added at the entries of `dim` that the 1-d `index` names.
struct IndexAdd {
  static constexpr Signature signature = "index_add(input, dim, index, source, alpha)";
  static constexpr int in_place[] = {0};
  Required<int64_t> dim;
  Scalar alpha = 1;
  Tensor decompose(const Tensor& input, const Tensor& index, const Tensor& source) const;
};

/// input with the entries of `dim` that the 1-d `index` names taken from `source`.
struct IndexCopy {
  static constexpr Signature signature = "index_copy(input, dim, index, source)";
  static constexpr int in_place[] = {0};
  Required<int64_t> dim;
  Tensor decompose(const Tensor& input, const Tensor& index, const Tensor& source) const;
};

/// input with the entries of `dim` that the 1-d `index` names set to a 0-d `value`.
struct IndexFill {
  static constexpr Signature signature = "index_fill(input, dim, index, value)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 0b100;
  Required<int64_t> dim;
  Tensor decompose(const Tensor& input, const Tensor& index, const Tensor& value) const;
};

/// input with a 0-d `value` where the bool mask (which broadcasts) holds.
struct MaskedFill {
  static constexpr Signature signature = "masked_fill(input, mask, value)";
  static constexpr int in_place[] = {0};
  static constexpr uint16_t numbers = 0b100;
  Tensor decompose(const Tensor& input, const Tensor& mask, const Tensor& value) const;
};

/// The elements where the bool mask holds, 1-d, in row-major order.
struct MaskedSelect {
  static constexpr Signature signature = "masked_select(input, mask)";
  Tensor decompose(const Tensor& input, const Tensor& mask) const;
};

/// input with the elements of `source`, one after the other, where the bool mask holds.
struct MaskedScatter {
  static constexpr Signature signature = "masked_scatter(input, mask, source)";
  static constexpr int in_place[] = {0};
  Tensor decompose(const Tensor& input, const Tensor& mask, const Tensor& source) const;
};

/// The places of the first `size` elements that are not zero, in row-major order; rows that are
/// not needed hold `fill_value`.  result: int64 [size, rank of input].
struct NonzeroStatic {
  static constexpr Signature signature = "nonzero_static(input, size, fill_value)";
  Required<int64_t> size;
  int64_t fill_value = -1;
  Type infer(const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};

/// The places of all elements that are not zero.  result: int64 [how many, rank of input].
struct Nonzero {
  static constexpr Signature signature = "nonzero(input)";
  Tensor decompose(const Tensor& input) const;
};

struct IndexOps : List<Index, IndexPut, IndexSelect, IndexAdd, IndexCopy, IndexFill, MaskedFill,
                       MaskedSelect, MaskedScatter, NonzeroStatic, Nonzero> {};

/// Which dims of an input are indexed, and where the index tensors' own dims stand in the result.
struct IndexPlaces {
  Dims indexed;    // dims of the input with an index tensor
  Dims kept;       // the others
  Dims broadcast;  // the shape that the index tensors meet in
  int at = 0;      // so many kept dims come before `broadcast` in the result
  Dims result(const Dims& input) const;
};
IndexPlaces index_places(std::string_view op, const Type& input, Types indices);

}  // namespace tandem
