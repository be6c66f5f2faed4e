#include "tandem/ops/attention.h"

#include <cmath>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/random.h"
#include "tandem/ops/rules.h"

namespace tandem {

Tensor scaled_dot_product_attention(Arg query, Arg key, Arg value, OptArg attn_mask,
                                    double dropout_p, bool is_causal, std::optional<double> scale,
                                    bool enable_gqa) {
  return apply(ScaledDotProductAttention{dropout_p, is_causal, scale, enable_gqa}, query, key,
               value, attn_mask);
}
std::array<Tensor, 2> native_attention(Arg query, Arg key, Arg value, OptArg attn_mask,
                                       bool is_causal, double scale) {
  return apply(NativeAttention{is_causal, scale}, query, key, value, attn_mask);
}
std::array<Tensor, 3> native_attention_backward(Arg grad, Arg query, Arg key, Arg value,
                                                OptArg attn_mask, Arg output, Arg logsumexp,
                                                bool is_causal, double scale) {
  return apply(NativeAttentionBackward{is_causal, scale}, grad, query, key, value, attn_mask,
               output, logsumexp);
}

namespace {

void check_dtypes(std::string_view op, const Type& query, const Type& key, const Type& value,
                  const Type* mask) {
  if (!is_floating(query.dtype) || key.dtype != query.dtype || value.dtype != query.dtype)
    fail(ErrorCode::dtype, op, "expected query, key and value of one floating dtype, got ",
         query.dtype, ", ", key.dtype, ", ", value.dtype);
  if (mask && mask->dtype != DType::boolean && mask->dtype != query.dtype)
    fail(ErrorCode::dtype, op, "expected attn_mask of dtype bool or ", query.dtype, ", got ",
         mask->dtype);
}

void check_mask(std::string_view op, const Type* mask, bool is_causal, const Dims& scores) {
  if (!mask) return;
  if (is_causal)
    fail(ErrorCode::value, op, "expected either attn_mask or is_causal=true, got both");
  if (broadcast_shapes(op, mask->shape, scores) != scores)
    fail(ErrorCode::shape, op, "expected attn_mask that broadcasts to [..., H, L, S] = ", scores,
         ", got ", mask->shape);
}

/// The dims of x before its last `rank`.
Dims lead(const Dims& x, int rank) {
  Dims d = x;
  d.resize(x.size() - rank);
  return d;
}
Dims with_last(Dims d, int64_t a, int64_t b) {
  d.push_back(a);
  d.push_back(b);
  return d;
}

[[noreturn]] void wrong_shapes(std::string_view op, const Dims& q, const Dims& k, const Dims& v,
                               bool gqa) {
  fail(ErrorCode::shape, op,
       "expected query: [..., H, L, E], key: [..., H, S, E], value: [..., H, S, V], got ", q, ", ",
       k, ", ", v,
       gqa ? "" : "; enable_gqa=true lets query have a multiple of the heads of key and value");
}

/// Query heads in groups that share a key head, and a dim for the group: [N, H, …] as [N, H / g, g,
/// …]; key and value as [N, H / g, 1, …].
struct Grouped {
  int64_t group;
  explicit Grouped(const Tensor& query, const Tensor& key)
      : group(key.size(1) ? query.size(1) / key.size(1) : 1) {}
  Tensor split(const Tensor& x) const {
    if (group == 1) return x;
    Dims shape = x.shape();
    shape[1] /= group;
    shape.insert(2, group);
    return reshape(x, shape);
  }
  Tensor shared(const Tensor& x) const { return group == 1 ? x : unsqueeze(x, 2); }
  /// The gradient of what a group shares.
  Tensor sum_shared(const Tensor& x) const { return group == 1 ? x : sum(x, 2); }
};

/// query @ key^T * scale, with -inf where a query does not see a key.
Tensor masked_scores(const Tensor& query, const Tensor& key, const Tensor* mask, bool is_causal,
                     double scale) {
  const Grouped heads(query, key);
  Tensor s = matmul(heads.split(query) * scale, mT(heads.shared(key)));
  s = reshape(s, {query.size(0), query.size(1), query.size(2), key.size(2)});
  if (is_causal) s = where(tril(ones({query.size(2), key.size(2)}, DType::boolean)), s, -INFINITY);
  if (!mask) return s;
  return mask->dtype() == DType::boolean ? where(*mask, s, -INFINITY) : s + *mask;
}

/// A softmax whose rows of -inf are 0, and the logarithm of its denominator.
struct SafeSoftmax {
  Tensor weights, logsumexp;
  explicit SafeSoftmax(const Tensor& scores) {
    const Tensor max = amax(scores.detach(), -1, true);
    const Tensor shift = where(eq(max, -INFINITY), 0, max);
    const Tensor e = exp(scores - shift), total = sum(e, -1, true);
    weights = e / where(eq(total, 0), 1, total);
    logsumexp = squeeze(log(total) + shift, -1);
  }
};

std::array<Type, 2> attention_types(std::string_view op, bool is_causal, const Type& query,
                                    const Type& key, const Type& value, const Type* attn_mask) {
  check_dtypes(op, query, key, value, attn_mask);
  const Dims &q = query.shape, &k = key.shape, &v = value.shape;
  if (q.size() != 4 || k.size() != 4 || v.size() != 4 || k[0] != q[0] || v[0] != q[0] ||
      k[1] != v[1] || k[2] != v[2] || q[3] != k[3] || (k[1] == 0 ? q[1] != 0 : q[1] % k[1] != 0))
    wrong_shapes(op, q, k, v, true);
  check_mask(op, attn_mask, is_causal, {q[0], q[1], q[2], k[2]});
  return {Type{query.dtype, {q[0], q[1], q[2], v[3]}}, Type{query.dtype, {q[0], q[1], q[2]}}};
}

}  // namespace

Type ScaledDotProductAttention::infer(const Type& query, const Type& key, const Type& value,
                                      const Type* attn_mask) const {
  constexpr std::string_view op = "scaled_dot_product_attention";
  check_dtypes(op, query, key, value, attn_mask);
  const Dims &q = query.shape, &k = key.shape, &v = value.shape;
  const int rank = q.size();
  if (rank < 2 || k.size() != rank || v.size() != rank || q.back() != k.back() ||
      k[rank - 2] != v[rank - 2])
    wrong_shapes(op, q, k, v, true);
  Dims batch = lead(q, 2), shared = lead(k, 2);
  if (shared != lead(v, 2)) wrong_shapes(op, q, k, v, true);
  if (enable_gqa && rank >= 3) {
    if (shared.back() == 0 || batch.back() % shared.back())
      fail(ErrorCode::shape, op, "enable_gqa: the ", batch.back(),
           " heads of query are no multiple of the ", shared.back(), " of key and value");
    shared.back() = batch.back();
  }
  if (batch != shared) wrong_shapes(op, q, k, v, enable_gqa);
  if (!(dropout_p >= 0 && dropout_p <= 1))
    fail(ErrorCode::value, op, "expected dropout_p in 0..1, got ", dropout_p);
  check_mask(op, attn_mask, is_causal, with_last(batch, q[rank - 2], k[rank - 2]));
  return {query.dtype, with_last(batch, q[rank - 2], v.back())};
}

Tensor ScaledDotProductAttention::decompose(const Tensor& query, const Tensor& key,
                                            const Tensor& value, const Tensor* attn_mask) const {
  // Everything as [N, H, …]: dims are added in front or joined there.
  const Dims out =
      infer(query.type(), key.type(), value.type(), attn_mask ? &attn_mask->type() : nullptr).shape;
  auto images = [](const Tensor& x) {
    Dims shape = x.shape();
    while (shape.size() < 4) shape.insert(0, 1);
    while (shape.size() > 4) {
      shape[1] *= shape[0];
      shape.erase(0);
    }
    return reshape(x, shape);
  };
  const Tensor q = images(query), k = images(key), v = images(value);
  Tensor mask;
  if (attn_mask) {
    mask = *attn_mask;
    if (query.dim() > 4) {
      Dims full = lead(out, 1);
      full.push_back(key.size(-2));
      mask = images(expand(mask, full));
    }
  }
  const double factor = scale.value_or(1 / std::sqrt(double(query.size(-1))));
  if (dropout_p == 0 && !(mask && mask.requires_grad()))
    return reshape(native_attention(q, k, v, mask, is_causal, factor)[0], out);
  const Grouped heads(q, k);
  Tensor weights =
      SafeSoftmax(masked_scores(q, k, mask ? &mask : nullptr, is_causal, factor)).weights;
  if (dropout_p > 0) weights = dropout(weights, dropout_p, true);
  return reshape(matmul(heads.split(weights), heads.shared(v)), out);
}

std::array<Type, 2> NativeAttention::infer(const Type& query, const Type& key, const Type& value,
                                           const Type* attn_mask) const {
  return attention_types("native_attention", is_causal, query, key, value, attn_mask);
}

std::array<Tensor, 2> NativeAttention::decompose(const Tensor& query, const Tensor& key,
                                                 const Tensor& value,
                                                 const Tensor* attn_mask) const {
  const Grouped heads(query, key);
  const SafeSoftmax softmax(masked_scores(query, key, attn_mask, is_causal, scale));
  const Tensor out = matmul(heads.split(softmax.weights), heads.shared(value));
  return {reshape(out, {query.size(0), query.size(1), query.size(2), value.size(3)}),
          softmax.logsumexp};
}

Grads NativeAttention::vjp(const Call& c) const {
  Grads grads;
  if (c.dys[1] || !c.dys[0]) {
    vjp_by_decomposition(info_of<NativeAttention>, this, c, &grads);
    return grads;
  }
  const Tensor mask = c.operand(3);
  auto [dq, dk, dv] = native_attention_backward(c.dys[0], c.operand(0), c.operand(1), c.operand(2),
                                                c.has(3) ? OptArg(mask) : OptArg(), c.result(0),
                                                c.result(1), is_causal, scale);
  return {dq, dk, dv};
}

std::array<Type, 3> NativeAttentionBackward::infer(const Type& grad, const Type& query,
                                                   const Type& key, const Type& value,
                                                   const Type* attn_mask, const Type& output,
                                                   const Type& logsumexp) const {
  constexpr std::string_view op = "native_attention_backward";
  const auto [out, lse] = attention_types(op, is_causal, query, key, value, attn_mask);
  if (grad != out || output != out || logsumexp != lse)
    fail(ErrorCode::shape, op, "expected grad and output: ", out, ", logsumexp: ", lse, ", got ",
         grad, ", ", output, ", ", logsumexp);
  return {query, key, value};
}

std::array<Tensor, 3> NativeAttentionBackward::decompose(const Tensor& grad, const Tensor& query,
                                                         const Tensor& key, const Tensor& value,
                                                         const Tensor* attn_mask,
                                                         const Tensor& output,
                                                         const Tensor& logsumexp) const {
  const Grouped heads(query, key);
  const Tensor scores = masked_scores(query, key, attn_mask, is_causal, scale);
  const Tensor shift = where(eq(logsumexp, -INFINITY), 0, logsumexp);
  const Tensor weights = heads.split(exp(scores - unsqueeze(shift, -1)));
  const Tensor dy = heads.split(grad);
  const Tensor k = heads.shared(key), v = heads.shared(value);
  const Tensor dv = heads.sum_shared(matmul(mT(weights), dy));
  const Tensor mean = sum(dy * heads.split(output), -1, true);
  const Tensor ds = weights * (matmul(dy, mT(v)) - mean) * scale;
  const Tensor dq = reshape(matmul(ds, k), query.shape());
  const Tensor dk = heads.sum_shared(matmul(mT(ds), heads.split(query)));
  return {dq, dk, dv};
}

template struct Family<AttentionOps>;

}  // namespace tandem
