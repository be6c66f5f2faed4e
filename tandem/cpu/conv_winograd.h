// 3x3 convolution of stride 1 by Winograd's algorithm: the tiles of all images together, a batch of
// tiles at a time so that transforms and products meet in the L2 cache.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/conv_direct.h"
#include "tandem/cpu/conv_gather.h"

namespace tandem::cpu {

/// The m of F(m x m, 3 x 3) that suits a convolution of these sizes, or 0 where a plain sum does.
int winograd_size(const ConvAxis& y, const ConvAxis& x, int64_t groups, int64_t in_channels,
                  int64_t out_channels, int64_t batch);

/// As direct_conv, direct_weight_gradient, within rounding. m: what winograd_size said.
void winograd_conv(int m, const GatherConv& conv, Arena& arena);

/// Elements of the transformed weights, and these. `arena` is for the time of the call.
int64_t winograd_packed_size(int m, const GatherConv& conv);
void winograd_pack(int m, const GatherConv& conv, Arena& arena, float* packed);

void winograd_weight_gradient(int m, const WeightGradient& grad, Arena& arena);

}  // namespace tandem::cpu
