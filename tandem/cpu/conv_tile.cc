#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/conv_tile.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <array>
#include <utility>

#include "tandem/cpu/conv_tile.h"
#include "tandem/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {
namespace {

/// Rows of the tile are pixels, read in place, walking nested runs of adjacent elements.
struct RunsWalk {
  const float* in;
  size_t pitch;
  const Runs& runs;
  const float* weights;

  template <class Step>
  HWY_INLINE void operator()(const Step& step) const {
    const float* HWY_RESTRICT w = weights;
    for (int64_t u = 0; u < runs.outer; ++u)
      for (int64_t v = 0; v < runs.inner; ++v) {
        LeftRows<float> left(in + u * runs.outer_step + v * runs.inner_step, pitch);
        int64_t k = runs.length;
        for (; k >= 2; k -= 2) {
          step(left, w, AllRows{});
          left.advance();
          step(left, w + kPanel, AllRows{});
          left.advance();
          w += 2 * kPanel;
        }
        if (k) step(left, w, AllRows{}), w += kPanel;
      }
  }
};

/// Rows of the tile are adjacent elements of a; the sum runs over rows and pixels.
struct PixelsWalk {
  const OuterBlock& t;
  const float *a, *b;

  template <class Step>
  HWY_INLINE void operator()(const Step& step) const {
    for (int64_t r = 0; r < t.rows; ++r) {
      LeftColumns<float> left(a + r * t.a_row, size_t(t.a_pixel));
      const float* HWY_RESTRICT row = b + r * t.b_row;
      int64_t k = t.pixels;
      for (; k >= 2; k -= 2) {
        step(left, row, AllRows{});
        left.advance();
        step(left, row + t.b_pixel, AllRows{});
        left.advance();
        row += 2 * t.b_pixel;
      }
      if (k) step(left, row, AllRows{});
    }
  }
};

/// Columns of a tile of NV vectors. AVX-512 takes two panels at a time, and one when one is left.
template <int NV>
HWY_INLINE int64_t Columns() {
  return NV * int64_t(hn::Lanes(TileTag<float>()));
}
constexpr int last_vectors = HWY_MAX_BYTES * tile_vectors / 4 > kPanel ? 1 : tile_vectors;

/// `tiles` tiles of MR pixels from pixel (y, x), columns from `column`.
template <int MR, int NV>
HWY_NOINLINE void RowsTiles(const RowsBlock& t, int64_t y, int64_t x, int64_t tiles,
                            int64_t column) {
  const float* in = t.in + y * t.in_row + x * t.in_pixel;
  const float* weights = t.weights + column / kPanel * t.panel + column % kPanel;
  const RegisterEpilogue in_registers = t.in_registers.from(column);
  ConvTileOutput<float> out{{.data = t.out + y * t.out_row + x * t.out_pixel + column,
                             .pitch = size_t(t.out_pixel),
                             .columns = size_t(std::min(Columns<NV>(), t.columns - column)),
                             .bias = in_registers.bias,
                             .relu = in_registers.activation == Activation::relu},
                            in_registers.mean,
                            in_registers.scale,
                            in_registers.activation == Activation::hardtanh,
                            in_registers.low,
                            in_registers.high};
  const Runs runs = t.runs;
  const size_t in_pixel = size_t(t.in_pixel), panel = size_t(t.panel);
  for (int64_t i = 0; i < tiles; ++i) {
    tile<MR, NV>(RunsWalk{in, in_pixel, runs, weights}, panel, out);
    in += MR * t.in_pixel;
    out.data += MR * t.out_pixel;
  }
}

/// `tiles` tiles of MR rows from row i.
template <int MR, int NV>
HWY_NOINLINE void OuterTiles(const OuterBlock& t, int64_t i, int64_t tiles, int64_t column) {
  PixelsWalk walk{t, t.a + i, t.b + column / kPanel * t.b_panel + column % kPanel};
  TileOutput<float> out{.data = t.out + i * t.out_row + column,
                        .pitch = size_t(t.out_row),
                        .columns = size_t(std::min(Columns<NV>(), t.columns - column)),
                        .accumulate = t.accumulate};
  for (int64_t k = 0; k < tiles; ++k) {
    tile<MR, NV>(walk, size_t(t.b_panel), out);
    walk.a += MR;
    out.data += MR * t.out_row;
  }
}

template <int NV, int... I>
constexpr auto AllRowsTiles(std::integer_sequence<int, I...>) {
  return std::array{RowsTiles<I + 1, NV>...};
}
template <int NV, int... I>
constexpr auto AllOuterTiles(std::integer_sequence<int, I...>) {
  return std::array{OuterTiles<I + 1, NV>...};
}
using Heights = std::make_integer_sequence<int, tile_rows>;

/// Cuts `count` rows into tiles of two neighbouring heights and calls body(first, height, tiles).
template <class Body>
HWY_INLINE void ForHeights(int64_t count, const Body& body) {
  if (count == 0) return;
  const int64_t tiles = (count + tile_rows - 1) / tile_rows;
  const int64_t height = count / tiles, taller = count % tiles;
  if (taller) body(int64_t{0}, height + 1, taller);
  body(taller * (height + 1), height, tiles - taller);
}

/// A tile's columns of weights stay in the first caches while all pixels of the block pass.
template <int NV>
void RowsColumns(const RowsBlock& t, int64_t column) {
  static constexpr auto tiles = AllRowsTiles<NV>(Heights());
  for (int64_t y = 0; y < t.rows; ++y)
    ForHeights(t.pixels, [&](int64_t x, int64_t height, int64_t count) {
      tiles[size_t(height - 1)](t, y, x, count, column);
    });
}

void RunRows(const RowsBlock& t) {
  for (int64_t column = 0; column < t.columns;)
    if (t.columns - column > kPanel)
      RowsColumns<tile_vectors>(t, column), column += Columns<tile_vectors>();
    else
      RowsColumns<last_vectors>(t, column), column += Columns<last_vectors>();
}

template <int NV>
void OuterColumns(const OuterBlock& t, int64_t column) {
  static constexpr auto tiles = AllOuterTiles<NV>(Heights());
  ForHeights(t.out_rows, [&](int64_t i, int64_t height, int64_t count) {
    tiles[size_t(height - 1)](t, i, count, column);
  });
}

void RunOuter(const OuterBlock& t) {
  for (int64_t column = 0; column < t.columns;)
    if (t.columns - column > kPanel)
      OuterColumns<tile_vectors>(t, column), column += Columns<tile_vectors>();
    else
      OuterColumns<last_vectors>(t, column), column += Columns<last_vectors>();
}

constexpr ConvTiles kTiles = {RunRows, RunOuter};
const ConvTiles* Tiles() { return &kTiles; }

}  // namespace
}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem::cpu {
namespace {
HWY_EXPORT(Tiles);
}
const ConvTiles& conv_tiles() { return *HWY_DYNAMIC_DISPATCH(Tiles)(); }
}  // namespace tandem::cpu
#endif
