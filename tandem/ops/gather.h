// Reading and writing along one dim at places that differ from line to line; sorting.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// result[..., i, ...] = input[..., index[..., i, ...], ...] along `dim`. index: int64, of the
/// input's rank and in every other dim no longer than it. Error: code index, with the place.
struct Gather {
  static constexpr Signature signature = "gather(input, dim, index)";
  static constexpr Keep keep = Keep::operands;
  Required<int64_t> dim;
  Type infer(const Type& input, const Type& index) const;
  Grads vjp(const Call& c) const;
};

/// A copy of `input` with src[..., i, ...] at place index[..., i, ...] of `dim`; of equal places
/// the last one stays.
struct Scatter {
  static constexpr Signature signature = "scatter(input, dim, index, src)";
  static constexpr uint16_t numbers = 0b100;
  static constexpr int in_place[] = {0};
  static constexpr Keep keep = Keep::operands;
  Required<int64_t> dim;
  Type infer(const Type& input, const Type& index, const Type& src) const;
  Grads vjp(const Call& c) const;
};
/// The same, added; equal places in their order.
struct ScatterAdd {
  static constexpr Signature signature = "scatter_add(input, dim, index, src)";
  static constexpr int in_place[] = {0};
  static constexpr Keep keep = Keep::operands;
  Required<int64_t> dim;
  Type infer(const Type& input, const Type& index, const Type& src) const;
  Grads vjp(const Call& c) const;
};

/// A copy of `input` in which each element of `src` is joined to what stands at place
/// index[..., i, ...] of `dim`, by "sum", "prod", "mean", "amax" or "amin", equal places in their
/// order. Without include_self what stood there at first does not count, where anything comes. Of
/// integers the mean is rounded down. NaN wins in amax and amin, whose equal extremes share the
/// gradient.
struct ScatterReduce {
  static constexpr Signature signature =
      "scatter_reduce(input, dim, index, src, reduce, include_self)";
  static constexpr int in_place[] = {0};
  static constexpr Keep keep = Keep::both;
  Required<int64_t> dim;
  Required<Name> reduce;
  bool include_self = true;
  Type infer(const Type& input, const Type& index, const Type& src) const;
  Grads vjp(const Call& c) const;
};

/// gather() along `dim` with all other dims broadcast; of the flattened input without dim.
struct TakeAlongDim {
  static constexpr Signature signature = "take_along_dim(input, indices, dim)";
  std::optional<int64_t> dim;
  Tensor decompose(const Tensor& input, const Tensor& indices) const;
};
/// The elements of the flattened input at `index`.
struct Take {
  static constexpr Signature signature = "take(input, index)";
  Tensor decompose(const Tensor& input, const Tensor& index) const;
};

/// Sorted along `dim`, and where each element was. NaN counts as the largest. Equal ones keep their
/// order, whether `stable` asks for it or not.
struct Sort {
  static constexpr Signature signature = "sort(input, dim, descending, stable)";
  static constexpr std::string_view results[] = {"values", "indices"};
  static constexpr Keep keep = Keep::result;
  int64_t dim = -1;
  bool descending = false;
  bool stable = false;
  std::array<Type, 2> infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
struct Argsort {
  static constexpr Signature signature = "argsort(input, dim, descending, stable)";
  int64_t dim = -1;
  bool descending = false;
  bool stable = false;
  Tensor decompose(const Tensor& input) const;
};
/// The k largest (or smallest) along `dim` in order, and where they were.
struct Topk {
  static constexpr Signature signature = "topk(input, k, dim, largest, sorted)";
  static constexpr std::string_view results[] = {"values", "indices"};
  static constexpr Keep keep = Keep::result;
  Required<int64_t> k;
  int64_t dim = -1;
  bool largest = true;
  bool sorted = true;
  std::array<Type, 2> infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The k-th smallest along `dim` (k from 1), and where it was.
struct Kthvalue {
  static constexpr Signature signature = "kthvalue(input, k, dim, keepdim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  Required<int64_t> k;
  int64_t dim = -1;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// The median along `dim`, of an even number the lower one, and where it was; NaN where there is
/// one.
struct Median {
  static constexpr Signature signature = "median(input, dim, keepdim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  int64_t dim = -1;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};

/// Where `values` go into the sorted last dim of `sorted_sequence` so that it stays sorted: before
/// equal entries, with `right` after them. sorted_sequence: 1-d, or with the dims of `values` but
/// the last.  result: int64, of the shape of `values`.
struct Searchsorted {
  static constexpr Signature signature = "searchsorted(sorted_sequence, values, right)";
  static constexpr uint16_t numbers = 0b10;
  bool right = false;
  Type infer(const Type& sorted_sequence, const Type& values) const;
  Grads vjp(const Call&) const { return {}; }
};
/// searchsorted() with the operands the other way round.
struct Bucketize {
  static constexpr Signature signature = "bucketize(input, boundaries, right)";
  static constexpr uint16_t numbers = 0b1;
  bool right = false;
  Tensor decompose(const Tensor& input, const Tensor& boundaries) const;
};

/// Which elements are among test_elements.  result: bool, of the shape of `elements`, or with
/// `invert` its opposite. NaN is equal to nothing.
struct Isin {
  static constexpr Signature signature = "isin(elements, test_elements, assume_unique, invert)";
  bool assume_unique = false;  // changes nothing: the elements need not be compared to each other
  bool invert = false;
  Tensor decompose(const Tensor& elements, const Tensor& test_elements) const;
};

struct GatherOps : List<Gather, Scatter, ScatterAdd, ScatterReduce, TakeAlongDim, Take, Sort,
                        Argsort, Topk, Kthvalue, Median, Searchsorted, Bucketize, Isin> {};

}  // namespace tandem
