#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable ctc_loss_samples([] {
  const Tensor log_probs = log_softmax(values({5, 2, 4}), 2), x = values({3, 4});
  const Tensor targets = integers({1, 1, 3, 2, 3, 0}, {2, 3}), together = integers({1, 1, 3, 2, 3});
  const Tensor steps = integers({5, 4}), lengths = integers({3, 2});
  return std::vector<Sample>{
      {"ctc_loss", {log_probs, targets, steps, lengths}},
      {"ctc_loss", {log_probs, together, steps, lengths}, {{"reduction", "none"}}},
      {"ctc_loss",
       {log_probs, targets, integers({2, 4}), lengths},
       {{"reduction", "sum"}, {"zero_infinity", true}}},
      {.op = "ctc_loss",
       .operands = {log_probs, targets, integers({6, 4}), lengths},
       .error = "input_lengths of at most 5"},
      {"linear_cross_entropy", {x, values({5, 4}, -1, 1, 1), integers({4, 0, 2}), values({5})}},
      {"linear_cross_entropy",
       {x, values({2, 3, 4}, -1, 1, 1), integers({1, 0, 1, 0, 0, 1, 1, 1, 0}, {3, 3}), Tensor()}},
      {.op = "linear_cross_entropy",
       .operands = {x, values({5, 3}), integers({2, 0, 3}), Tensor()},
       .error = "expected input"},
  };
});

}  // namespace
}  // namespace tandem
