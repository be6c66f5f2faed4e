// Connectionist temporal classification.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// -log of the probability of a target sequence, summed over all alignments (Graves et al., 2006).
/// log_probs: [T, N, C] or [T, C]; targets: [N, S] or all of them one after the other; lengths:
/// int64 [N]. "mean" divides each loss by its target's length first; zero_infinity: impossible
/// targets count 0, with no gradient.
struct CtcLoss {
  static constexpr Signature signature =
      "ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, "
      "zero_infinity)";
  int64_t blank = 0;
  Name reduction = "mean";
  bool zero_infinity = false;
  Tensor decompose(const Tensor& log_probs, const Tensor& targets, const Tensor& input_lengths,
                   const Tensor& target_lengths) const;
};

struct CtcLossOps : List<CtcLoss> {};

}  // namespace tandem
