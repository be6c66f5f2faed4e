// The rows that run along one dim of strided tensors.
#pragma once
#include <type_traits>

#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// Rows along `dim` of tensors of shape `shape`, numbered in row-major order of the other dims.
struct Along {
  Along(const Dims& shape, int dim) : dim(dim), outer(shape) {
    if (outer.empty()) return;
    length = shape[dim];
    outer.erase(dim);
    count = outer.product();
  }
  int dim;
  Dims outer;  // the shape without the dim
  int64_t length = 1, count = 1;

  /// Where a row begins, in elements, for a tensor without the dim.
  int64_t offset(const Dims& outer_strides, int64_t row) const {
    int64_t at = 0;
    for (int d = outer.size() - 1; d >= 0; --d) {
      at += row % outer[d] * outer_strides[d];
      row /= outer[d];
    }
    return at;
  }
};

/// The element type that arithmetic on T happens in.
template <class T>
using Accumulator = std::conditional_t<is_half(dtype_of<T>), float, T>;

/// One tensor's rows, handed out as dense rows of the arithmetic's type: in place where they lie
/// so, else through a buffer.
template <class T>
class DenseRows {
 public:
  using A = Accumulator<T>;
  DenseRows(const TensorRef& t, const Along& along)
      : data_(t.as<T>()), along_(along), outer_strides_(*t.strides) {
    if (!outer_strides_.empty()) {
      step_ = outer_strides_[along.dim];
      outer_strides_.erase(along.dim);
    }
  }
  bool direct() const { return std::is_same_v<T, A> && (step_ == 1 || along_.length == 1); }
  /// The row to read.
  const A* read(int64_t row, A* buffer) const {
    const T* from = at(row);
    if constexpr (std::is_same_v<T, A>)
      if (direct()) return from;
    for (int64_t i = 0; i < along_.length; ++i) buffer[i] = A(from[i * step_]);
    return buffer;
  }
  /// Where to write the row; then call written().
  A* write(int64_t row, A* buffer) const {
    if constexpr (std::is_same_v<T, A>)
      if (direct()) return at(row);
    return buffer;
  }
  void written(int64_t row, const A* buffer) const {
    if (direct()) return;
    T* to = at(row);
    for (int64_t i = 0; i < along_.length; ++i) to[i * step_] = T(buffer[i]);
  }

 private:
  T* at(int64_t row) const { return data_ + along_.offset(outer_strides_, row); }
  T* data_;
  const Along& along_;
  Dims outer_strides_;
  int64_t step_ = 1;
};

}  // namespace tandem::cpu
