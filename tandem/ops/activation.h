// Activation functions. One without a vjp is differentiated through its expression, called on
// tensors; where that would take many passes over memory the gradient is an op of its own.
#pragma once
#include <numbers>

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
  static constexpr auto lane = [](auto x, auto slope) { return where(x > 0, x, x * slope); };
};

/// Between min_val and max_val; no gradient at and outside the bounds.
struct Hardtanh {
  static constexpr Signature signature = "hardtanh(input, min_val, max_val)";
  double min_val = -1;
  double max_val = 1;
  static constexpr auto lane = [](auto x, auto low, auto high) {
    return where(x <= low, low, where(x >= high, high, x));
  };
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const {
    return {hardtanh_backward(c.dy(), c.operand(0), min_val, max_val)};
  }
};
struct HardtanhBackward {
  static constexpr Signature signature = "hardtanh_backward(grad, input, min_val, max_val)";
  double min_val = -1;
  double max_val = 1;
  static constexpr auto lane = [](auto dy, auto x, auto low, auto high) {
    return where(logical_or(x <= low, x >= high), 0, dy);
  };
};
/// Between 0 and 6.
struct Relu6 {
  static constexpr Signature signature = "relu6(input)";
  Tensor decompose(const Tensor& input) const { return hardtanh(input, 0, 6); }
};

/// input where it is positive, else alpha * (exp(input) - 1).
struct Elu {
  static constexpr Signature signature = "elu(input, alpha)";
  double alpha = 1;
  static constexpr auto lane = [](auto x, auto alpha) {
    return where(x > 0, x, alpha * expm1(minimum(x, 0)));  // what is not taken stays finite
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// input where it is positive, else alpha * (exp(input / alpha) - 1).
struct Celu {
  static constexpr Signature signature = "celu(input, alpha)";
  double alpha = 1;
  static constexpr auto lane = [](auto x, auto alpha) {
    return where(x > 0, x, alpha * expm1(minimum(x / alpha, 0)));
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// Klambauer et al. 2017, Self-Normalizing Neural Networks.
struct Selu {
  static constexpr Signature signature = "selu(input)";
  static constexpr auto lane = [](auto x) {
    return 1.0507009873554804934193349852946 *
           where(x > 0, x, 1.6732632423543772848170429916717 * expm1(minimum(x, 0)));
  };
  static constexpr Promotion promotion = Promotion::floating;
};

/// input * Phi(input), Phi the normal distribution, which keeps the digits that 1 + erf loses below
/// 0.
struct GeluNone {
  static constexpr Signature signature = "gelu_none(input)";
  static constexpr auto lane = [](auto x) { return x * special_ndtr(x); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {gelu_none_backward(c.dy(), c.operand(0))}; }
};
/// dy (Phi(x) + x Phi'(x)); special_ndtr and the density have their exponential in common.
struct GeluNoneBackward {
  static constexpr Signature signature = "gelu_none_backward(grad, input)";
  static constexpr auto lane = [](auto dy, auto x) {
    constexpr double density = 0.5 * std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return dy * (special_ndtr(x) + x * (density * exp(-0.5 * square(x))));
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// The approximation 0.5 x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).
struct GeluTanh {
  static constexpr Signature signature = "gelu_tanh(input)";
  static constexpr auto lane = [](auto x) {
    constexpr double k = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return 0.5 * x * (1 + tanh(k * (x + 0.044715 * (x * x * x))));
  };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {gelu_tanh_backward(c.dy(), c.operand(0))}; }
};
struct GeluTanhBackward {
  static constexpr Signature signature = "gelu_tanh_backward(grad, input)";
  static constexpr auto lane = [](auto dy, auto x) {
    constexpr double k = std::numbers::sqrt2 * std::numbers::inv_sqrtpi;
    return dy * let(tanh(k * (x + 0.044715 * (x * x * x))), [x](auto t) {
             return 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * (k * (1 + 3 * 0.044715 * (x * x)));
           });
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// Hendrycks and Gimpel 2016. approximate: "none" (by erf) or "tanh".
struct Gelu {
  static constexpr Signature signature = "gelu(input, approximate)";
  Name approximate = "none";
  Tensor decompose(const Tensor& input) const;
};

/// input * sigmoid(input)
struct Silu {
  static constexpr Signature signature = "silu(input)";
  static constexpr auto lane = [](auto x) { return x / (1 + exp(-x)); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {silu_backward(c.dy(), c.operand(0))}; }
};
struct SiluBackward {
  static constexpr Signature signature = "silu_backward(grad, input)";
  static constexpr auto lane = [](auto dy, auto x) {
    return dy * let(sigmoid(x), [x](auto s) { return s * (1 + x * (1 - s)); });
  };
  static constexpr Promotion promotion = Promotion::floating;
};

/// log(1 + exp(beta * input)) / beta; the input itself where beta * input is above threshold.
struct Softplus {
  static constexpr Signature signature = "softplus(input, beta, threshold)";
  double beta = 1;
  double threshold = 20;
  static constexpr auto lane = [](auto x, auto beta, auto threshold) {
    return where(x * beta > threshold, x, log1p(exp(minimum(x * beta, threshold))) / beta);
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// input * tanh(softplus(input))
struct Mish {
  static constexpr Signature signature = "mish(input)";
  static constexpr auto lane = [](auto x) {
    return x * tanh(where(x > 20, x, log1p(exp(minimum(x, 20)))));
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// log(sigmoid(input))
struct Logsigmoid {
  static constexpr Signature signature = "logsigmoid(input)";
  static constexpr auto lane = [](auto x) { return minimum(x, 0) - log1p(exp(-abs(x))); };
  static constexpr Promotion promotion = Promotion::floating;
  static constexpr Keep keep = Keep::operands;
  Grads vjp(const Call& c) const { return {c.dy() * sigmoid(-c.operand(0))}; }
};

/// relu6(input + 3) / 6
struct Hardsigmoid {
  static constexpr Signature signature = "hardsigmoid(input)";
  static constexpr auto lane = [](auto x) {
    return where(x <= -3, 0, where(x >= 3, 1, x * (1.0 / 6) + 0.5));
  };
  static constexpr Promotion promotion = Promotion::floating;
};
/// input * relu6(input + 3) / 6
struct Hardswish {
  static constexpr Signature signature = "hardswish(input)";
  static constexpr auto lane = [](auto x) {
    return where(x <= -3, 0, where(x >= 3, x, x * (x + 3) * (1.0 / 6)));
  };
  static constexpr Promotion promotion = Promotion::floating;
};

/// 0 within -lambd … lambd, else the input.
struct Hardshrink {
  static constexpr Signature signature = "hardshrink(input, lambd)";
  double lambd = 0.5;
  static constexpr auto lane = [](auto x, auto lambd) { return where(abs(x) <= lambd, 0, x); };
  static constexpr Promotion promotion = Promotion::floating;
};
/// The input moved towards 0 by lambd, 0 where that would cross it.
struct Softshrink {
  static constexpr Signature signature = "softshrink(input, lambd)";
  double lambd = 0.5;
  static constexpr auto lane = [](auto x, auto lambd) {
    return where(abs(x) <= lambd, 0, x - sign(x) * lambd);
  };
  static constexpr Promotion promotion = Promotion::floating;
};
struct Tanhshrink {
  static constexpr Signature signature = "tanhshrink(input)";
  static constexpr auto lane = [](auto x) { return x - tanh(x); };
  static constexpr Promotion promotion = Promotion::floating;
};
/// input / (1 + |input|)
struct Softsign {
  static constexpr Signature signature = "softsign(input)";
  static constexpr auto lane = [](auto x) { return x / (1 + abs(x)); };
  static constexpr Promotion promotion = Promotion::floating;
};
/// The input where it is above `threshold`, else `value`.
struct Threshold {
  static constexpr Signature signature = "threshold(input, threshold, value)";
  Required<double> threshold, value;
  static constexpr auto lane = [](auto x, auto threshold, auto value) {
    return where(x <= threshold, value, x);
  };
};

/// input where it is positive, else weight * input; weight: one number, or one a channel (dim 1).
struct Prelu {
  static constexpr Signature signature = "prelu(input, weight)";
  Tensor decompose(const Tensor& input, const Tensor& weight) const;
};
/// The first half of `dim` times the sigmoid of the second.
struct Glu {
  static constexpr Signature signature = "glu(input, dim)";
  int64_t dim = -1;
  Tensor decompose(const Tensor& input) const;
};

struct ActivationOps
    : List<Relu, ReluBackward, LeakyRelu, Hardtanh, HardtanhBackward, Relu6, Elu, Celu, Selu,
           GeluNone, GeluNoneBackward, GeluTanh, GeluTanhBackward, Gelu, Silu, SiluBackward,
           Softplus, Mish, Logsigmoid, Hardsigmoid, Hardswish, Hardshrink, Softshrink, Tanhshrink,
           Softsign, Threshold, Prelu, Glu> {};

/// The op that gives an activation's gradient from grad and the activation's input, and has most of
/// its work in common with the activation. Null: there is none.
const OpInfo* gradient_from_input(const OpInfo& activation);

}  // namespace tandem
