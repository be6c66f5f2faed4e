// Depthwise convolution: every channel has a kernel of its own, so lanes run over channels.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/conv_direct.h"
#include "tandem/cpu/conv_gather.h"

namespace tandem::cpu {

/// Is it one: as many groups as input and as output channels, which lie side by side in memory?
bool is_depthwise(const GatherConv& conv);
bool is_depthwise(const WeightGradient& grad);

/// As direct_conv and direct_weight_gradient; a sum runs over y taps, then x taps. `weights` is
/// [C, 1, KH, KW] as given.
void depthwise_conv(const GatherConv& conv, Arena& arena);
void depthwise_weight_gradient(const WeightGradient& grad, Arena& arena);

}  // namespace tandem::cpu
