// Optimizer updates: one pass over parameter, gradient and buffers, every value read and written
// once. Memory bandwidth bounds all of them, so there is nothing to unroll.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/optimizer.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <cmath>

#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/streams.h"
#include "tandem/cpu/tail-inl.h"
#include "tandem/ops/optimizer.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

/// Calls body(load, store) for each vector of the streams that it names; the last one is masked.
template <class T, class Body>
HWY_INLINE void ForVectors(std::byte* const* out, const std::byte* const* in, int64_t n,
                           const Body& body) {
  const hn::ScalableTag<T> d;
  const int64_t lanes = int64_t(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    body([&](int k) HWY_ATTR { return hn::LoadU(d, reinterpret_cast<const T*>(in[k]) + i); },
         [&](int k, auto v) HWY_ATTR { hn::StoreU(v, d, reinterpret_cast<T*>(out[k]) + i); });
  if (i == n) return;
  const std::size_t rest = std::size_t(n - i);
  body([&](int k) HWY_ATTR { return LoadFirst(d, reinterpret_cast<const T*>(in[k]) + i, rest); },
       [&](int k, auto v) HWY_ATTR { StoreFirst(v, d, reinterpret_cast<T*>(out[k]) + i, rest); });
}

/// The gradient as every optimizer takes it.
struct GradientNumbers {
  double weight_decay;
  bool maximize;
};
template <class D, class V>
HWY_INLINE V Gradient(D d, const GradientNumbers& numbers, V grad, V param) {
  using T = hn::TFromD<D>;
  if (numbers.maximize) grad = hn::Neg(grad);
  if (numbers.weight_decay != 0)
    grad = hn::MulAdd(param, hn::Set(d, T(numbers.weight_decay)), grad);
  return grad;
}

struct SgdNumbers {
  GradientNumbers gradient;
  double lr, momentum, dampening;
  bool has_buffer, nesterov, first;
};
template <class T>
void Sgd(const void* numbers, std::byte* const* out, const std::byte* const* in, int64_t n) {
  const SgdNumbers& s = *static_cast<const SgdNumbers*>(numbers);
  const hn::ScalableTag<T> d;
  const auto minus_lr = hn::Set(d, T(-s.lr));
  if (!s.has_buffer) {
    ForVectors<T>(out, in, n, [&](auto load, auto store) HWY_ATTR {
      const auto p = load(0);
      store(0, hn::MulAdd(Gradient(d, s.gradient, load(1), p), minus_lr, p));
    });
    return;
  }
  const auto momentum = hn::Set(d, T(s.momentum)), damped = hn::Set(d, T(1 - s.dampening));
  ForVectors<T>(out, in, n, [&](auto load, auto store) HWY_ATTR {
    const auto p = load(0);
    const auto g = Gradient(d, s.gradient, load(1), p);
    const auto buffer = s.first ? g : hn::MulAdd(g, damped, hn::Mul(load(2), momentum));
    store(1, buffer);
    store(0, hn::MulAdd(s.nesterov ? hn::MulAdd(buffer, momentum, g) : buffer, minus_lr, p));
  });
}

struct AdamNumbers {
  GradientNumbers gradient;
  double beta1, beta2, eps, step_size, correction, shrink;
  bool amsgrad;
};
template <class T>
void Adam(const void* numbers, std::byte* const* out, const std::byte* const* in, int64_t n) {
  const AdamNumbers& s = *static_cast<const AdamNumbers*>(numbers);
  const hn::ScalableTag<T> d;
  const auto one_less_beta1 = hn::Set(d, T(1 - s.beta1)), beta2 = hn::Set(d, T(s.beta2));
  const auto one_less_beta2 = hn::Set(d, T(1 - s.beta2)), eps = hn::Set(d, T(s.eps));
  const auto minus_step = hn::Set(d, T(-s.step_size)), correction = hn::Set(d, T(s.correction));
  const auto shrink = hn::Set(d, T(s.shrink));
  ForVectors<T>(out, in, n, [&](auto load, auto store) HWY_ATTR {
    auto p = load(0);
    const auto g = Gradient(d, s.gradient, load(1), p);
    p = hn::Mul(p, shrink);
    auto m = load(2);
    m = hn::MulAdd(hn::Sub(g, m), one_less_beta1, m);
    store(1, m);
    auto v = hn::MulAdd(hn::Mul(g, g), one_less_beta2, hn::Mul(load(3), beta2));
    store(2, v);
    if (s.amsgrad) {
      // As torch.maximum: a NaN of either side stays.
      const auto old = load(4);
      v = hn::IfThenElse(hn::IsNaN(v), v, hn::IfThenElse(hn::Gt(v, old), v, old));
      store(3, v);
    }
    const auto denominator = hn::Add(hn::Div(hn::Sqrt(v), correction), eps);
    store(0, hn::Add(p, hn::Div(hn::Mul(m, minus_step), denominator)));
  });
}

struct RmspropNumbers {
  GradientNumbers gradient;
  double lr, alpha, eps, momentum;
  bool has_buffer, centered;
};
template <class T>
void Rmsprop(const void* numbers, std::byte* const* out, const std::byte* const* in, int64_t n) {
  const RmspropNumbers& s = *static_cast<const RmspropNumbers*>(numbers);
  const hn::ScalableTag<T> d;
  const auto minus_lr = hn::Set(d, T(-s.lr)), alpha = hn::Set(d, T(s.alpha));
  const auto one_less_alpha = hn::Set(d, T(1 - s.alpha)), eps = hn::Set(d, T(s.eps));
  const auto momentum = hn::Set(d, T(s.momentum));
  ForVectors<T>(out, in, n, [&](auto load, auto store) HWY_ATTR {
    const auto p = load(0);
    const auto g = Gradient(d, s.gradient, load(1), p);
    auto v = hn::MulAdd(hn::Mul(g, g), one_less_alpha, hn::Mul(load(2), alpha));
    store(1, v);
    if (s.centered) {
      auto mean = load(4);
      mean = hn::MulAdd(hn::Sub(g, mean), one_less_alpha, mean);
      store(3, mean);
      v = hn::NegMulAdd(mean, mean, v);
    }
    auto direction = hn::Div(g, hn::Add(hn::Sqrt(v), eps));
    if (s.has_buffer) {
      direction = hn::MulAdd(load(3), momentum, direction);
      store(2, direction);
    }
    store(0, hn::MulAdd(direction, minus_lr, p));
  });
}

struct AdagradNumbers {
  GradientNumbers gradient;
  double lr, eps;
};
template <class T>
void Adagrad(const void* numbers, std::byte* const* out, const std::byte* const* in, int64_t n) {
  const AdagradNumbers& s = *static_cast<const AdagradNumbers*>(numbers);
  const hn::ScalableTag<T> d;
  const auto minus_lr = hn::Set(d, T(-s.lr)), eps = hn::Set(d, T(s.eps));
  ForVectors<T>(out, in, n, [&](auto load, auto store) HWY_ATTR {
    const auto p = load(0);
    const auto g = Gradient(d, s.gradient, load(1), p);
    const auto sum = hn::MulAdd(g, g, load(2));
    store(1, sum);
    store(0, hn::Add(p, hn::Div(hn::Mul(g, minus_lr), hn::Add(hn::Sqrt(sum), eps))));
  });
}

struct AdadeltaNumbers {
  GradientNumbers gradient;
  double lr, rho, eps;
};
template <class T>
void Adadelta(const void* numbers, std::byte* const* out, const std::byte* const* in, int64_t n) {
  const AdadeltaNumbers& s = *static_cast<const AdadeltaNumbers*>(numbers);
  const hn::ScalableTag<T> d;
  const auto minus_lr = hn::Set(d, T(-s.lr)), rho = hn::Set(d, T(s.rho));
  const auto one_less_rho = hn::Set(d, T(1 - s.rho)), eps = hn::Set(d, T(s.eps));
  ForVectors<T>(out, in, n, [&](auto load, auto store) HWY_ATTR {
    const auto p = load(0), accumulated = load(3);
    const auto g = Gradient(d, s.gradient, load(1), p);
    const auto v = hn::MulAdd(hn::Mul(g, g), one_less_rho, hn::Mul(load(2), rho));
    store(1, v);
    const auto step = hn::Div(hn::Sqrt(hn::Add(accumulated, eps)), hn::Sqrt(hn::Add(v, eps)));
    const auto delta = hn::Mul(step, g);
    store(2, hn::MulAdd(hn::Mul(delta, delta), one_less_rho, hn::Mul(accumulated, rho)));
    store(0, hn::MulAdd(delta, minus_lr, p));
  });
}

#if HWY_HAVE_FLOAT64
#define TANDEM_PART(kernel, dtype) (dtype == DType::f32 ? kernel<float> : kernel<double>)
#else
#define TANDEM_PART(kernel, dtype) kernel<float>
#endif

double Number(const TensorRef& t) {
  return t.dtype() == DType::f64 ? *t.as<double>() : double(*t.as<float>());
}

bool Moves(const TensorRef& lr) { return lr.shape().size() == 1; }
/// Momentum or beta1: the option, or what stands behind the rate.
double Moving(const TensorRef& lr, double option) {
  return Moves(lr) ? lr.as<double>()[(*lr.strides)[0]] : option;
}

void RunSgd(const KernelCall& call) {
  const SgdStep& op = call.as<SgdStep>();
  const SgdNumbers numbers{{op.weight_decay, op.maximize},
                           Number(call.in[3]),
                           Moving(call.in[3], op.momentum),
                           op.dampening,
                           op.momentum != 0 || Moves(call.in[3]),
                           op.nesterov,
                           op.first};
  cpu::for_streams(call, 3, &numbers, TANDEM_PART(Sgd, call.in[0].dtype()));
}

void RunAdam(const KernelCall& call) {
  const AdamStep& op = call.as<AdamStep>();
  const double step = Number(call.in[5]), lr = Number(call.in[6]);
  const double beta1 = Moving(call.in[6], op.beta1);
  const AdamNumbers numbers{{op.decoupled_weight_decay ? 0 : op.weight_decay, op.maximize},
                            beta1,
                            op.beta2,
                            op.eps,
                            lr / (1 - std::pow(beta1, step)),
                            std::sqrt(1 - std::pow(op.beta2, step)),
                            op.decoupled_weight_decay ? 1 - lr * op.weight_decay : 1,
                            op.amsgrad};
  cpu::for_streams(call, 5, &numbers, TANDEM_PART(Adam, call.in[0].dtype()));
}

void RunRmsprop(const KernelCall& call) {
  const RmspropStep& op = call.as<RmspropStep>();
  const RmspropNumbers numbers{{op.weight_decay, op.maximize},
                               Number(call.in[5]),
                               op.alpha,
                               op.eps,
                               Moving(call.in[5], op.momentum),
                               op.momentum != 0 || Moves(call.in[5]),
                               op.centered};
  cpu::for_streams(call, 5, &numbers, TANDEM_PART(Rmsprop, call.in[0].dtype()));
}

void RunAdagrad(const KernelCall& call) {
  const AdagradStep& op = call.as<AdagradStep>();
  const double step = Number(call.in[3]), lr = Number(call.in[4]);
  const AdagradNumbers numbers{
      {op.weight_decay, op.maximize}, lr / (1 + (step - 1) * op.lr_decay), op.eps};
  cpu::for_streams(call, 3, &numbers, TANDEM_PART(Adagrad, call.in[0].dtype()));
}

void RunAdadelta(const KernelCall& call) {
  const AdadeltaStep& op = call.as<AdadeltaStep>();
  const AdadeltaNumbers numbers{{op.weight_decay, op.maximize}, Number(call.in[4]), op.rho, op.eps};
  cpu::for_streams(call, 4, &numbers, TANDEM_PART(Adadelta, call.in[0].dtype()));
}
#undef TANDEM_PART

/// Halves take the decomposition.
bool Supports(const void*, Types in) {
  const auto wide = [](const Type* t) { return t->dtype == DType::f32 || t->dtype == DType::f64; };
  return (in[0]->dtype == DType::f32 || (HWY_HAVE_FLOAT64 && in[0]->dtype == DType::f64)) &&
         wide(in[in.size() - 1]) && wide(in[in.size() - 2]);
}

}  // namespace

void InstallOptimizer() {
  cpu::install<SgdStep>({RunSgd, nullptr, Supports});
  cpu::install<AdamStep>({RunAdam, nullptr, Supports});
  cpu::install<RmspropStep>({RunRmsprop, nullptr, Supports});
  cpu::install<AdagradStep>({RunAdagrad, nullptr, Supports});
  cpu::install<AdadeltaStep>({RunAdadelta, nullptr, Supports});
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(InstallOptimizer);

void cpu::install_optimizer() { HWY_DYNAMIC_DISPATCH(InstallOptimizer)(); }
}  // namespace tandem
#endif
