#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable margin_loss_samples([] {
  const Tensor x = values({2, 3}), y = values({2, 3}, -2, 2, 1), z = values({2, 3}, -2, 2, 2);
  const Tensor signs = cast(integers({1, -1, 1, -1, -1, 1}, {2, 3}), float64);
  const Tensor v = values({2, 3}, 0.1, 2, 3), w = values({3}, 0.5, 2, 4);
  std::vector<Sample> all = {
      {"pairwise_distance", {x, y}},
      {"pairwise_distance", {x, values({3})}, {{"p", 1.0}, {"keepdim", true}}},
      {.op = "pairwise_distance", .operands = {values({}), values({})}, .error = "1 dim or more"},
      {"margin_ranking_loss", {x, y, signs}, {{"margin", 0.3}}},
      {.op = "margin_ranking_loss",
       .operands = {x, y, values({3})},
       .error = "operands of as many dims"},
      {"hinge_embedding_loss", {x, integers({1, -1, 1, -1, -1, 1}, {2, 3})}},
      {"cosine_embedding_loss", {x, y, integers({1, -1})}, {{"reduction", "none"}}},
      {.op = "cosine_embedding_loss", .operands = {x, y, signs}, .error = "target: [N]"},
      {"triplet_margin_loss", {x, y, z}, {{"swap", true}, {"margin", 2.0}}},
      {.op = "triplet_margin_loss",
       .operands = {x, y, z},
       .attributes = {{"margin", 0.0}},
       .error = "margin greater than 0"},
      {"multi_margin_loss", {x, integers({2, 0}), w}, {{"p", 2.0}}},
      {"multi_margin_loss", {values({3}), integers({1}, {}), Tensor()}, {{"reduction", "sum"}}},
      {.op = "multi_margin_loss",
       .operands = {x, integers({2, 3}), Tensor()},
       .error = "out of bounds"},
      {"multilabel_margin_loss", {x, integers({2, 0, -1, 1, -1, 0}, {2, 3})}},
      {"multilabel_margin_loss", {values({3}), integers({1, -1, 2})}, {{"reduction", "none"}}},
      {"soft_margin_loss", {x, signs}, {{"reduction", "sum"}}},
      {"multilabel_soft_margin_loss", {x, v, w}, {{"reduction", "none"}}},
      {"multilabel_soft_margin_loss", {x, v, Tensor()}},
      {"gaussian_nll_loss", {x, y, v}, {{"full", true}}},
      {"gaussian_nll_loss", {x, y, values({2}, 0.1, 2, 3)}},
      {.op = "gaussian_nll_loss", .operands = {x, y, -v}, .error = "negative entry"},
      {"gaussian_nll_loss", {x, y, w}, {{"reduction", "sum"}}},
      {.op = "gaussian_nll_loss",
       .operands = {x, y, values({3, 2}, 0.1, 2)},
       .error = "incorrect size"},
      {"poisson_nll_loss", {x, v}, {{"full", true}}},
      {"poisson_nll_loss", {v, v}, {{"log_input", false}, {"reduction", "none"}}},
      {.op = "poisson_nll_loss",
       .operands = {x, v},
       .attributes = {{"reduction", "avg"}},
       .error = "expected reduction"},
  };
  for (Sample& s : all) s.tolerance = 1e-12;  // sums choose their order by layout
  return all;
});

}  // namespace
}  // namespace tandem
