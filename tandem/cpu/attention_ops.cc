// Binds attention to its f32 kernels, which never hold all scores; other dtypes are left to the
// decomposition.
#include "tandem/cpu/attention.h"

#include <algorithm>
#include <limits>

#include "tandem/cpu/dense.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/strided.h"
#include "tandem/ops/attention.h"

namespace tandem {
namespace {

bool attention_is_f32(const void*, Types in) {
  for (std::size_t i = 0; i < in.size(); ++i)
    if (in[i] && in[i]->dtype != DType::f32 && in[i]->dtype != DType::boolean) return false;
  return true;
}

/// [N, H, L, E] whose features lie side by side, in place or copied.
cpu::Heads<const float> heads(const TensorRef& t, cpu::Scratch& scratch) {
  const Dims& s = *t.strides;
  if (s[3] == 1 || t.shape()[3] == 1) return {t.as<float>(), s[0], s[1], s[2]};
  const Dims dense = contiguous_strides(t.shape());
  return {cpu::dense<float>(t, scratch), dense[0], dense[1], dense[2]};
}
cpu::Heads<float> result(const TensorRef& t) {
  const Dims& s = *t.strides;
  return {t.as<float>(), s[0], s[1], s[2]};
}

template <class Op>
cpu::Attention problem(const KernelCall& call, int query, cpu::Scratch& scratch) {
  const Op& op = call.as<Op>();
  const TensorRef* in = call.in.data() + query;
  const Dims &q = in[0].shape(), &k = in[1].shape();
  cpu::Attention a{.batch = q[0],
                   .heads = q[1],
                   .kv_heads = k[1],
                   .queries = q[2],
                   .keys = k[2],
                   .dim = q[3],
                   .value_dim = in[2].shape()[3],
                   .q = heads(in[0], scratch),
                   .k = heads(in[1], scratch),
                   .v = heads(in[2], scratch),
                   .mask = {},
                   .causal = op.is_causal,
                   .scale = float(op.scale)};
  if (const TensorRef& mask = in[3]; mask.data) {
    const Dims s = cpu::broadcast_strides(mask.shape(), *mask.strides, {q[0], q[1], q[2], k[2]});
    a.mask = {.batch = s[0], .head = s[1], .row = s[2], .column = s[3]};
    if (mask.dtype() == DType::boolean)
      a.mask.boolean = mask.as<bool>();
    else
      a.mask.additive = mask.as<float>();
  }
  return a;
}

void zero(const TensorRef& t) { std::fill_n(t.as<float>(), t.numel(), 0.0f); }

void forward_attention(const KernelCall& call) {
  if (call.out[0].numel() == 0 && call.out[1].numel() == 0) return;
  cpu::Scratch scratch;
  const cpu::Attention a = problem<NativeAttention>(call, 0, scratch);
  if (a.keys == 0) {  // no query sees a key
    zero(call.out[0]);
    std::fill_n(call.out[1].as<float>(), call.out[1].numel(),
                -std::numeric_limits<float>::infinity());
    return;
  }
  cpu::attention_forward(a, result(call.out[0]), call.out[1].as<float>());
}

void backward_attention(const KernelCall& call) {
  if (call.in[0].numel() == 0 || call.in[2].numel() == 0) {
    for (const TensorRef& t : call.out) zero(t);
    return;
  }
  cpu::Scratch scratch;
  const cpu::Attention a = problem<NativeAttentionBackward>(call, 1, scratch);
  cpu::attention_backward(a, heads(call.in[5], scratch), heads(call.in[0], scratch),
                          cpu::dense<float>(call.in[6], scratch), result(call.out[0]),
                          result(call.out[1]), result(call.out[2]));
}

}  // namespace

void cpu::install_attention() {
  install<NativeAttention>({forward_attention, nullptr, attention_is_f32});
  install<NativeAttentionBackward>({backward_attention, nullptr, attention_is_f32});
}

}  // namespace tandem
