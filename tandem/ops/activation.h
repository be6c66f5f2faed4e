// Activation functions.
#pragma once
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {

/// input where it is positive, else 0; a NaN stays a NaN, which a SIMD max(x, 0) would lose.
struct Relu {
  static constexpr Signature signature = "relu(input)";
  static constexpr auto lane = [](auto x) { return where(x < 0, 0, x); };
  static constexpr Keep keep = Keep::result;
  Grads vjp(const Call& c) const { return {relu_backward(c.dy(), c.result())}; }
};

/// grad where the result of relu is positive, else 0.
struct ReluBackward {
  static constexpr Signature signature = "relu_backward(grad, result)";
  static constexpr auto lane = [](auto dy, auto y) { return where(y > 0, dy, 0); };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {relu_backward(c.dy(), c.operand(1))}; }
};

/// input where it is positive, else negative_slope * input.
struct LeakyRelu {
  static constexpr Signature signature = "leaky_relu(input, negative_slope)";
  double negative_slope = 0.01;
  static constexpr auto lane = [](auto x, auto slope) { return where(x < 0, x * slope, x); };
};

struct Silu {
  static constexpr Signature signature = "silu(input)";
  static constexpr auto lane = [](auto x) { return x / (1 + exp(-x)); };
  static constexpr Promotion promotion = Promotion::floating;
};

using ActivationOps = List<Relu, ReluBackward, LeakyRelu, Silu>;

}  // namespace tandem
