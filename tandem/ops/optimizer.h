// One parameter's update, an optimizer each: pure ops from the old values to the new ones. Eager
// optimizers apply them in place (tensor/apply.h), so the new values overwrite the old and nothing
// is allocated; in a traced training step they stand in the program.
//
// What changes from step to step is an operand, never an attribute, so that one program serves
// every step: `lr` is a 0-d float64, `step` a 0-d float32 that counts steps, this one included.
// Where a schedule moves momentum (or beta1) too, `lr` is float64[2], the rate and what stands in
// the place of that attribute. What the options fix is an attribute. A buffer that the options do
// not use is an empty tensor of shape [0] and comes back as it was.
//
// param, grad and buffers share a dtype and, but for unused buffers, a shape. No gradient flows.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Stochastic gradient descent with momentum, as PyTorch's:
///   g = grad + weight_decay * param          (-grad with `maximize`)
///   momentum_buffer = momentum * momentum_buffer + (1 - dampening) * g, at `first` g itself
///   param -= lr * (nesterov ? g + momentum * momentum_buffer : momentum_buffer)
/// Without momentum param -= lr * g and the buffer is unused.
struct SgdStep {
  static constexpr Signature signature =
      "sgd_step(param, grad, momentum_buffer, lr, momentum, dampening, weight_decay, nesterov, "
      "maximize, first)";
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
  bool first = false;
  static constexpr std::string_view results[] = {"param", "momentum_buffer"};
  static constexpr int in_place[] = {0, 2};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 2> infer(const Type& param, const Type& grad, const Type& momentum_buffer,
                            const Type& lr) const;
  std::array<Tensor, 2> decompose(const Tensor& param, const Tensor& grad,
                                  const Tensor& momentum_buffer, const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Adam (Kingma and Ba, 2015), AdamW with `decoupled_weight_decay` (Loshchilov and Hutter, 2019),
/// AMSGrad with `amsgrad` (Reddi et al., 2018), as PyTorch's:
///   exp_avg += (1 - beta1) * (g - exp_avg)
///   exp_avg_sq = beta2 * exp_avg_sq + (1 - beta2) * g²
///   param -= lr / (1 - beta1^step) * exp_avg / (√exp_avg_sq / √(1 - beta2^step) + eps)
struct AdamStep {
  static constexpr Signature signature =
      "adam_step(param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step, lr, beta1, beta2, eps, "
      "weight_decay, amsgrad, decoupled_weight_decay, maximize)";
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool amsgrad = false;
  bool decoupled_weight_decay = false;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "exp_avg", "exp_avg_sq",
                                                 "max_exp_avg_sq"};
  static constexpr int in_place[] = {0, 2, 3, 4};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 4> infer(const Type& param, const Type& grad, const Type& exp_avg,
                            const Type& exp_avg_sq, const Type& max_exp_avg_sq, const Type& step,
                            const Type& lr) const;
  std::array<Tensor, 4> decompose(const Tensor& param, const Tensor& grad, const Tensor& exp_avg,
                                  const Tensor& exp_avg_sq, const Tensor& max_exp_avg_sq,
                                  const Tensor& step, const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// RMSprop (Hinton, 2012), centered by Graves (2013), as PyTorch's:
///   square_avg = alpha * square_avg + (1 - alpha) * g²
///   grad_avg += (1 - alpha) * (g - grad_avg)                    with `centered`
///   d = g / (√(square_avg - grad_avg²) + eps)
///   momentum_buffer = momentum * momentum_buffer + d;  param -= lr * momentum_buffer
struct RmspropStep {
  static constexpr Signature signature =
      "rmsprop_step(param, grad, square_avg, momentum_buffer, grad_avg, lr, alpha, eps, "
      "weight_decay, momentum, centered, maximize)";
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "square_avg", "momentum_buffer",
                                                 "grad_avg"};
  static constexpr int in_place[] = {0, 2, 3, 4};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 4> infer(const Type& param, const Type& grad, const Type& square_avg,
                            const Type& momentum_buffer, const Type& grad_avg,
                            const Type& lr) const;
  std::array<Tensor, 4> decompose(const Tensor& param, const Tensor& grad, const Tensor& square_avg,
                                  const Tensor& momentum_buffer, const Tensor& grad_avg,
                                  const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Adagrad (Duchi et al., 2011), as PyTorch's:
///   state_sum += g²;  param -= lr / (1 + (step - 1) * lr_decay) * g / (√state_sum + eps)
struct AdagradStep {
  static constexpr Signature signature =
      "adagrad_step(param, grad, state_sum, step, lr, lr_decay, weight_decay, eps, maximize)";
  double lr_decay = 0;
  double weight_decay = 0;
  double eps = 1e-10;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "state_sum"};
  static constexpr int in_place[] = {0, 2};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 2> infer(const Type& param, const Type& grad, const Type& state_sum,
                            const Type& step, const Type& lr) const;
  std::array<Tensor, 2> decompose(const Tensor& param, const Tensor& grad, const Tensor& state_sum,
                                  const Tensor& step, const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Adadelta (Zeiler, 2012), as PyTorch's:
///   square_avg = rho * square_avg + (1 - rho) * g²
///   delta = √(acc_delta + eps) / √(square_avg + eps) * g
///   acc_delta = rho * acc_delta + (1 - rho) * delta²;  param -= lr * delta
struct AdadeltaStep {
  static constexpr Signature signature =
      "adadelta_step(param, grad, square_avg, acc_delta, lr, rho, eps, weight_decay, maximize)";
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "square_avg", "acc_delta"};
  static constexpr int in_place[] = {0, 2, 3};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& param, const Type& grad, const Type& square_avg,
                            const Type& acc_delta, const Type& lr) const;
  std::array<Tensor, 3> decompose(const Tensor& param, const Tensor& grad, const Tensor& square_avg,
                                  const Tensor& acc_delta, const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Adamax (Kingma and Ba, 2015), as PyTorch's:
///   exp_avg += (1 - beta1) * (g - exp_avg);  exp_inf = max(beta2 * exp_inf, |g| + eps)
///   param -= lr / (1 - beta1^step) * exp_avg / exp_inf
struct AdamaxStep {
  static constexpr Signature signature =
      "adamax_step(param, grad, exp_avg, exp_inf, step, lr, beta1, beta2, eps, weight_decay, "
      "maximize)";
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "exp_avg", "exp_inf"};
  static constexpr int in_place[] = {0, 2, 3};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& param, const Type& grad, const Type& exp_avg,
                            const Type& exp_inf, const Type& step, const Type& lr) const;
  std::array<Tensor, 3> decompose(const Tensor& param, const Tensor& grad, const Tensor& exp_avg,
                                  const Tensor& exp_inf, const Tensor& step,
                                  const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// NAdam (Dozat, 2016), as PyTorch's: Adam with Nesterov's momentum
///   mu(t) = beta1 * (1 - 0.96^(t * momentum_decay) / 2);  mu_product *= mu(step)
///   d = √(exp_avg_sq / (1 - beta2^step)) + eps
///   param -= lr * (1 - mu(step)) / (1 - mu_product) * g / d
///          + lr * mu(step + 1) / (1 - mu_product * mu(step + 1)) * exp_avg / d
struct NadamStep {
  static constexpr Signature signature =
      "nadam_step(param, grad, mu_product, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, "
      "weight_decay, momentum_decay, decoupled_weight_decay, maximize)";
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "mu_product", "exp_avg", "exp_avg_sq"};
  static constexpr int in_place[] = {0, 2, 3, 4};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 4> infer(const Type& param, const Type& grad, const Type& mu_product,
                            const Type& exp_avg, const Type& exp_avg_sq, const Type& step,
                            const Type& lr) const;
  std::array<Tensor, 4> decompose(const Tensor& param, const Tensor& grad, const Tensor& mu_product,
                                  const Tensor& exp_avg, const Tensor& exp_avg_sq,
                                  const Tensor& step, const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// RAdam (Liu et al., 2020), as PyTorch's: with m = exp_avg / (1 - beta1^step) and r the length of
/// the approximated average,
///   param -= lr * m * rectification(r) * √(1 - beta2^step) / (√exp_avg_sq + eps)  where r > 5
///   param -= lr * m                                                               elsewhere
struct RadamStep {
  static constexpr Signature signature =
      "radam_step(param, grad, exp_avg, exp_avg_sq, step, lr, beta1, beta2, eps, weight_decay, "
      "decoupled_weight_decay, maximize)";
  double beta1 = 0.9;
  double beta2 = 0.999;
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "exp_avg", "exp_avg_sq"};
  static constexpr int in_place[] = {0, 2, 3};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& param, const Type& grad, const Type& exp_avg,
                            const Type& exp_avg_sq, const Type& step, const Type& lr) const;
  std::array<Tensor, 3> decompose(const Tensor& param, const Tensor& grad, const Tensor& exp_avg,
                                  const Tensor& exp_avg_sq, const Tensor& step,
                                  const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Averaged gradient descent (Polyak and Juditsky, 1992), as PyTorch's:
///   param = param * (1 - lambd * eta) - eta * g;  ax += mu * (param - ax)
///   eta = lr / (1 + lambd * lr * step)^alpha;     mu = 1 / max(1, step - t0)
struct AsgdStep {
  static constexpr Signature signature =
      "asgd_step(param, grad, eta, mu, ax, step, lr, lambd, alpha, t0, weight_decay, maximize)";
  double lambd = 1e-4;
  double alpha = 0.75;
  double t0 = 1e6;
  double weight_decay = 0;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "eta", "mu", "ax"};
  static constexpr int in_place[] = {0, 2, 3, 4};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 4> infer(const Type& param, const Type& grad, const Type& eta, const Type& mu,
                            const Type& ax, const Type& step, const Type& lr) const;
  std::array<Tensor, 4> decompose(const Tensor& param, const Tensor& grad, const Tensor& eta,
                                  const Tensor& mu, const Tensor& ax, const Tensor& step,
                                  const Tensor& lr) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Resilient backpropagation (Riedmiller and Braun, 1993), as PyTorch's: each element's step_size
/// grows by eta_plus where its gradient keeps its sign, shrinks by eta_minus where it turns round
/// (and the gradient counts as 0 there), between smallest and largest;
///   param -= sign(g) * step_size;  prev = g
struct RpropStep {
  static constexpr Signature signature =
      "rprop_step(param, grad, prev, step_size, eta_minus, eta_plus, smallest, largest, maximize)";
  double eta_minus = 0.5;
  double eta_plus = 1.2;
  double smallest = 1e-6;
  double largest = 50;
  bool maximize = false;
  static constexpr std::string_view results[] = {"param", "prev", "step_size"};
  static constexpr int in_place[] = {0, 2, 3};
  static constexpr Layout layout = Layout::follow;
  std::array<Type, 3> infer(const Type& param, const Type& grad, const Type& prev,
                            const Type& step_size) const;
  std::array<Tensor, 3> decompose(const Tensor& param, const Tensor& grad, const Tensor& prev,
                                  const Tensor& step_size) const;
  Grads vjp(const Call&) const { return {}; }
};

struct OptimizerOps : List<SgdStep, AdamStep, RmspropStep, AdagradStep, AdadeltaStep, AdamaxStep,
                           NadamStep, RadamStep, AsgdStep, RpropStep> {};

}  // namespace tandem
