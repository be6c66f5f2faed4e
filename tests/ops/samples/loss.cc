#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable loss_samples([] {
  const Tensor x = values({2, 3}), t = values({2, 3}, -2, 2, 1);
  const Tensor p = values({2, 3}, 0.1, 0.9, 2), q = values({2, 3}, 0.1, 0.9, 3);
  const Tensor w = values({3}, 0.5, 2, 4);
  std::vector<Sample> all = {
      {"mse_loss", {x, t}},
      {"mse_loss", {x, values({3}, -2, 2, 1)}, {{"reduction", "none"}}},
      {"mse_loss", {cast(x, float16), cast(t, float16)}},
      {.op = "mse_loss",
       .operands = {x, t},
       .attributes = {{"reduction", "avg"}},
       .error = "expected reduction"},
      {"l1_loss", {x, t}, {{"reduction", "sum"}}},
      {"smooth_l1_loss", {x, t}, {{"beta", 0.7}}},
      {"smooth_l1_loss", {x, t}, {{"beta", 0.0}}},
      {"huber_loss", {x, t}, {{"delta", 0.6}, {"reduction", "none"}}},
      {"binary_cross_entropy", {p, q, w}},
      {"binary_cross_entropy", {p, q, Tensor()}, {{"reduction", "none"}}},
      {.op = "binary_cross_entropy",
       .operands = {p, values({3}), Tensor()},
       .error = "expected a target of the input's shape"},
      {"binary_cross_entropy_with_logits", {x, q, w, values({3}, 0.5, 2, 5)}},
      {"binary_cross_entropy_with_logits", {x, q, Tensor(), Tensor()}, {{"reduction", "sum"}}},
      {"kl_div", {x, q}, {{"reduction", "batchmean"}}},
      {"kl_div", {x, t}, {{"log_target", true}}},
      {"cosine_similarity", {x, t}},
      {"cosine_similarity", {x, values({3}, -2, 2, 1)}, {{"dim", -1}}},
  };
  for (Sample& s : all)  // sums choose their order by layout
    s.tolerance = s.operands[0].dtype() == float64   ? 1e-12
                  : s.operands[0].dtype() == float32 ? 1e-5
                                                     : 1e-2;
  return all;
});

}  // namespace
}  // namespace tandem
