#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/winograd_lanes.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <type_traits>

#include "tandem/cpu/activation-inl.h"
#include "tandem/cpu/partial-inl.h"
#include "tandem/cpu/winograd_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;

constexpr double point_a = 0.70710678118654752440, point_b = 1.41421356237309504880;
constexpr double a2 = 0.5, b2 = 2, a3 = a2 * point_a, b3 = b2 * point_b;

HWY_INLINE V K(double value) { return hn::Set(D(), float(value)); }

/// Bᵀ along one dim, in place.
HWY_INLINE void Input(std::integral_constant<int, 2>, V* x) {
  const V x1 = x[1], x2 = x[2];
  x[0] = hn::Sub(x[0], x2);
  x[1] = hn::Add(x1, x2);
  x[2] = hn::Sub(x2, x1);
  x[3] = hn::Sub(x1, x[3]);
}
HWY_INLINE void Input(std::integral_constant<int, 4>, V* x) {
  const V even_a = hn::NegMulAdd(K(b2), x[2], x[4]);
  const V odd_a = hn::Mul(K(point_a), hn::NegMulAdd(K(b2), x[1], x[3]));
  const V even_b = hn::NegMulAdd(K(a2), x[2], x[4]);
  const V odd_b = hn::Mul(K(point_b), hn::NegMulAdd(K(a2), x[1], x[3]));
  x[0] = hn::Add(x[0], hn::NegMulAdd(K(a2 + b2), x[2], x[4]));
  x[5] = hn::Add(x[1], hn::NegMulAdd(K(a2 + b2), x[3], x[5]));
  x[1] = hn::Add(even_a, odd_a);
  x[2] = hn::Sub(even_a, odd_a);
  x[3] = hn::Add(even_b, odd_b);
  x[4] = hn::Sub(even_b, odd_b);
}

/// Aᵀ along one dim: n values become the first m.
HWY_INLINE void Output(std::integral_constant<int, 2>, V* x) {
  const V y0 = hn::Add(hn::Add(x[0], x[1]), x[2]);
  x[1] = hn::Sub(hn::Sub(x[1], x[2]), x[3]);
  x[0] = y0;
}
HWY_INLINE void Output(std::integral_constant<int, 4>, V* x) {
  const V sum_a = hn::Add(x[1], x[2]), difference_a = hn::Sub(x[1], x[2]);
  const V sum_b = hn::Add(x[3], x[4]), difference_b = hn::Sub(x[3], x[4]);
  x[0] = hn::Add(hn::Add(x[0], sum_a), sum_b);
  x[1] = hn::MulAdd(K(point_b), difference_b, hn::Mul(K(point_a), difference_a));
  x[2] = hn::MulAdd(K(b2), sum_b, hn::Mul(K(a2), sum_a));
  x[3] = hn::Add(hn::MulAdd(K(b3), difference_b, hn::Mul(K(a3), difference_a)), x[5]);
}

/// A along one dim: m values become n.
HWY_INLINE void Gradient(std::integral_constant<int, 2>, V* x) {
  const V y0 = x[0], y1 = x[1];
  x[1] = hn::Add(y0, y1);
  x[2] = hn::Sub(y0, y1);
  x[3] = hn::Neg(y1);
}
HWY_INLINE void Gradient(std::integral_constant<int, 4>, V* x) {
  const V y0 = x[0], y1 = x[1], y2 = x[2], y3 = x[3];
  const V even_a = hn::MulAdd(K(a2), y2, y0), even_b = hn::MulAdd(K(b2), y2, y0);
  const V odd_a = hn::MulAdd(K(a3), y3, hn::Mul(K(point_a), y1));
  const V odd_b = hn::MulAdd(K(b3), y3, hn::Mul(K(point_b), y1));
  x[1] = hn::Add(even_a, odd_a);
  x[2] = hn::Sub(even_a, odd_a);
  x[3] = hn::Add(even_b, odd_b);
  x[4] = hn::Sub(even_b, odd_b);
  x[5] = y3;
}

/// G, n x 3.
template <int M>
struct Kernel;
template <>
struct Kernel<2> {
  static constexpr double g[4][3] = {{1, 0, 0}, {.5, .5, .5}, {.5, -.5, .5}, {0, 0, 1}};
};
template <>
struct Kernel<4> {
  static constexpr double na = 2 * a2 * (a2 - b2), nb = 2 * b2 * (b2 - a2);
  static constexpr double g[6][3] = {{1 / (a2 * b2), 0, 0},
                                     {1 / na, point_a / na, a2 / na},
                                     {1 / na, -point_a / na, a2 / na},
                                     {1 / nb, point_b / nb, b2 / nb},
                                     {1 / nb, -point_b / nb, b2 / nb},
                                     {0, 0, 1}};
};

template <int M>
void InputTile(const float* const* HWY_RESTRICT d, int64_t channels, float* HWY_RESTRICT to,
               int64_t position) {
  constexpr int N = M + 2;
  constexpr std::integral_constant<int, M> m;
  const D tag;
  ForLanes(tag, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
    V half[N][N];  // half[j][i]: column j of the tile after the first transform
    for (int j = 0; j < N; ++j) {
      for (int i = 0; i < N; ++i) half[j][i] = LoadLanes(whole, tag, d[i * N + j] + c, left);
      Input(m, half[j]);
    }
    for (int i = 0; i < N; ++i) {
      V row[N];
      for (int j = 0; j < N; ++j) row[j] = half[j][i];
      Input(m, row);
      for (int j = 0; j < N; ++j) hn::StoreU(row[j], tag, to + (i * N + j) * position + c);
    }
  });
}

template <int M>
void OutputTile(const float* HWY_RESTRICT m_, int64_t position, int64_t channels,
                const RegisterEpilogue& in_registers, float* HWY_RESTRICT out, int64_t row_step,
                int64_t pixel, int64_t rows, int64_t columns) {
  constexpr int N = M + 2;
  constexpr std::integral_constant<int, M> m;
  const D tag;
  ForLanes(tag, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
    V half[N][N];
    for (int j = 0; j < N; ++j) {
      for (int i = 0; i < N; ++i) half[j][i] = hn::LoadU(tag, m_ + (i * N + j) * position + c);
      Output(m, half[j]);
    }
    const auto of_channels = [&](const float* p) HWY_ATTR {
      return p ? LoadLanes(whole, tag, p + c, left) : hn::Zero(tag);
    };
    const V mean = of_channels(in_registers.mean), scale = of_channels(in_registers.scale);
    const V bias = of_channels(in_registers.bias);
    for (int i = 0; i < rows; ++i) {
      V row[N];
      for (int j = 0; j < N; ++j) row[j] = half[j][i];
      Output(m, row);
      for (int j = 0; j < columns; ++j) {
        V v = row[j];
        if (in_registers.mean) v = hn::Mul(hn::Sub(v, mean), scale);
        if (in_registers.bias) v = hn::Add(v, bias);
        StoreLanes(whole, activated(tag, v, in_registers), tag, out + i * row_step + j * pixel + c,
                   left);
      }
    }
  });
}

template <int M>
void WeightTiles(const float* HWY_RESTRICT g, int64_t count, float* HWY_RESTRICT to,
                 int64_t position) {
  constexpr int N = M + 2;
  const D tag;
  for (int64_t at = 0; at < count * 16; at += int64_t(hn::Lanes(tag))) {
    V half[N][3];
    for (int j = 0; j < 3; ++j) {
      const V g0 = hn::LoadU(tag, g + j * count * 16 + at);
      const V g1 = hn::LoadU(tag, g + (3 + j) * count * 16 + at);
      const V g2 = hn::LoadU(tag, g + (6 + j) * count * 16 + at);
      for (int i = 0; i < N; ++i) {
        const auto& k = Kernel<M>::g[i];
        half[i][j] = hn::MulAdd(K(k[2]), g2, hn::MulAdd(K(k[1]), g1, hn::Mul(K(k[0]), g0)));
      }
    }
    for (int i = 0; i < N; ++i)
      for (int j = 0; j < N; ++j) {
        const auto& k = Kernel<M>::g[j];
        const V u = hn::MulAdd(K(k[2]), half[i][2],
                               hn::MulAdd(K(k[1]), half[i][1], hn::Mul(K(k[0]), half[i][0])));
        hn::StoreU(u, tag, to + (i * N + j) * position + at);
      }
  }
}

template <int M>
void GradientTile(const float* const* HWY_RESTRICT dy, int64_t channels, float* HWY_RESTRICT to,
                  int64_t position, int64_t panel) {
  constexpr int N = M + 2;
  constexpr std::integral_constant<int, M> m;
  const D tag;
  ForLanes(tag, channels, [&](int64_t c, auto whole, int64_t left) HWY_ATTR {
    V half[M][N];  // half[j][i]
    for (int j = 0; j < M; ++j) {
      for (int i = 0; i < M; ++i) half[j][i] = LoadLanes(whole, tag, dy[i * M + j] + c, left);
      Gradient(m, half[j]);
    }
    float* HWY_RESTRICT at = to + c / 16 * panel + c % 16;
    for (int i = 0; i < N; ++i) {
      V row[N];
      for (int j = 0; j < M; ++j) row[j] = half[j][i];
      Gradient(m, row);
      for (int j = 0; j < N; ++j) hn::StoreU(row[j], tag, at + (i * N + j) * position);
    }
  });
}

template <int M>
void WeightGradientTile(const float* HWY_RESTRICT u, int64_t position, int64_t channels,
                        float* HWY_RESTRICT to, int64_t tap) {
  constexpr int N = M + 2;
  const D tag;
  const auto& g = Kernel<M>::g;
  for (int64_t c = 0; c < channels; c += int64_t(hn::Lanes(tag))) {
    V half[3][N];
    for (int j = 0; j < N; ++j) {
      V column[N];
      for (int i = 0; i < N; ++i) column[i] = hn::LoadU(tag, u + (i * N + j) * position + c);
      for (int a = 0; a < 3; ++a) {
        V sum = hn::Mul(K(g[0][a]), column[0]);
        for (int i = 1; i < N; ++i) sum = hn::MulAdd(K(g[i][a]), column[i], sum);
        half[a][j] = sum;
      }
    }
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 3; ++b) {
        V sum = hn::Mul(K(g[0][b]), half[a][0]);
        for (int j = 1; j < N; ++j) sum = hn::MulAdd(K(g[j][b]), half[a][j], sum);
        hn::StoreU(sum, tag, to + (a * 3 + b) * tap + c);
      }
  }
}

template <int M>
constexpr WinogradLanes kLanes = {InputTile<M>, OutputTile<M>, WeightTiles<M>, GradientTile<M>,
                                  WeightGradientTile<M>};
const WinogradLanes* Lanes(int m) { return m == 2 ? &kLanes<2> : &kLanes<4>; }

}  // namespace
}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {
namespace {
HWY_EXPORT(Lanes);
}
const WinogradLanes& winograd_lanes(int m) { return *HWY_DYNAMIC_DISPATCH(Lanes)(m); }
}  // namespace tandem::cpu
#endif
