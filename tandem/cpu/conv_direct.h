// Convolution as an implicit matrix product: the register tile reads the pixels where they lie.
#pragma once
#include "tandem/cpu/arena.h"
#include "tandem/cpu/conv_gather.h"

namespace tandem::cpu {

/// Any kernel, stride, padding, dilation and groups; a sum runs over y taps, x taps, then channels,
/// in one chain of FMAs. Takes its workspace from `arena`, and does no more when that measures.
void direct_conv(const GatherConv& conv, Arena& arena);

}  // namespace tandem::cpu
