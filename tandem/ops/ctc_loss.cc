#include "tandem/ops/ctc_loss.h"

#include <algorithm>
#include <cmath>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/loss.h"

namespace tandem {

// clang-format off
Tensor ctc_loss(Arg log_probs, Arg targets, Arg input_lengths, Arg target_lengths, int64_t blank, Name reduction, bool zero_infinity) { return apply(CtcLoss{blank, reduction, zero_infinity}, log_probs, targets, input_lengths, target_lengths); }
// clang-format on

namespace {

/// log(exp(a) + exp(b) + exp(c)), whose gradient is finite where all are -inf.
Tensor log_sum(const Tensor& a, const Tensor& b, const Tensor& c) {
  const Tensor largest = maximum(maximum(a, b), c).detach();
  const Tensor none = eq(largest, -INFINITY), shift = where(none, 0, largest);
  const Tensor total = exp(a - shift) + exp(b - shift) + exp(c - shift);
  return where(none, -INFINITY, log(where(none, 1, total)) + shift);
}
/// Along the last dim: `by` places later, -inf in front.
Tensor later(const Tensor& x, int64_t by) {
  const int64_t n = x.size(-1), moved = std::min(by, n);
  return constant_pad_nd(narrow(x, -1, 0, n - moved), {moved, 0}, -INFINITY);
}

}  // namespace

Tensor CtcLoss::decompose(const Tensor& log_probs, const Tensor& targets,
                          const Tensor& input_lengths, const Tensor& target_lengths) const {
  constexpr std::string_view op = "ctc_loss";
  if (log_probs.dim() == 2) {
    const Tensor loss =
        ctc_loss(unsqueeze(log_probs, 1), reshape(targets, {1, -1}), reshape(input_lengths, 1),
                 reshape(target_lengths, 1), blank, reduction, zero_infinity);
    return loss.dim() ? squeeze(loss, 0) : loss;
  }
  if (log_probs.dim() != 3 || !is_floating(log_probs.dtype()))
    fail(ErrorCode::shape, op, "expected log_probs: floating [T, N, C] or [T, C], got ",
         log_probs.type());
  const int64_t steps = log_probs.size(0), n = log_probs.size(1), classes = log_probs.size(2);
  if (blank < 0 || blank >= classes)
    fail(ErrorCode::value, op, "expected blank in 0..", classes - 1, ", got ", blank);
  if (input_lengths.shape() != Dims{n} || target_lengths.shape() != Dims{n})
    fail(ErrorCode::shape, op, "expected ", n, " input_lengths and target_lengths, got ",
         input_lengths.shape(), " and ", target_lengths.shape());
  const Tensor in = cast(input_lengths, DType::i64), lengths = cast(target_lengths, DType::i64);
  if (!mode.tracer && n && amax(in).item<int64_t>() > steps)
    fail(ErrorCode::value, op, "expected input_lengths of at most ", steps);
  Tensor labels = cast(targets, DType::i64);
  if (labels.dim() == 1 && n > 0) {  // one after the other: as rows, padded
    const int64_t longest = amax(lengths).item<int64_t>();
    const Tensor begin = unsqueeze(cumsum(lengths, 0) - lengths, 1);
    const Tensor places = begin + arange(0, longest);
    labels = labels.numel() ? take(labels, clamp_max(places, labels.numel() - 1))
                            : full({n, longest}, blank, DType::i64);
  }
  const int64_t most = labels.size(1), states = 2 * most + 1;
  labels = where(lt(arange(0, most), unsqueeze(lengths, 1)), labels, blank);
  // Blanks around every label: [N, 2 S + 1].
  const Tensor blanks = full({n, most, 1}, blank, DType::i64);
  const Tensor extended = cat({reshape(cat({blanks, unsqueeze(labels, 2)}, 2), {n, 2 * most}),
                               full({n, 1}, blank, DType::i64)},
                              1);
  // A label may follow the one before at once, unless it is the same.
  Tensor skips =
      ne(extended, constant_pad_nd(narrow(extended, 1, 0, std::max<int64_t>(states - 2, 0)),
                                   {std::min<int64_t>(2, states), 0}, blank));
  skips = logical_and(skips, ne(extended, blank));
  const auto emitted = [&](int64_t t) { return gather(select(log_probs, 0, t), 1, extended); };
  Tensor alpha = where(lt(arange(0, states), 2), steps ? emitted(0) : log_probs, -INFINITY);
  for (int64_t t = 1; t < steps; ++t) {
    const Tensor two = where(skips, later(alpha, 2), -INFINITY);
    const Tensor next = log_sum(alpha, later(alpha, 1), two) + emitted(t);
    alpha = where(unsqueeze(lt(t, in), 1), next, alpha);
  }
  const Tensor last = unsqueeze(lengths * 2, 1);
  const Tensor with_blank = gather(alpha, 1, last);
  const Tensor with_label = where(gt(last, 0), gather(alpha, 1, clamp_min(last - 1, 0)), -INFINITY);
  const Tensor none = full({}, -INFINITY, log_probs.dtype());
  Tensor loss = squeeze(-log_sum(with_blank, with_label, none), 1);
  if (zero_infinity) loss = where(eq(loss, INFINITY), 0, loss);
  if (reduction == "mean") return mean(loss / cast(clamp_min(lengths, 1), loss.dtype()));
  return reduce_loss(op, loss, reduction);
}

template struct Family<CtcLossOps>;

}  // namespace tandem
