#include "tandem/ops/optimizer.h"

#include <cmath>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {
namespace {

/// One tensor of an update, in messages.
struct Part {
  std::string_view name;
  const Type& type;
  bool used = true;
};

/// The rate, and momentum where it moves.
Part moving_rate(const Type& lr) {
  static const Type number{DType::f64, {}};
  return {"lr", lr == Type{DType::f64, {2}} ? number : lr};
}
bool moves_momentum(const Type& lr) { return lr.shape == Dims{2}; }

void check(std::string_view op, const Type& param, std::initializer_list<Part> parts,
           std::initializer_list<Part> numbers) {
  if (!is_floating(param.dtype))
    fail(ErrorCode::dtype, op, "expected a floating param, got ", param);
  for (const Part& part : parts) {
    const Type expected{param.dtype, part.used ? param.shape : Dims{0}};
    if (part.type != expected)
      fail(ErrorCode::shape, op, "expected ", part.name, " of ", expected,
           part.used ? " like param" : " (unused)", ", got ", part.type);
  }
  for (const Part& number : numbers)
    if (!number.type.shape.empty() || !is_floating(number.type.dtype))
      fail(ErrorCode::shape, op, "expected ", number.name, " as a 0-d floating tensor, got ",
           number.type);
}

Tensor decayed(const Tensor& grad, const Tensor& param, double weight_decay, bool maximize) {
  const Tensor g = maximize ? -grad : grad;
  return weight_decay == 0 ? g : g + param * weight_decay;
}

/// A 0-d number in the dtype it is used in; else two 0-d operands would meet in the wider one.
Tensor number(const Tensor& value, const Tensor& like) { return cast(value, like.dtype()); }

/// Momentum or beta1: the option, or what stands behind the rate.
class Moving {
 public:
  Moving(double option, const Tensor& lr) : rate(lr), option_(option) {
    if (!moves_momentum(lr.type())) return;
    rate = select(lr, 0, 0);
    current_ = select(lr, 0, 1);
  }
  Tensor times(const Tensor& x) const { return current_ ? x * number(current_, x) : x * option_; }
  Tensor rest_times(const Tensor& x) const {
    return current_ ? x * number(1 - current_, x) : x * (1 - option_);
  }
  Tensor to_the(const Tensor& t) const { return current_ ? pow(current_, t) : pow(option_, t); }

  Tensor rate;

 private:
  double option_;
  Tensor current_;
};

}  // namespace

std::array<Tensor, 2> sgd_step(Arg param, Arg grad, Arg momentum_buffer, Arg lr, double momentum,
                               double dampening, double weight_decay, bool nesterov, bool maximize,
                               bool first) {
  return apply(SgdStep{momentum, dampening, weight_decay, nesterov, maximize, first}, param, grad,
               momentum_buffer, lr);
}
std::array<Tensor, 4> adam_step(Arg param, Arg grad, Arg exp_avg, Arg exp_avg_sq,
                                Arg max_exp_avg_sq, Arg step, Arg lr, double beta1, double beta2,
                                double eps, double weight_decay, bool amsgrad,
                                bool decoupled_weight_decay, bool maximize) {
  return apply(AdamStep{beta1, beta2, eps, weight_decay, amsgrad, decoupled_weight_decay, maximize},
               param, grad, exp_avg, exp_avg_sq, max_exp_avg_sq, step, lr);
}
std::array<Tensor, 4> rmsprop_step(Arg param, Arg grad, Arg square_avg, Arg momentum_buffer,
                                   Arg grad_avg, Arg lr, double alpha, double eps,
                                   double weight_decay, double momentum, bool centered,
                                   bool maximize) {
  return apply(RmspropStep{alpha, eps, weight_decay, momentum, centered, maximize}, param, grad,
               square_avg, momentum_buffer, grad_avg, lr);
}
std::array<Tensor, 2> adagrad_step(Arg param, Arg grad, Arg state_sum, Arg step, Arg lr,
                                   double lr_decay, double weight_decay, double eps,
                                   bool maximize) {
  return apply(AdagradStep{lr_decay, weight_decay, eps, maximize}, param, grad, state_sum, step,
               lr);
}

std::array<Tensor, 3> adadelta_step(Arg param, Arg grad, Arg square_avg, Arg acc_delta, Arg lr,
                                    double rho, double eps, double weight_decay, bool maximize) {
  return apply(AdadeltaStep{rho, eps, weight_decay, maximize}, param, grad, square_avg, acc_delta,
               lr);
}

std::array<Tensor, 3> adamax_step(Arg param, Arg grad, Arg exp_avg, Arg exp_inf, Arg step, Arg lr,
                                  double beta1, double beta2, double eps, double weight_decay,
                                  bool maximize) {
  return apply(AdamaxStep{beta1, beta2, eps, weight_decay, maximize}, param, grad, exp_avg, exp_inf,
               step, lr);
}
std::array<Tensor, 4> nadam_step(Arg param, Arg grad, Arg mu_product, Arg exp_avg, Arg exp_avg_sq,
                                 Arg step, Arg lr, double beta1, double beta2, double eps,
                                 double weight_decay, double momentum_decay,
                                 bool decoupled_weight_decay, bool maximize) {
  return apply(
      NadamStep{beta1, beta2, eps, weight_decay, momentum_decay, decoupled_weight_decay, maximize},
      param, grad, mu_product, exp_avg, exp_avg_sq, step, lr);
}
std::array<Tensor, 3> radam_step(Arg param, Arg grad, Arg exp_avg, Arg exp_avg_sq, Arg step, Arg lr,
                                 double beta1, double beta2, double eps, double weight_decay,
                                 bool decoupled_weight_decay, bool maximize) {
  return apply(RadamStep{beta1, beta2, eps, weight_decay, decoupled_weight_decay, maximize}, param,
               grad, exp_avg, exp_avg_sq, step, lr);
}
std::array<Tensor, 4> asgd_step(Arg param, Arg grad, Arg eta, Arg mu, Arg ax, Arg step, Arg lr,
                                double lambd, double alpha, double t0, double weight_decay,
                                bool maximize) {
  return apply(AsgdStep{lambd, alpha, t0, weight_decay, maximize}, param, grad, eta, mu, ax, step,
               lr);
}
std::array<Tensor, 3> rprop_step(Arg param, Arg grad, Arg prev, Arg step_size, double eta_minus,
                                 double eta_plus, double smallest, double largest, bool maximize) {
  return apply(RpropStep{eta_minus, eta_plus, smallest, largest, maximize}, param, grad, prev,
               step_size);
}

std::array<Type, 2> SgdStep::infer(const Type& param, const Type& grad, const Type& momentum_buffer,
                                   const Type& lr) const {
  check("sgd_step", param,
        {{"grad", grad}, {"momentum_buffer", momentum_buffer, momentum != 0 || moves_momentum(lr)}},
        {moving_rate(lr)});
  return {param, momentum_buffer};
}
std::array<Tensor, 2> SgdStep::decompose(const Tensor& param, const Tensor& grad,
                                         const Tensor& momentum_buffer, const Tensor& lr) const {
  const Tensor g = decayed(grad, param, weight_decay, maximize);
  const Moving moving(momentum, lr);
  const Tensor rate = number(moving.rate, param);
  if (momentum == 0 && !moves_momentum(lr.type())) return {param - rate * g, momentum_buffer};
  const Tensor buffer = first ? g : moving.times(momentum_buffer) + g * (1 - dampening);
  return {param - rate * (nesterov ? g + moving.times(buffer) : buffer), buffer};
}

std::array<Type, 4> AdamStep::infer(const Type& param, const Type& grad, const Type& exp_avg,
                                    const Type& exp_avg_sq, const Type& max_exp_avg_sq,
                                    const Type& step, const Type& lr) const {
  check("adam_step", param,
        {{"grad", grad},
         {"exp_avg", exp_avg},
         {"exp_avg_sq", exp_avg_sq},
         {"max_exp_avg_sq", max_exp_avg_sq, amsgrad}},
        {{"step", step}, moving_rate(lr)});
  return {param, exp_avg, exp_avg_sq, max_exp_avg_sq};
}
std::array<Tensor, 4> AdamStep::decompose(const Tensor& param, const Tensor& grad,
                                          const Tensor& exp_avg, const Tensor& exp_avg_sq,
                                          const Tensor& max_exp_avg_sq, const Tensor& step,
                                          const Tensor& lr) const {
  // The few numbers are computed in f64, as the kernel does.
  const Moving moving(beta1, lr);
  const Tensor t = cast(step, float64), rate = cast(moving.rate, float64);
  const Tensor g = decayed(grad, param, decoupled_weight_decay ? 0 : weight_decay, maximize);
  const Tensor p = decoupled_weight_decay ? param * number(1 - rate * weight_decay, param) : param;
  const Tensor m = exp_avg + moving.rest_times(g - exp_avg);
  const Tensor v = exp_avg_sq * beta2 + g * g * (1 - beta2);
  const Tensor largest = amsgrad ? maximum(max_exp_avg_sq, v) : max_exp_avg_sq;
  const Tensor step_size = number(rate / (1 - moving.to_the(t)), param);
  const Tensor correction = number(sqrt(1 - pow(beta2, t)), param);
  return {p - m * step_size / (sqrt(amsgrad ? largest : v) / correction + eps), m, v, largest};
}

std::array<Type, 4> RmspropStep::infer(const Type& param, const Type& grad, const Type& square_avg,
                                       const Type& momentum_buffer, const Type& grad_avg,
                                       const Type& lr) const {
  check("rmsprop_step", param,
        {{"grad", grad},
         {"square_avg", square_avg},
         {"momentum_buffer", momentum_buffer, momentum != 0 || moves_momentum(lr)},
         {"grad_avg", grad_avg, centered}},
        {moving_rate(lr)});
  return {param, square_avg, momentum_buffer, grad_avg};
}
std::array<Tensor, 4> RmspropStep::decompose(const Tensor& param, const Tensor& grad,
                                             const Tensor& square_avg,
                                             const Tensor& momentum_buffer, const Tensor& grad_avg,
                                             const Tensor& lr) const {
  const Tensor g = decayed(grad, param, weight_decay, maximize);
  const Tensor v = square_avg * alpha + g * g * (1 - alpha);
  const Tensor mean = centered ? grad_avg + (g - grad_avg) * (1 - alpha) : grad_avg;
  const Tensor d = g / (sqrt(centered ? v - mean * mean : v) + eps);
  const Moving moving(momentum, lr);
  const Tensor rate = number(moving.rate, param);
  if (momentum == 0 && !moves_momentum(lr.type()))
    return {param - rate * d, v, momentum_buffer, mean};
  const Tensor buffer = moving.times(momentum_buffer) + d;
  return {param - rate * buffer, v, buffer, mean};
}

std::array<Type, 2> AdagradStep::infer(const Type& param, const Type& grad, const Type& state_sum,
                                       const Type& step, const Type& lr) const {
  check("adagrad_step", param, {{"grad", grad}, {"state_sum", state_sum}},
        {{"step", step}, {"lr", lr}});
  return {param, state_sum};
}
std::array<Tensor, 2> AdagradStep::decompose(const Tensor& param, const Tensor& grad,
                                             const Tensor& state_sum, const Tensor& step,
                                             const Tensor& lr) const {
  const Tensor g = decayed(grad, param, weight_decay, maximize);
  const Tensor sum = state_sum + g * g;
  const Tensor rate = cast(lr, float64) / (1 + (cast(step, float64) - 1) * lr_decay);
  return {param - g * number(rate, param) / (sqrt(sum) + eps), sum};
}

std::array<Type, 3> AdadeltaStep::infer(const Type& param, const Type& grad, const Type& square_avg,
                                        const Type& acc_delta, const Type& lr) const {
  check("adadelta_step", param,
        {{"grad", grad}, {"square_avg", square_avg}, {"acc_delta", acc_delta}}, {{"lr", lr}});
  return {param, square_avg, acc_delta};
}
std::array<Tensor, 3> AdadeltaStep::decompose(const Tensor& param, const Tensor& grad,
                                              const Tensor& square_avg, const Tensor& acc_delta,
                                              const Tensor& lr) const {
  const Tensor g = decayed(grad, param, weight_decay, maximize);
  const Tensor v = square_avg * rho + g * g * (1 - rho);
  const Tensor delta = sqrt(acc_delta + eps) / sqrt(v + eps) * g;
  return {param - number(lr, param) * delta, v, acc_delta * rho + delta * delta * (1 - rho)};
}

std::array<Type, 3> AdamaxStep::infer(const Type& param, const Type& grad, const Type& exp_avg,
                                      const Type& exp_inf, const Type& step, const Type& lr) const {
  check("adamax_step", param, {{"grad", grad}, {"exp_avg", exp_avg}, {"exp_inf", exp_inf}},
        {{"step", step}, moving_rate(lr)});
  return {param, exp_avg, exp_inf};
}
std::array<Tensor, 3> AdamaxStep::decompose(const Tensor& param, const Tensor& grad,
                                            const Tensor& exp_avg, const Tensor& exp_inf,
                                            const Tensor& step, const Tensor& lr) const {
  const Tensor g = decayed(grad, param, weight_decay, maximize);
  const Moving moving(beta1, lr);
  const Tensor m = exp_avg + moving.rest_times(g - exp_avg);
  const Tensor largest = maximum(exp_inf * beta2, abs(g) + eps);
  const Tensor rate = cast(moving.rate, float64) / (1 - moving.to_the(cast(step, float64)));
  return {param - m * number(rate, param) / largest, m, largest};
}

std::array<Type, 4> NadamStep::infer(const Type& param, const Type& grad, const Type& mu_product,
                                     const Type& exp_avg, const Type& exp_avg_sq, const Type& step,
                                     const Type& lr) const {
  check("nadam_step", param, {{"grad", grad}, {"exp_avg", exp_avg}, {"exp_avg_sq", exp_avg_sq}},
        {{"mu_product", mu_product}, {"step", step}, moving_rate(lr)});
  return {param, mu_product, exp_avg, exp_avg_sq};
}
std::array<Tensor, 4> NadamStep::decompose(const Tensor& param, const Tensor& grad,
                                           const Tensor& mu_product, const Tensor& exp_avg,
                                           const Tensor& exp_avg_sq, const Tensor& step,
                                           const Tensor& lr) const {
  const Moving moving(beta1, lr);
  const Tensor t = cast(step, float64), rate = cast(moving.rate, float64);
  const Tensor g = decayed(grad, param, decoupled_weight_decay ? 0 : weight_decay, maximize);
  const Tensor p = decoupled_weight_decay ? param * number(1 - rate * weight_decay, param) : param;
  const Tensor m = exp_avg + moving.rest_times(g - exp_avg);
  const Tensor v = exp_avg_sq * beta2 + g * g * (1 - beta2);
  const Tensor d = sqrt(v / number(1 - pow(beta2, t), param)) + eps;
  const Tensor mu = moving.times(1 - pow(0.96, t * momentum_decay) * 0.5);
  const Tensor next = moving.times(1 - pow(0.96, (t + 1) * momentum_decay) * 0.5);
  const Tensor product = mu_product * number(mu, mu_product), wide = cast(product, float64);
  const Tensor by_g = rate * (1 - mu) / (1 - wide), by_m = rate * next / (1 - wide * next);
  return {p - g * number(by_g, param) / d - m * number(by_m, param) / d, product, m, v};
}

std::array<Type, 3> RadamStep::infer(const Type& param, const Type& grad, const Type& exp_avg,
                                     const Type& exp_avg_sq, const Type& step,
                                     const Type& lr) const {
  check("radam_step", param, {{"grad", grad}, {"exp_avg", exp_avg}, {"exp_avg_sq", exp_avg_sq}},
        {{"step", step}, moving_rate(lr)});
  return {param, exp_avg, exp_avg_sq};
}
std::array<Tensor, 3> RadamStep::decompose(const Tensor& param, const Tensor& grad,
                                           const Tensor& exp_avg, const Tensor& exp_avg_sq,
                                           const Tensor& step, const Tensor& lr) const {
  const Moving moving(beta1, lr);
  const Tensor t = cast(step, float64), rate = cast(moving.rate, float64);
  const Tensor g = decayed(grad, param, decoupled_weight_decay ? 0 : weight_decay, maximize);
  const Tensor p = decoupled_weight_decay ? param * number(1 - rate * weight_decay, param) : param;
  const Tensor m = exp_avg + moving.rest_times(g - exp_avg);
  const Tensor v = exp_avg_sq * beta2 + g * g * (1 - beta2);
  const Tensor power = pow(beta2, t), correction = 1 - power;
  const double longest = 2 / (1 - beta2) - 1;
  const Tensor length = longest - 2 * t * power / correction;
  const Tensor enough = gt(length, 5), r = where(enough, length, 6);  // no root of a negative
  const Tensor rectification =
      sqrt((r - 4) * (r - 2) * longest / ((longest - 4) * (longest - 2) * r) * correction);
  const Tensor factor =
      where(enough, number(rectification, param) / (sqrt(v) + eps), number(full({}, 1.0), param));
  return {p - m * number(rate / (1 - moving.to_the(t)), param) * factor, m, v};
}

std::array<Type, 4> AsgdStep::infer(const Type& param, const Type& grad, const Type& eta,
                                    const Type& mu, const Type& ax, const Type& step,
                                    const Type& lr) const {
  check("asgd_step", param, {{"grad", grad}, {"ax", ax}},
        {{"eta", eta}, {"mu", mu}, {"step", step}, {"lr", lr}});
  return {param, eta, mu, ax};
}
std::array<Tensor, 4> AsgdStep::decompose(const Tensor& param, const Tensor& grad,
                                          const Tensor& eta, const Tensor& mu, const Tensor& ax,
                                          const Tensor& step, const Tensor& lr) const {
  const Tensor t = cast(step, float64), rate = cast(lr, float64), before = cast(eta, float64);
  const Tensor g = decayed(grad, param, weight_decay, maximize);
  const Tensor p = param * number(1 - before * lambd, param) - g * number(before, param);
  const Tensor average = where(eq(mu, 1), p, ax + (p - ax) * number(mu, param));
  return {p, number(rate / pow(1 + rate * t * lambd, alpha), eta),
          number(1 / clamp_min(t - t0, 1), mu), average};
}

std::array<Type, 3> RpropStep::infer(const Type& param, const Type& grad, const Type& prev,
                                     const Type& step_size) const {
  check("rprop_step", param, {{"grad", grad}, {"prev", prev}, {"step_size", step_size}}, {});
  return {param, prev, step_size};
}
std::array<Tensor, 3> RpropStep::decompose(const Tensor& param, const Tensor& grad,
                                           const Tensor& prev, const Tensor& step_size) const {
  const Tensor g = maximize ? -grad : grad, agreement = g * prev;
  const Tensor factor =
      where(gt(agreement, 0), eta_plus, where(lt(agreement, 0), eta_minus, ones_like(param)));
  const Tensor size = clamp(step_size * factor, smallest, largest);
  const Tensor used = where(lt(agreement, 0), 0, g);
  return {param - sign(used) * size, used, size};
}

template struct Family<OptimizerOps>;

}  // namespace tandem
