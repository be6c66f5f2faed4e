// Shorthand for views, and what is made of them.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Exchanges two dims.
struct Transpose {
  static constexpr Signature signature = "transpose(input, dim0, dim1)";
  Required<int64_t> dim0, dim1;
  Tensor decompose(const Tensor& input) const;
};
struct Swapaxes {
  static constexpr Signature signature = "swapaxes(input, axis0, axis1)";
  Required<int64_t> axis0, axis1;
  Tensor decompose(const Tensor& input) const;
};
/// The transpose of a matrix; 0-d and 1-d tensors as they are.
struct TransposeMatrix {
  static constexpr Signature signature = "t(input)";
  Tensor decompose(const Tensor& input) const;
};
/// Moves dims `source` to the places `destination`; the others keep their order.
struct Movedim {
  static constexpr Signature signature = "movedim(input, source, destination)";
  Required<Dims> source, destination;
  Tensor decompose(const Tensor& input) const;
};

/// Dims start_dim … end_dim as one.
struct Flatten {
  static constexpr Signature signature = "flatten(input, start_dim, end_dim)";
  int64_t start_dim = 0;
  int64_t end_dim = -1;
  Tensor decompose(const Tensor& input) const;
};
struct Ravel {
  static constexpr Signature signature = "ravel(input)";
  Tensor decompose(const Tensor& input) const;
};
/// One dim as several, of which one may be -1.
struct Unflatten {
  static constexpr Signature signature = "unflatten(input, dim, sizes)";
  Required<int64_t> dim;
  Required<Dims> sizes;
  Tensor decompose(const Tensor& input) const;
};
/// reshape() that never copies. Error: code shape when the strides do not allow it.
struct ViewShape {
  static constexpr Signature signature = "view(input, shape)";
  Required<Dims> shape;
  Tensor decompose(const Tensor& input) const;
};
struct ViewAs {
  static constexpr Signature signature = "view_as(input, other)";
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
struct ReshapeAs {
  static constexpr Signature signature = "reshape_as(input, other)";
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
struct ExpandAs {
  static constexpr Signature signature = "expand_as(input, other)";
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
struct BroadcastTo {
  static constexpr Signature signature = "broadcast_to(input, size)";
  Required<Dims> size;
  Tensor decompose(const Tensor& input) const;
};

/// `length` entries of a dim from `start`, which may be negative. Error: code index.
struct Narrow {
  static constexpr Signature signature = "narrow(input, dim, start, length)";
  Required<int64_t> dim, start, length;
  Tensor decompose(const Tensor& input) const;
};
struct Atleast1d {
  static constexpr Signature signature = "atleast_1d(input)";
  Tensor decompose(const Tensor& input) const;
};
struct Atleast2d {
  static constexpr Signature signature = "atleast_2d(input)";
  Tensor decompose(const Tensor& input) const;
};
struct Atleast3d {
  static constexpr Signature signature = "atleast_3d(input)";
  Tensor decompose(const Tensor& input) const;
};

/// Reverses dims.
struct Flip {
  static constexpr Signature signature = "flip(input, dims)";
  Required<Dims> dims;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
struct Fliplr {
  static constexpr Signature signature = "fliplr(input)";
  Tensor decompose(const Tensor& input) const;
};
struct Flipud {
  static constexpr Signature signature = "flipud(input)";
  Tensor decompose(const Tensor& input) const;
};
/// Turns the plane of two dims by k quarters, from the first towards the second.
struct Rot90 {
  static constexpr Signature signature = "rot90(input, k, dims)";
  int64_t k = 1;
  Dims dims = {0, 1};
  Tensor decompose(const Tensor& input) const;
};
/// Shifts the elements along dims, those that leave coming in again; without dims, of the
/// flattened input.
struct Roll {
  static constexpr Signature signature = "roll(input, shifts, dims)";
  Required<Dims> shifts;
  Dims dims;
  Tensor decompose(const Tensor& input) const;
};

/// The lower triangle of the last two dims, the rest 0; `diagonal` counts upwards.
struct Tril {
  static constexpr Signature signature = "tril(input, diagonal)";
  int64_t diagonal = 0;
  Tensor decompose(const Tensor& input) const;
};
/// The upper triangle of the last two dims, the rest 0.
struct Triu {
  static constexpr Signature signature = "triu(input, diagonal)";
  int64_t diagonal = 0;
  Tensor decompose(const Tensor& input) const;
};
/// The matrix with `input` on its diagonal, or the diagonal of a matrix.
struct Diag {
  static constexpr Signature signature = "diag(input, diagonal)";
  int64_t diagonal = 0;
  Tensor decompose(const Tensor& input) const;
};
/// Matrices in dims dim1 and dim2 with the last dim of `input` on their diagonal.
struct DiagEmbed {
  static constexpr Signature signature = "diag_embed(input, offset, dim1, dim2)";
  int64_t offset = 0;
  int64_t dim1 = -2;
  int64_t dim2 = -1;
  Tensor decompose(const Tensor& input) const;
};

struct ShapeOps
    : List<Transpose, Swapaxes, TransposeMatrix, Movedim, Flatten, Ravel, Unflatten, ViewShape,
           ViewAs, ReshapeAs, ExpandAs, BroadcastTo, Narrow, Atleast1d, Atleast2d, Atleast3d, Flip,
           Fliplr, Flipud, Rot90, Roll, Tril, Triu, Diag, DiagEmbed> {};

}  // namespace tandem
