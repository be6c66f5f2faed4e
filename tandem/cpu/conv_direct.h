// Convolution as an implicit matrix product: the register tile reads the pixels where they lie.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/conv_gather.h"

namespace tandem::cpu {

/// Any kernel, stride, padding, dilation and groups; a sum runs over y taps, x taps, then channels,
/// in one chain of FMAs. Takes its workspace from `arena`, and does no more when that measures.
void direct_conv(const GatherConv& conv, Arena& arena);

/// Of a forward pass: elements of its packed weights, and these weights.
int64_t direct_packed_size(const GatherConv& conv);
void direct_pack(const GatherConv& conv, float* packed);

/// dw[o, i, tap] = Σ_n Σ_pixels x[n, i, pixel at tap] · dy[n, o, pixel].
struct WeightGradient {
  Image<const float> dy, x;
  Image<float> dw;
  int64_t groups;
  ConvAxis rows, columns;  // of the forward pass, not transposed

  int64_t in_channels() const { return x.c() / groups; }
  int64_t out_channels() const { return dy.c() / groups; }
};

/// Sums run over the pixels of a block in registers, then over the blocks of a share of the batch,
/// then over at most eight shares; blocks and shares depend on the shape alone.
void direct_weight_gradient(const WeightGradient& grad, Arena& arena);

}  // namespace tandem::cpu
