// Tensors made of several, or of one several times over.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// One after the other along `dim`. 1-d tensors of no elements are passed over; dtypes meet in
/// the promotion table.
struct Cat {
  static constexpr Signature signature = "cat(*tensors, dim)";
  int64_t dim = 0;
  Type infer(Types tensors) const;
  Grads vjp(const Call& c) const;
};

/// Side by side along a new dim.
struct Stack {
  static constexpr Signature signature = "stack(*tensors, dim)";
  int64_t dim = 0;
  Tensor decompose(Operands tensors) const;
};
struct Hstack {
  static constexpr Signature signature = "hstack(*tensors)";
  Tensor decompose(Operands tensors) const;
};
struct Vstack {
  static constexpr Signature signature = "vstack(*tensors)";
  Tensor decompose(Operands tensors) const;
};
struct Dstack {
  static constexpr Signature signature = "dstack(*tensors)";
  Tensor decompose(Operands tensors) const;
};

/// `value` around the input: pad lists (before, after) for the last dim, then for the one before
/// it, and so on; negative amounts cut.
struct ConstantPadNd {
  static constexpr Signature signature = "constant_pad_nd(input, pad, value)";
  Required<Dims> pad;
  Scalar value = 0;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The same by mode "constant", "reflect", "replicate" or "circular".
struct Pad {
  static constexpr Signature signature = "pad(input, pad, mode, value)";
  Required<Dims> pad;
  Name mode = "constant";
  std::optional<double> value;
  Tensor decompose(const Tensor& input) const;
};

/// The whole tensor repeats[i] times along dim i; new dims come first.
struct Repeat {
  static constexpr Signature signature = "repeat(input, repeats)";
  Required<Dims> repeats;
  Tensor decompose(const Tensor& input) const;
};
/// repeat() with missing leading counts taken as 1.
struct Tile {
  static constexpr Signature signature = "tile(input, dims)";
  Required<Dims> dims;
  Tensor decompose(const Tensor& input) const;
};
/// Every entry of `dim` repeats times in a row (a number, or one an entry); of the flattened input
/// without dim.
struct RepeatInterleave {
  static constexpr Signature signature = "repeat_interleave(input, repeats, dim)";
  static constexpr uint16_t numbers = 0b10;
  std::optional<int64_t> dim;
  Tensor decompose(const Tensor& input, const Tensor& repeats) const;
};

struct JoinOps
    : List<Cat, Stack, Hstack, Vstack, Dstack, ConstantPadNd, Pad, Repeat, Tile, RepeatInterleave> {
};

/// Where the input of a padding begins in the result, and what of the input is there.
struct PadPlace {
  Dims from, to, size;  // first kept entry of the input, its place in the result, how many
};
PadPlace pad_place(const Dims& input, const Dims& pad);

}  // namespace tandem
