// Layers: linear, softmax and losses, embedding, convolution, pooling, optimizers.
#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable losses([] {
  const Tensor x = values({3, 4}), y = values({3, 4}, -1, 1, 1), target = integers({1, 3, 0});
  const Tensor log_probabilities = log_softmax(x), sums = logsumexp(x, 1);
  const Tensor weight = values({4}, 0.5, 2, 2);
  constexpr double close = 1e-12;
  std::vector<Sample> all = {
      {"linear", {x, values({2, 4}, -1, 1, 1), values({2}, -1, 1, 2)}},
      {"linear", {x, values({2, 4}, -1, 1, 1), Tensor()}},
      {"mse_loss", {x, y}},
      {"mse_loss", {x, y}, {{"reduction", "none"}}},
      {"softmax", {x}},
      {"softmax", {x}, {{"dim", 0}}},
      {"softmax_backward", {y, softmax(x)}},
      {"log_softmax", {x}},
      {"log_softmax_backward", {y, log_probabilities}},
      {"softmin", {x}},
      {"cross_entropy", {x, target, Tensor()}},
      {"cross_entropy", {x, target, weight}, {{"label_smoothing", 0.1}}},
      {"softmax_cross_entropy", {x, target}},
      {.op = "softmax_cross_entropy_backward",
       .operands = {values({3}), x, target, sums},
       .gradient = false},
      {"nll_loss", {log_probabilities, target, weight}},
      {"select_class", {x, target}},
      {"select_class_backward", {values({3}), target}, {{"classes", 4}}},
      {"embedding", {target, values({4, 2})}},
      {"embedding_backward", {values({3, 2}), target}, {{"num_embeddings", 5}}},
  };
  for (Sample& s : all) s.tolerance = close;
  return all;
});

const SampleTable images([] {
  const Tensor x = values({2, 2, 5, 4}), line = values({2, 2, 6});
  const Tensor w = values({4, 2, 3, 2}, -1, 1, 1), of_four = values({4}, -1, 1, 2);
  const Tensor grad = values({2, 4, 3, 3}, -1, 1, 3);
  constexpr double close = 1e-12;
  std::vector<Sample> all = {
      {"conv2d", {x, w, of_four}},
      {"conv2d",
       {x, values({4, 1, 2, 2}, -1, 1, 1), Tensor()},
       {{"stride", Dims{2, 1}}, {"padding", Dims{1, 0}}, {"groups", 2}}},
      {"conv2d_input_grad", {grad, w}, {{"input_size", Dims{5, 4}}}},
      {"conv2d_weight_grad", {grad, x}, {{"kernel_size", Dims{3, 2}}}},
      {"conv_transpose2d",
       {x, values({2, 3, 2, 2}, -1, 1, 1), values({3})},
       {{"stride", Dims{2, 2}}}},
      {"conv1d", {line, values({4, 2, 3}, -1, 1, 1), of_four}},
      {"conv_transpose1d", {line, values({2, 3, 2}, -1, 1, 1), values({3})}},
      {"max_pool2d", {x}, {{"kernel_size", Dims{2, 2}}}},
      {"max_pool2d_with_indices", {x}, {{"kernel_size", Dims{2, 2}}}},
      {"max_pool2d_backward", {values({2, 2, 2, 2}, -1, 1, 1), x}, {{"kernel_size", Dims{2, 2}}}},
      {"avg_pool2d", {x}, {{"kernel_size", Dims{2, 2}}}},
      {"avg_pool2d_backward",
       {values({2, 2, 2, 2})},
       {{"input_size", Dims{5, 4}}, {"kernel_size", Dims{2, 2}}}},
      {"adaptive_avg_pool2d", {x}, {{"output_size", Dims{2, 3}}}},
      {"adaptive_avg_pool2d_backward", {values({2, 2, 2, 3})}, {{"input_size", Dims{5, 4}}}},
      {"adaptive_max_pool2d", {x}, {{"output_size", Dims{2, 3}}}},
      {"adaptive_max_pool2d_with_indices", {x}, {{"output_size", Dims{2, 3}}}},
      {"adaptive_max_pool2d_backward", {values({2, 2, 2, 3}, -1, 1, 1), x}},
      {"max_pool1d", {line}, {{"kernel_size", Dims{2}}}},
      {"avg_pool1d", {line}, {{"kernel_size", Dims{2}}}},
      {"adaptive_avg_pool1d", {line}, {{"output_size", Dims{3}}}},
      {"adaptive_max_pool1d", {line}, {{"output_size", Dims{3}}}},
  };
  for (Sample& s : all) {
    s.tolerance = close;
    // The gradient of a maximum pool takes the places as given: it has none of its own.
    if (s.op.find("max_pool") != s.op.npos) s.second_gradient = false;
    if (s.op.ends_with("max_pool2d_backward")) s.gradient = false;
  }
  return all;
});

const SampleTable optimizers([] {
  const Tensor p = values({2, 3}), g = values({2, 3}, -1, 1, 1), m = values({2, 3}, -1, 1, 2);
  const Tensor v = values({2, 3}, 0.1, 2, 3), unused = values({0});
  const Tensor lr = full({}, 0.1, float64), moving = values({2}, 0.1, 0.8),
               step = full({}, 3, float32);
  std::vector<Sample> all = {
      {"sgd_step", {p, g, m, lr}, {{"momentum", 0.9}, {"nesterov", true}, {"weight_decay", 0.01}}},
      {"sgd_step", {p, g, m, moving}, {{"weight_decay", 0.01}}},
      {"adam_step", {p, g, m, v, unused, step, lr}},
      {"adam_step", {p, g, m, v, unused, step, moving}},
      {"adam_step", {p, g, m, v, values({2, 3}, 0.1, 2, 4), step, lr}, {{"amsgrad", true}}},
      {"rmsprop_step", {p, g, v, unused, unused, lr}},
      {"rmsprop_step", {p, g, v, m, unused, moving}},
      {"adagrad_step", {p, g, v, step, lr}},
      {"adadelta_step", {p, g, v, v, lr}},
      {"adamax_step", {p, g, m, v, step, lr}},
      {"nadam_step", {p, g, full({}, 0.5), m, v, step, lr}, {{"weight_decay", 0.01}}},
      {"adamax_step", {p, g, m, v, step, moving}},
      {"nadam_step", {p, g, full({}, 0.5), m, v, step, moving}},
      {"radam_step", {p, g, m, v, step, lr}},
      {"radam_step", {p, g, m, v, step, moving}},
      {.op = "adagrad_step", .operands = {p, g, v, step, moving}, .error = "expected lr as a 0-d"},
      {"radam_step", {p, g, m, v, full({}, 9.0), lr}, {{"decoupled_weight_decay", true}}},
      {"asgd_step", {p, g, full({}, 0.1), full({}, 1.0), m, step, lr}},
      {"asgd_step", {p, g, full({}, 0.1), full({}, 0.5), m, step, lr}, {{"t0", 0.0}}},
      {"rprop_step", {p, g, m, v}},
      {.op = "rprop_step", .operands = {p, g, m, unused}, .error = "expected step_size"},
  };
  for (Sample& s : all) s.gradient = false;
  return all;
});

}  // namespace
}  // namespace tandem
