// The register tile: MR rows by NV vectors of a product, held in registers while a walk feeds it
// rank-one updates. GEMM, every pass of a convolution, attention and LSTM are walks over one tile.
//
//   c(i, j) = [c(i, j) +] sum over the walk's steps of left(i) * b(j)   [+ bias(j)]   [max 0]
//
// Included once for every Highway target, like hwy/highway.h itself, by files that use
// hwy/foreach_target.h. What is here has no state and no shapes: a walk decides what is multiplied
// and in which order, the caller cuts its problem into tiles.
//
// Order: an element of a tile is one chain of FMAs over the steps of the walk, from zero, in the
// walk's order; then the old c, then the bias is added. It does not depend on the place of the
// element in the tile, on MR or on NV, so any cut of a problem gives the same bits.
#if defined(TANDEM_CPU_TILE_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_TILE_INL_H
#undef TANDEM_CPU_TILE_INL_H
#else
#define TANDEM_CPU_TILE_INL_H
#endif

#include <cstddef>
#include <type_traits>

#include "hwy/cache_control.h"
#include "hwy/highway.h"
#include "tandem/cpu/activation-inl.h"
#include "tandem/cpu/panel.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

/// Lanes are capped at a panel's width, so that one layout of the right operand serves all targets.
template <class T>
using TileTag = hn::CappedTag<T, panel_width<T>>;

// The tile that keeps both FMA pipes busy and fits the register file (accumulators + vectors of the
// right operand + one broadcast): 12 + 2 + 1 of 16 registers on AVX2, 28 + 2 + 1 of 32 on AVX-512,
// 24 + 4 + 1 of 32 on NEON.
#if HWY_ARCH_X86 && HWY_TARGET <= HWY_AVX3
constexpr int tile_rows = 14, tile_vectors = 2;
#elif HWY_TARGET == HWY_NEON
constexpr int tile_rows = 6, tile_vectors = 4;
#elif HWY_TARGET == HWY_SCALAR || HWY_TARGET == HWY_EMU128
constexpr int tile_rows = 4, tile_vectors = 2;  // for completeness, not for speed: few instances
#else
constexpr int tile_rows = 6, tile_vectors = 2;
#endif

/// Bounds of the template parameters of tile().
constexpr int max_tile_rows = 16, max_tile_vectors = 4;

/// Where a tile goes: element (i, j) at data[i * pitch + j].
template <class T>
struct TileOutput {
  T* data;
  size_t pitch;
  size_t columns;           // at most NV * lanes; the columns beyond are neither read nor written
  bool accumulate = false;  // add to what is there
  const T* bias = nullptr;  // [columns], added to every row
  bool relu = false;
};
/// Of a convolution: (sum - mean) * scale, before the bias is added, [columns] each or null both;
/// and hardtanh behind it.
template <class T>
struct ConvTileOutput : TileOutput<T> {
  const T* mean;
  const T* scale;
  bool hardtanh;
  T low, high;
};

/// Which rows of the tile take part in a step: a pixel at the border of an image skips the taps
/// that fall outside.
template <int First, int End>
struct RowRange {
  static constexpr int first = First, end = End;
};
using AllRows = RowRange<0, max_tile_rows>;

// ---- Left operands: at<i>() is the number that a step multiplies row i with ---------------------

/// Row i at data + i * pitch, one element further at every step. Three rows share a base register:
/// x86 addresses base, base + pitch and base + 2 * pitch for nothing.
template <class T>
class LeftRows {
 public:
  LeftRows(const T* data, size_t pitch)
      : row0_(data),
        row3_(data + 3 * pitch),
        row6_(data + 6 * pitch),
        row9_(data + 9 * pitch),
        row12_(data + 12 * pitch),
        row15_(data + 15 * pitch),
        pitch_(pitch) {}
  template <int I>
  HWY_INLINE T at() const {
    const T* base = I < 3    ? row0_
                    : I < 6  ? row3_
                    : I < 9  ? row6_
                    : I < 12 ? row9_
                    : I < 15 ? row12_
                             : row15_;
    return base[I % 3 * pitch_];
  }
  HWY_INLINE void advance() { ++row0_, ++row3_, ++row6_, ++row9_, ++row12_, ++row15_; }

 private:
  const T *row0_, *row3_, *row6_, *row9_, *row12_, *row15_;
  size_t pitch_;
};

/// Row i at data + i, `pitch` elements further at every step: a left operand that lies transposed.
template <class T>
class LeftColumns {
 public:
  LeftColumns(const T* data, size_t pitch) : data_(data), pitch_(pitch) {}
  template <int I>
  HWY_INLINE T at() const {
    return data_[I];
  }
  HWY_INLINE void advance() { data_ += pitch_; }

 private:
  const T* data_;
  size_t pitch_;
};

/// The walk of a plain product: `depth` steps of a left operand beside rows of b, `b_stride` apart.
/// A walk calls step(left, b, RowRange) for every term of its sum. A turn of the loop takes
/// `StepsATurn` of them, one or two: beside many FMAs the loop's own instructions are few.
template <int StepsATurn, class T, class Left>
struct ProductWalk {
  Left left;
  const T* b;
  size_t b_stride;
  size_t depth;

  template <class Step>
  HWY_INLINE void operator()(const Step& step) const {
    Left l = left;
    const T* HWY_RESTRICT row = b;
    size_t k = depth;
    if constexpr (StepsATurn == 2) {
      for (; k >= 2; k -= 2) {
        step(l, row, AllRows{});
        l.advance();
        step(l, row + b_stride, AllRows{});
        l.advance();
        row += 2 * b_stride;
      }
      if (k) step(l, row, AllRows{});
    } else {
      for (; k > 0; --k, row += b_stride) {
        step(l, row, AllRows{});
        l.advance();
      }
    }
  }
};

// ---- The tile -----------------------------------------------------------------------------------

/// The columns of a tile that is wider than what is left of c: `sums` [rows, pitch] into c.
template <class T, class Output>
HWY_NOINLINE void store_columns(const T* HWY_RESTRICT sums, int rows, size_t pitch,
                                const Output& out) {
  const auto store = [&](auto d, const T* HWY_RESTRICT from, T* HWY_RESTRICT to,
                         size_t j) HWY_ATTR {
    auto v = hn::LoadU(d, from + j);
    if (out.accumulate) v = hn::Add(v, hn::LoadU(d, to + j));
    if constexpr (std::is_same_v<Output, ConvTileOutput<T>>)
      if (out.mean)
        v = hn::Mul(hn::Sub(v, hn::LoadU(d, out.mean + j)), hn::LoadU(d, out.scale + j));
    if (out.bias) v = hn::Add(v, hn::LoadU(d, out.bias + j));
    if (out.relu) v = relu_of(d, v);
    if constexpr (std::is_same_v<Output, ConvTileOutput<T>>)
      if (out.hardtanh) v = hardtanh_of(d, v, out.low, out.high);
    hn::StoreU(v, d, to + j);
  };
  const TileTag<T> d;
  const hn::CappedTag<T, 1> one;
  for (int i = 0; i < rows; ++i, sums += pitch) {
    T* HWY_RESTRICT to = out.data + i * out.pitch;
    size_t j = 0;
    for (; j + hn::Lanes(d) <= out.columns; j += hn::Lanes(d)) store(d, sums, to, j);
    for (; j < out.columns; ++j) store(one, sums, to, j);
  }
}

// The accumulators are named variables: arrays of vectors cost g++ up to 60 % (they are spilled),
// and SVE's vectors cannot be put into arrays at all. Hence these macros, which end with this file.
#define TANDEM_ALL_ROWS(X) \
  X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12) X(13) X(14) X(15)
#define TANDEM_DECLARE_ROW(i) \
  [[maybe_unused]] V c##i##_0 = zero, c##i##_1 = zero, c##i##_2 = zero, c##i##_3 = zero;
#define TANDEM_STEP_ROW(i)                                        \
  if constexpr (i < MR && i >= Range::first && i < Range::end) {  \
    const V a = hn::Set(d, left.template at<i>());                \
    c##i##_0 = hn::MulAdd(a, b0, c##i##_0);                       \
    if constexpr (NV > 1) c##i##_1 = hn::MulAdd(a, b1, c##i##_1); \
    if constexpr (NV > 2) c##i##_2 = hn::MulAdd(a, b2, c##i##_2); \
    if constexpr (NV > 3) c##i##_3 = hn::MulAdd(a, b3, c##i##_3); \
  }
#define TANDEM_PREFETCH_ROW(i) \
  if constexpr (i < MR) hwy::Prefetch(out.data + i * out.pitch);
#define TANDEM_EACH_OF_ROW(i, X)  \
  if constexpr (i < MR) {         \
    X(i, 0)                       \
    if constexpr (NV > 1) X(i, 1) \
    if constexpr (NV > 2) X(i, 2) \
    if constexpr (NV > 3) X(i, 3) \
  }
#define TANDEM_ADD(i, j) c##i##_##j = hn::Add(c##i##_##j, hn::LoadU(d, to + i * pitch + j * lanes));
#define TANDEM_ADD_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_ADD)
#define TANDEM_LOAD_COLUMNS(from)               \
  V b0 = hn::LoadU(d, from);                    \
  [[maybe_unused]] V b1 = b0, b2 = b0, b3 = b0; \
  TANDEM_LOAD_MORE_COLUMNS(from)
#define TANDEM_RELOAD_COLUMNS(from) \
  b0 = hn::LoadU(d, from);          \
  TANDEM_LOAD_MORE_COLUMNS(from)
#define TANDEM_LOAD_MORE_COLUMNS(from)                       \
  if constexpr (NV > 1) b1 = hn::LoadU(d, from + lanes);     \
  if constexpr (NV > 2) b2 = hn::LoadU(d, from + 2 * lanes); \
  if constexpr (NV > 3) b3 = hn::LoadU(d, from + 3 * lanes);
#define TANDEM_CENTER(i, j) c##i##_##j = hn::Sub(c##i##_##j, b##j);
#define TANDEM_CENTER_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_CENTER)
#define TANDEM_SCALE(i, j) c##i##_##j = hn::Mul(c##i##_##j, b##j);
#define TANDEM_SCALE_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_SCALE)
#define TANDEM_BIAS(i, j) c##i##_##j = hn::Add(c##i##_##j, b##j);
#define TANDEM_BIAS_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_BIAS)
#define TANDEM_RELU(i, j) c##i##_##j = relu_of(d, c##i##_##j);
#define TANDEM_RELU_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_RELU)
#define TANDEM_HARDTANH(i, j) c##i##_##j = hardtanh_of(d, c##i##_##j, out.low, out.high);
#define TANDEM_HARDTANH_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_HARDTANH)
#define TANDEM_STORE(i, j) hn::StoreU(c##i##_##j, d, to + i * pitch + j * lanes);
#define TANDEM_STORE_ROW(i) TANDEM_EACH_OF_ROW(i, TANDEM_STORE)
#define TANDEM_LAMBDA HWY_ATTR __attribute__((always_inline))

/// One tile of the walk's sum. A step is given a left operand as above, a pointer to the right
/// operand's row, whose column j lies at b[j / panel * panel_stride + j % panel] with panel =
/// panel_width<T> (row-major: panel_stride = panel), and the rows that take part. All NV * lanes
/// columns of b are read, so a narrower right operand must be padded. Output: TileOutput<T>, or
/// ConvTileOutput<T>.
template <int MR, int NV, class Walk, template <class> class Output, class T>
HWY_INLINE void tile(const Walk& walk, size_t panel_stride, const Output<T>& out) {
  static_assert(MR >= 1 && MR <= max_tile_rows && NV >= 1 && NV <= max_tile_vectors);
  using V = hn::Vec<TileTag<T>>;
  const TileTag<T> d;
  const V zero = hn::Zero(d);
  const size_t lanes = hn::Lanes(d);
  constexpr size_t panel = panel_width<T>;
  const size_t offset1 = lanes / panel * panel_stride + lanes % panel;
  const size_t offset2 = 2 * lanes / panel * panel_stride + 2 * lanes % panel;
  const size_t offset3 = 3 * lanes / panel * panel_stride + 3 * lanes % panel;

  TANDEM_ALL_ROWS(TANDEM_PREFETCH_ROW)
  TANDEM_ALL_ROWS(TANDEM_DECLARE_ROW)
  walk([&](const auto& left, const T* HWY_RESTRICT b, auto range) TANDEM_LAMBDA {
    using Range = decltype(range);
    const V b0 = hn::LoadU(d, b);
    [[maybe_unused]] V b1 = b0, b2 = b0, b3 = b0;
    if constexpr (NV > 1) b1 = hn::LoadU(d, b + offset1);
    if constexpr (NV > 2) b2 = hn::LoadU(d, b + offset2);
    if constexpr (NV > 3) b3 = hn::LoadU(d, b + offset3);
    TANDEM_ALL_ROWS(TANDEM_STEP_ROW)
  });

  // The last columns of a matrix: through memory, then one by one.
  HWY_ALIGN T kept[MR * NV * panel];
  const bool whole = out.columns == NV * lanes;
  T* const to = HWY_LIKELY(whole) ? out.data : kept;
  const size_t pitch = HWY_LIKELY(whole) ? out.pitch : NV * lanes;
  if (HWY_LIKELY(whole)) {
    if (out.accumulate) {
      TANDEM_ALL_ROWS(TANDEM_ADD_ROW)
    }
    if constexpr (std::is_same_v<Output<T>, ConvTileOutput<T>>)
      if (out.mean) {
        TANDEM_LOAD_COLUMNS(out.mean)
        TANDEM_ALL_ROWS(TANDEM_CENTER_ROW)
        TANDEM_RELOAD_COLUMNS(out.scale)
        TANDEM_ALL_ROWS(TANDEM_SCALE_ROW)
      }
    if (const T* HWY_RESTRICT bias = out.bias) {
      TANDEM_LOAD_COLUMNS(bias)
      TANDEM_ALL_ROWS(TANDEM_BIAS_ROW)
    }
    if (out.relu) {
      TANDEM_ALL_ROWS(TANDEM_RELU_ROW)
    }
    if constexpr (std::is_same_v<Output<T>, ConvTileOutput<T>>)
      if (out.hardtanh) {
        TANDEM_ALL_ROWS(TANDEM_HARDTANH_ROW)
      }
  }
  TANDEM_ALL_ROWS(TANDEM_STORE_ROW)
  if (!whole) store_columns(kept, MR, NV * lanes, out);
}

#undef TANDEM_ALL_ROWS
#undef TANDEM_DECLARE_ROW
#undef TANDEM_STEP_ROW
#undef TANDEM_PREFETCH_ROW
#undef TANDEM_EACH_OF_ROW
#undef TANDEM_ADD
#undef TANDEM_ADD_ROW
#undef TANDEM_LOAD_COLUMNS
#undef TANDEM_RELOAD_COLUMNS
#undef TANDEM_LOAD_MORE_COLUMNS
#undef TANDEM_CENTER
#undef TANDEM_CENTER_ROW
#undef TANDEM_SCALE
#undef TANDEM_SCALE_ROW
#undef TANDEM_BIAS
#undef TANDEM_BIAS_ROW
#undef TANDEM_RELU
#undef TANDEM_RELU_ROW
#undef TANDEM_HARDTANH
#undef TANDEM_HARDTANH_ROW
#undef TANDEM_STORE
#undef TANDEM_STORE_ROW
#undef TANDEM_LAMBDA

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
