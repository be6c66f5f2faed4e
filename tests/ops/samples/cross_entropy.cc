#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable cross_entropy_samples([] {
  const Tensor x = values({4, 3}), w = values({3}, 0.5, 2, 1);
  const Tensor t = integers({2, 0, 1, -100}), u = integers({2, 0, 1, 1}),
               p = values({4, 3}, 0.1, 0.9, 2);
  const Tensor images = values({2, 3, 2, 2}),
               labels = integers({0, 1, 2, 1, 0, 0, 2, 1}, {2, 2, 2});
  const Tensor lse = values({4}, 2, 4, 3), g = values({4}, -1, 1, 4);
  std::vector<Sample> all = {
      {"cross_entropy", {x, t, Tensor()}},
      {"cross_entropy", {x, u, w}, {{"label_smoothing", 0.1}, {"ignore_index", 1}}},
      {"cross_entropy",
       {x, integers({2, 0, 1, 1}), Tensor()},
       {{"reduction", "none"}, {"ignore_index", 1}}},
      {"cross_entropy", {images, labels, w}, {{"reduction", "sum"}}},
      {"cross_entropy", {x, p, w}, {{"label_smoothing", 0.1}}},
      {"cross_entropy", {values({3}), integers({1}, {}), Tensor()}},
      {"cross_entropy", {cast(x, float32), cast(t, int32), Tensor()}},
      {.op = "cross_entropy",
       .operands = {x, integers({3, 0, 0, 0}), Tensor()},
       .error = "target[0] = 3, but input has 3 classes (0..2)"},
      {.op = "cross_entropy",
       .operands = {x, values({4}), Tensor()},
       .error = "cast(target, int64)?"},
      {"softmax_cross_entropy", {x, u}, {{"ignore_index", 1}}},
      {"softmax_cross_entropy", {images, labels}},
      {"softmax_cross_entropy", {cast(x, float32), u}},
      {"softmax_cross_entropy_backward", {g, x, u, lse}, {{"ignore_index", 1}}},
      {"nll_loss", {x, t, w}},
      {"nll_loss", {images, labels, Tensor()}, {{"reduction", "none"}}},
      {"select_class", {x, u}, {{"ignore_index", 1}}},
      {"select_class", {images, labels}},
      {.op = "select_class", .operands = {x, integers({0, 0, -1, 0})}, .error = "target[2] = -1"},
      {"select_class_backward", {g, u}, {{"classes", 3}, {"ignore_index", 1}}},
      {"select_class_backward", {values({2, 2, 2}), labels}, {{"classes", 4}}},
  };
  for (Sample& s : all)  // sums choose their order by layout
    s.tolerance = s.operands[0].dtype() == float64   ? 1e-12
                  : s.operands[0].dtype() == float32 ? 1e-5
                                                     : 1e-2;
  return all;
});

}  // namespace
}  // namespace tandem
