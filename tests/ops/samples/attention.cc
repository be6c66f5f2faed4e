#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable attention_samples([] {
  const Tensor q = values({1, 2, 3, 2}), k = values({1, 1, 4, 2}, -1, 1, 1);
  const Tensor v = values({1, 1, 4, 3}, -1, 1, 2), none;
  const Tensor seen = truths({1, 0, 1, 1, 0, 1, 0, 0, 1, 1, 1, 1}, {3, 4});
  const Tensor bias = values({3, 4}, -1, 1, 3);
  const Tensor g = values({1, 2, 3, 3}, -1, 1, 4), out = values({1, 2, 3, 3}, -1, 1, 5);
  const Tensor lse = values({1, 2, 3}, 1, 2, 6);
  constexpr double close = 1e-11;  // products choose their order by layout
  std::vector<Sample> all = {
      {"scaled_dot_product_attention",
       {q, q, values({1, 2, 3, 4}, -1, 1, 2), none},
       {{"is_causal", true}}},
      {"scaled_dot_product_attention", {q, k, v, seen}, {{"enable_gqa", true}}},
      {"scaled_dot_product_attention", {q, k, v, bias}, {{"enable_gqa", true}, {"scale", 0.5}}},
      {"scaled_dot_product_attention", {values({3, 2}), values({4, 2}), values({4, 3}), none}},
      {.op = "scaled_dot_product_attention",
       .operands = {q, q, q, values({3, 3})},
       .attributes = {{"is_causal", true}},
       .error = "got both"},
      {.op = "scaled_dot_product_attention",
       .operands = {q, k, v, none},
       .error = "enable_gqa=true lets query"},
      {"native_attention", {q, k, v, none}, {{"is_causal", true}, {"scale", 0.7}}},
      {"native_attention", {q, k, v, seen}},
      {"native_attention_backward", {g, q, k, v, none, out, lse}, {{"is_causal", true}}},
      {"native_attention_backward", {g, q, k, v, seen, out, lse}, {{"scale", 0.7}}},
  };
  // The same in f32, whose kernels differ.
  for (std::size_t i = 0, n = all.size(); i < n; ++i) {
    if (!all[i].error.empty()) continue;
    Sample f = all[i];
    for (Tensor& t : f.operands)
      if (t && t.dtype() == float64) t = cast(t, float32);
    all.push_back(f);
  }
  for (Sample& s : all) s.tolerance = s.operands[0].dtype() == float64 ? close : 1e-5;
  return all;
});

}  // namespace
}  // namespace tandem
