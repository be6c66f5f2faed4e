#include "tandem/cpu/conv_partial.h"

#include "tandem/cpu/conv_tile.h"

namespace tandem::cpu {
namespace {
constexpr int64_t max_shares = 8;
constexpr int64_t max_elements = 4 << 20;  // of all partial sums: 16 MB
constexpr int64_t min_columns = 64;        // below, the other operand is read too often
}  // namespace

PartialGradients::PartialGradients(const WeightGradient& grad, int64_t work)
    : pitch(panels_of(grad.out_channels()) * kPanel), work_(work), groups_(grad.groups) {
  block_ = grad.dw.h() * grad.dw.w() * grad.in_channels() * pitch;
  shares_ = std::clamp<int64_t>(max_elements / std::max<int64_t>(1, block_ * groups_), 1,
                                std::clamp<int64_t>(work, 1, max_shares));
  const int64_t tasks = shares_ * groups_;
  const int64_t wanted = tasks >= max_shares ? 1 : (max_shares + tasks - 1) / tasks;
  const int64_t share = (pitch + wanted - 1) / wanted;
  columns = std::min(pitch, std::max(min_columns, panels_of(share) * kPanel));
  column_blocks_ = (pitch + columns - 1) / columns;
}

void PartialGradients::reduce(const float* sums, const Image<float>& dw) const {
  const int64_t out = dw.n() / groups_, in = dw.c(), taps = dw.h() * dw.w();
  const int64_t share = groups_ * block_;
  const auto sum_of = [&](const float* at) {
    float sum = at[0];
    for (int64_t s = 1; s < shares_; ++s) sum += at[s * share];
    return sum;
  };
  if (work_ == 0) {
    for (int64_t o = 0; o < dw.n(); ++o)
      for (int64_t c = 0; c < in; ++c)
        for (int64_t t = 0; t < taps; ++t) *dw.at(o, c, t / dw.w(), t % dw.w()) = 0;
    return;
  }
  // Walk the memory of dw, so that its writes are in order: [taps][in][out], or by output channel.
  const bool by_tap = dw.stride[0] == 1;
  const int64_t rows = groups_ * (by_tap ? taps : out);
  parallel_for(rows, std::max<int64_t>(1, (1 << 15) * rows / std::max<int64_t>(1, dw.numel())),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r) {
                   if (by_tap) {
                     const int64_t g = r / taps, t = r % taps;
                     for (int64_t c = 0; c < in; ++c) {
                       const float* from = sums + g * block_ + (t * in + c) * pitch;
                       float* to = dw.at(g * out, c, t / dw.w(), t % dw.w());
                       for (int64_t o = 0; o < out; ++o) to[o] = sum_of(from + o);
                     }
                   } else {
                     const int64_t g = r / out, o = r % out;
                     for (int64_t c = 0; c < in; ++c)
                       for (int64_t t = 0; t < taps; ++t)
                         *dw.at(r, c, t / dw.w(), t % dw.w()) =
                             sum_of(sums + g * block_ + (t * in + c) * pitch + o);
                   }
                 }
               });
}

}  // namespace tandem::cpu
