#include "tandem/cpu/conv_partial.h"

#include "tandem/cpu/ceil_div.h"
#include "tandem/cpu/conv_pack.h"
#include "tandem/cpu/conv_tile.h"

namespace tandem::cpu {
namespace {
constexpr int64_t max_shares = 8;
constexpr int64_t max_elements = 4 << 20;  // of all partial sums: 16 MB
constexpr int64_t min_columns = 64;        // below, the other operand is read too often
}  // namespace

PartialGradients::PartialGradients(const WeightGradient& grad, int64_t work, int64_t least)
    : pitch(panels_of(grad.out_channels()) * kPanel), work_(work), groups_(grad.groups) {
  block_ = grad.dw.h() * grad.dw.w() * grad.in_channels() * pitch;
  shares_ = std::clamp<int64_t>(max_elements / std::max<int64_t>(1, block_ * groups_), 1,
                                std::clamp<int64_t>(work / least, 1, max_shares));
  const int64_t tasks = shares_ * groups_;
  const int64_t wanted = tasks >= max_shares ? 1 : ceil_div(max_shares, tasks);
  const int64_t share = ceil_div(pitch, wanted);
  columns = std::min(pitch, std::max(min_columns, panels_of(share) * kPanel));
  column_blocks_ = (pitch + columns - 1) / columns;
}

int64_t PartialGradients::reduced_elements(const Image<float>& dw) const {
  return dw.stride[0] == 1 ? 0 : dw.numel();
}

void PartialGradients::reduce(float* sums, float* reduced, const Image<float>& dw) const {
  const int64_t out = dw.n() / groups_, in = dw.c(), taps = dw.h() * dw.w();
  if (work_ == 0) std::fill_n(sums, elements(), 0.0f);

  // A row is one tap and input channel. Where output channels are side by side in dw a row goes
  // there; else rows gather as [in][taps][out], which is dw but for its outermost dim.
  const bool inside = dw.stride[0] == 1;
  const int64_t rows = groups_ * taps * in, share = groups_ * block_;
  parallel_for(rows, std::max<int64_t>(1, (1 << 15) / pitch), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t c = r % in, t = r / in % taps, g = r / in / taps;
      float* const sum = sums + r * pitch;
      for (int64_t s = 1; s < shares_; ++s) {
        const float* term = sum + s * share;
        for (int64_t o = 0; o < pitch; ++o) sum[o] += term[o];
      }
      float* to = inside ? dw.at(g * out, c, t / dw.w(), t % dw.w())
                         : reduced + ((g * in + c) * taps + t) * out;
      std::copy_n(sum, out, to);
    }
  });
  if (inside) return;
  for (int64_t g = 0; g < groups_; ++g) {
    const std::array<int64_t, 4> size{out, in, dw.h(), dw.w()};
    const Image<const float> from{
        reduced + g * in * taps * out, size, {1, taps * out, dw.w() * out, out}};
    copy_weights(from, {dw.at(g * out, 0, 0, 0), size, dw.stride});
  }
}

}  // namespace tandem::cpu
