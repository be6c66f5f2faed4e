// Kernels of the random ops: the state is copied, then drawn from.
#include <cstring>
#include <vector>

#include "tandem/base/generator_state.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/random.h"
#include "tandem/cpu/rows.h"
#include "tandem/ops/random.h"

namespace tandem::cpu {
namespace {

/// Calls f(state, result's first element of its type, count) for a dtype that `allowed` holds of.
template <class F>
void with_state(const KernelCall& call, F&& f) {
  const TensorRef &from = call.in[0], &to = call.out[1];
  if (to.data != from.data) std::memcpy(to.data, from.data, std::size_t(from.numel()));
  with_generator_state(to.data, to.numel(), f);
}
template <class F>
void draw_any(const KernelCall& call, F&& f) {
  const TensorRef& out = call.out[0];
  with_state(call, [&](auto& state) {
    with_dtype(out.dtype(), [&](auto zero) { f(state, out.as<decltype(zero)>(), out.numel()); });
  });
}
template <class F>
void draw_floating(const KernelCall& call, F&& f) {
  const TensorRef& out = call.out[0];
  with_state(call, [&](auto& state) {
    with_floating("random", out.dtype(),
                  [&](auto zero) { f(state, out.as<decltype(zero)>(), out.numel()); });
  });
}

/// The operand's elements in row-major order: in place, or copied to `storage`.
template <class T>
const T* dense(const TensorRef& t, std::vector<T>& storage) {
  if (t.contiguous) return t.as<T>();
  storage.resize(std::size_t(t.numel()));
  const Dims strides = contiguous_strides(t.shape());
  const TensorRef out{reinterpret_cast<std::byte*>(storage.data()), t.type, &strides, true};
  const KernelCall copy{nullptr, {&out, 1}, {&t, 1}, nullptr};
  for_rows(copy, [](const void*, std::byte* to, const std::byte* const* from, int64_t n) {
    std::memcpy(to, from[0], std::size_t(n) * sizeof(T));
  });
  return storage.data();
}

void run(const Uniform& op, const KernelCall& call) {
  draw_floating(call, [&](auto& s, auto* to, int64_t n) { uniform(s, to, n, op.low, op.high); });
}
void run(const Normal& op, const KernelCall& call) {
  draw_floating(call, [&](auto& s, auto* to, int64_t n) { normal(s, to, n, op.mean, op.std); });
}
void run(const TruncNormal& op, const KernelCall& call) {
  const TensorRef& out = call.out[0];
  with_state(call, [&](auto& s) {
    with_float_or_double("trunc_normal", out.dtype(), [&](auto zero) {
      std::vector<decltype(zero)> scratch(std::size_t(out.numel()));
      trunc_normal(s, out.as<decltype(zero)>(), out.numel(), op.mean, op.std, op.low, op.high,
                   scratch.data());
    });
  });
}
void run(const Exponential& op, const KernelCall& call) {
  draw_floating(call, [&](auto& s, auto* to, int64_t n) { exponential(s, to, n, op.lambd); });
}
void run(const RandInt& op, const KernelCall& call) {
  draw_any(call, [&](auto& s, auto* to, int64_t n) { randint(s, to, n, op.low, op.high); });
}
void run(const RandomBits&, const KernelCall& call) {
  draw_any(call, [&](auto& s, auto* to, int64_t n) { random(s, to, n); });
}
void run(const RandPerm&, const KernelCall& call) {
  const TensorRef& out = call.out[0];
  with_state(call, [&](auto& s) {
    if (out.dtype() == DType::i32)
      randperm(s, out.as<int32_t>(), out.numel());
    else
      randperm(s, out.as<int64_t>(), out.numel());
  });
}
void run(const BernoulliOf& op, const KernelCall& call) {
  draw_any(call, [&](auto& s, auto* to, int64_t n) { bernoulli(s, to, n, op.p); });
}
void run(const Bernoulli&, const KernelCall& call) {
  draw_floating(call, [&](auto& s, auto* to, int64_t n) {
    std::vector<std::remove_reference_t<decltype(*to)>> storage;
    bernoulli_of(s, dense(call.in[1], storage), to, n);
  });
}
void run(const Multinomial& op, const KernelCall& call) {
  const TensorRef& weights = call.in[1];
  const int rank = weights.shape().size();
  with_state(call, [&](auto& s) {
    with_floating("multinomial", weights.dtype(), [&](auto zero) {
      std::vector<decltype(zero)> storage;
      multinomial(s, dense(weights, storage), call.out[0].as<int64_t>(),
                  rank == 2 ? weights.shape()[0] : 1, weights.shape()[rank - 1], op.num_samples,
                  op.replacement);
    });
  });
}

template <Op... Ops>
void install_each(List<Ops...>) {
  (install<Ops>({[](const KernelCall& call) { run(call.as<Ops>(), call); }}), ...);
}

}  // namespace

void install_random() { install_each(RandomOps{}); }

}  // namespace tandem::cpu
