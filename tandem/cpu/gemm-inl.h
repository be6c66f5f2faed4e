// A block of a product on the calling thread: which operands are read in place, which are copied
// first, and the loops over tiles. Included once for every Highway target.
#if defined(TANDEM_CPU_GEMM_INL_H) == defined(HWY_TARGET_TOGGLE)
#ifdef TANDEM_CPU_GEMM_INL_H
#undef TANDEM_CPU_GEMM_INL_H
#else
#define TANDEM_CPU_GEMM_INL_H
#endif

#include <algorithm>
#include <array>
#include <cstring>
#include <type_traits>
#include <utility>

#include "hwy/highway.h"
#include "tandem/cpu/gemm_block.h"
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/tile-inl.h"

HWY_BEFORE_NAMESPACE();
namespace tandem::cpu::HWY_NAMESPACE {

/// The operands of one tile.
template <class T>
struct TileOperands {
  const T* a;
  size_t a_pitch;
  const T* b;
  size_t b_stride, panel_stride;
  size_t depth;
};

template <int MR, int NV, class T, template <class> class Left>
HWY_NOINLINE void product_tile(const TileOperands<T>& p, const TileOutput<T>& out) {
  constexpr int steps_a_turn = MR * NV > 16 ? 1 : 2;
  tile<MR, NV>(ProductWalk<steps_a_turn, T, Left<T>>{{p.a, p.a_pitch}, p.b, p.b_stride, p.depth},
               p.panel_stride, out);
}

template <class T>
using TileFunction = void (*)(const TileOperands<T>&, const TileOutput<T>&);

/// Tiles of 1 to `count` rows by NV vectors, by rows - 1.
template <class T, template <class> class Left, int NV, int... I>
constexpr std::array<TileFunction<T>, sizeof...(I)> tiles_of(std::integer_sequence<int, I...>) {
  return {product_tile<I + 1, NV, T, Left>...};
}
template <class T, template <class> class Left, int NV, int count>
constexpr std::array<TileFunction<T>, count> tiles_by_rows =
    tiles_of<T, Left, NV>(std::make_integer_sequence<int, count>());

// With few rows a tile of the usual width has too few chains to hide the latency of an FMA: up to
// three rows take four vectors.
constexpr int wide_rows = 3, wide_vectors = 4;

/// The tile for `rows` rows and at most `columns` readable columns, and how many it computes.
template <class T>
struct TileChoice {
  TileFunction<T> function;
  size_t columns;
};
template <class T, template <class> class Left>
TileChoice<T> choose_tile(int64_t rows, size_t columns) {
  const size_t lanes = hn::Lanes(TileTag<T>());
  if (rows <= wide_rows && columns >= wide_vectors * lanes)
    return {tiles_by_rows<T, Left, wide_vectors, wide_rows>[rows - 1], wide_vectors * lanes};
  // Only where a tile is wider than a panel can there be less than a tile to read.
  if constexpr (tile_vectors * HWY_LANES(T) > panel_width<T> && tile_vectors > 1)
    if (columns < tile_vectors * lanes)
      return {tiles_by_rows<T, Left, 1, tile_rows>[rows - 1], lanes};
  return {tiles_by_rows<T, Left, tile_vectors, tile_rows>[rows - 1], tile_vectors * lanes};
}

// ---- Copies -------------------------------------------------------------------------------------

/// b [depth, columns], columns <= panel_width, into one panel, zero beyond the columns.
template <class T>
HWY_NOINLINE void pack_panel(const Matrix<T>& b, size_t depth, size_t columns, T* HWY_RESTRICT to) {
  constexpr size_t panel = panel_width<T>;
  const T* HWY_RESTRICT from = b.data;
  size_t k = 0;
  if (b.column_stride == 1 && b.row_stride >= 0) {
    // Whole vectors even of a narrower b, as long as they end within it.
    const TileTag<T> d;
    const size_t stride = size_t(b.row_stride), lanes = hn::Lanes(d);
    const size_t end = depth == 0 ? 0 : (depth - 1) * stride + columns;
    for (; k < depth && k * stride + panel <= end; ++k) {
      const T* HWY_RESTRICT row = from + k * stride;
      hwy::Prefetch(row + 8 * stride);  // a long stride is beyond the hardware's prefetchers
      if (HWY_LIKELY(columns == panel))
        for (size_t j = 0; j < panel; j += lanes)
          hn::Store(hn::LoadU(d, row + j), d, to + k * panel + j);
      else
        for (size_t j = 0; j < panel; j += lanes)
          hn::Store(hn::IfThenElseZero(hn::FirstN(d, columns > j ? columns - j : 0),
                                       hn::LoadU(d, row + j)),
                    d, to + k * panel + j);
    }
  }
#if HWY_TARGET != HWY_SCALAR
  if constexpr (std::is_same_v<T, float>) {
    if (columns == panel && b.row_stride == 1) {
      // Blocks of 4 x 4 through registers, line by line of the columns of b.
      const hn::FixedTag<float, 4> d;
      const int64_t s = b.column_stride;
      constexpr size_t line = 16;
      for (const size_t whole = depth / 4 * 4; k < whole; k += line)
        for (size_t j = 0; j < panel; j += 4) {
          const float* HWY_RESTRICT column = from + int64_t(j) * s + k;
          float* HWY_RESTRICT row = to + k * panel + j;
          for (size_t end = std::min(k + line, whole), i = k; i < end;
               i += 4, column += 4, row += 4 * panel) {
            const auto c0 = hn::LoadU(d, column), c1 = hn::LoadU(d, column + s);
            const auto c2 = hn::LoadU(d, column + 2 * s), c3 = hn::LoadU(d, column + 3 * s);
            const auto low02 = hn::InterleaveLower(d, c0, c2),
                       up02 = hn::InterleaveUpper(d, c0, c2);
            const auto low13 = hn::InterleaveLower(d, c1, c3),
                       up13 = hn::InterleaveUpper(d, c1, c3);
            hn::Store(hn::InterleaveLower(d, low02, low13), d, row);
            hn::Store(hn::InterleaveUpper(d, low02, low13), d, row + panel);
            hn::Store(hn::InterleaveLower(d, up02, up13), d, row + 2 * panel);
            hn::Store(hn::InterleaveUpper(d, up02, up13), d, row + 3 * panel);
          }
        }
      k = std::min(k, depth / 4 * 4);
    }
  }
#endif
  for (; k < depth; ++k) {
    for (size_t j = 0; j < columns; ++j)
      to[k * panel + j] = from[int64_t(k) * b.row_stride + int64_t(j) * b.column_stride];
    std::fill(to + k * panel + columns, to + (k + 1) * panel, T(0));
  }
}

/// Columns of a row-major b that are copied together, which reads it in long stretches.
template <class T>
constexpr size_t columns_together = 8 * panel_width<T>;

/// b [depth, columns] into panels that are `panel_stride` apart.
template <class T>
void pack_columns(const Matrix<T>& b, size_t depth, size_t columns, T* to, size_t panel_stride) {
  constexpr size_t panel = panel_width<T>;
  const size_t stretch = columns > panel && b.column_stride == 1 ? 8 : depth;
  for (size_t k = 0; k < depth; k += stretch)
    for (size_t j = 0; j < columns; j += panel)
      pack_panel<T>({b.data + int64_t(k) * b.row_stride + int64_t(j) * b.column_stride,
                     b.row_stride, b.column_stride},
                    std::min(stretch, depth - k), std::min(panel, columns - j),
                    to + j / panel * panel_stride + k * panel);
}

/// a [rows, depth] into rows of a pitch.
template <class T>
HWY_NOINLINE void copy_rows(const Matrix<T>& a, size_t rows, size_t depth, T* HWY_RESTRICT to,
                            size_t pitch) {
  for (size_t i = 0; i < rows; ++i, to += pitch) {
    const T* HWY_RESTRICT from = a.data + int64_t(i) * a.row_stride;
    if (a.column_stride == 1)
      std::memcpy(to, from, depth * sizeof(T));
    else
      for (size_t k = 0; k < depth; ++k) to[k] = from[int64_t(k) * a.column_stride];
  }
}

// ---- The left operand of a block
// -----------------------------------------------------------------

/// Rows in tiles of equal height: 8 rows are 4 + 4, not 6 + 2.
struct RowTiles {
  explicit RowTiles(size_t rows)
      : count((rows + tile_rows - 1) / tile_rows), low(rows / count), taller(rows - low * count) {}
  size_t first(size_t tile) const { return tile * low + std::min(tile, taller); }
  size_t height(size_t tile) const { return low + (tile < taller ? 1 : 0); }
  size_t count, low, taller;
};

// Half of a small L2 for a block of a, a quarter for the panels that run through it.
constexpr size_t left_bytes = 256 << 10, right_bytes = 128 << 10;

/// How many tiles of `depth` steps run through all columns before the next ones.
template <class T>
size_t tiles_of_block(const RowTiles& tiles, size_t depth) {
  constexpr size_t least = 8;
  return tiles.count <= least
             ? tiles.count
             : std::max(left_bytes / sizeof(T) / tile_rows / std::max(depth, size_t{1}), least);
}

/// Where a tile finds its rows of a: from data + first * tile_stride, with LeftRows or, if
/// transposed, LeftColumns of `pitch`. If `packed` is given, the rows of a block are copied there
/// from `source` when their turn comes, and so are found in L2: rows at `pitch`, or tiles one after
/// another.
template <class T>
struct LeftOperand {
  const T* data;
  size_t tile_stride, pitch;
  bool transposed;
  T* packed = nullptr;
  Matrix<T> source = {};
};

/// From one step to the next of a packed tile: whole vectors, so that copies are aligned.
template <class T>
HWY_INLINE size_t packed_pitch() {
  const size_t lanes = hn::Lanes(TileTag<T>());
  return (tile_rows + lanes - 1) / lanes * lanes;
}

/// The tiles [first, last) of a [rows, depth], rows contiguous in k-major order, into tiles
/// [depth][packed_pitch()], one after another.
template <class T>
HWY_NOINLINE void pack_tiles(const T* HWY_RESTRICT a, size_t pitch, const RowTiles& tiles,
                             size_t first, size_t last, size_t depth, T* HWY_RESTRICT to) {
  const TileTag<T> d;
  const size_t lanes = hn::Lanes(d), to_pitch = packed_pitch<T>();
  // In whole vectors, as far as what is read too much is still of a: in the last row it is not.
  const size_t whole = pitch >= to_pitch ? depth - 1 : 0;
  // All tiles of a few rows of a: every line that is read is used up while it is in L1.
  constexpr size_t step = 8;
  for (size_t begin = 0; begin < depth; begin += step) {
    const size_t end = std::min(begin + step, depth);
    for (size_t t = first; t < last; ++t) {
      const T* HWY_RESTRICT from = a + tiles.first(t) + begin * pitch;
      T* HWY_RESTRICT row = to + ((t - first) * depth + begin) * to_pitch;
      for (size_t k = begin; k < end; ++k, from += pitch, row += to_pitch)
        if (HWY_LIKELY(k < whole)) {
          hwy::Prefetch(from + step * pitch);
          for (size_t j = 0; j < to_pitch; j += lanes)
            hn::Store(hn::LoadU(d, from + j), d, row + j);
        } else
          for (size_t i = 0; i < tiles.height(t); ++i) row[i] = from[i];
    }
  }
}

/// a [rows, depth] where it lies if tiles read it well there, else copied: `in_blocks`, or all of
/// it before many passes over it. A copy is worth more the more columns of c reread it.
template <class T>
LeftOperand<T> left_operand(const Matrix<T>& a, size_t rows, const RowTiles& tiles, size_t depth,
                            size_t columns, bool in_blocks, Scratch& scratch) {
  if ((a.column_stride == 1 || depth <= 1) && a.row_stride >= 0) {
    const bool evicts = a.row_stride * int64_t(sizeof(T)) % bad_pitch == 0;
    const bool reread = rows > 1 && depth >= 192 && columns >= 4 * panel_width<T>;
    if (!(reread && evicts)) return {a.data, size_t(a.row_stride), size_t(a.row_stride), false};
  } else if constexpr (std::is_same_v<T, float>) {
    if ((a.row_stride == 1 || rows == 1) && a.column_stride >= 0) {
      // In place a tile uses a part of every line that it reads, and L1 holds few lines.
      const bool spread = size_t(a.column_stride) * depth * sizeof(T) > (size_t{64} << 10);
      if (!(spread && rows > tile_rows && columns >= 8 * panel_width<T>))
        return {a.data, 1, size_t(a.column_stride), true};
      const size_t tile_size = depth * packed_pitch<T>();
      return {a.data, 1, size_t(a.column_stride), true,
              scratch.get<T>(int64_t(tiles_of_block<T>(tiles, depth) * tile_size))};
    }
  }
  const size_t pitch = depth + 16;
  if (in_blocks && tiles_of_block<T>(tiles, depth) < tiles.count) {
    const size_t rows_of_block = tiles_of_block<T>(tiles, depth) * tiles.height(0);
    return {nullptr, pitch, pitch, false, scratch.get<T>(int64_t(rows_of_block * pitch)), a};
  }
  T* copy = scratch.get<T>(int64_t(rows * pitch));
  copy_rows(a, rows, depth, copy, pitch);
  return {copy, pitch, pitch, false};
}

// ---- A block of the product
// ----------------------------------------------------------------------

/// The right operand over one stretch of the sum: column j at data + j / panel * panel_stride, rows
/// b_stride apart. If `source` is given, data is scratch that panels are packed into when a tile
/// first needs them, and so finds them in L1.
template <class T>
struct RightOperand {
  const T* data;
  size_t stride, panel_stride;
  const Matrix<T>* source = nullptr;
  T* scratch = nullptr;
};

/// Asks for the rows of the next tile, which nothing has read yet, while this one is computed: many
/// short stretches, of which hardware foresees little.
template <class T>
HWY_INLINE void prefetch_rows(const T* rows, size_t pitch, size_t count, size_t depth) {
  constexpr size_t line = 64 / sizeof(T);
  for (size_t r = 0; r < count; ++r)
    for (size_t k = 0; k < depth; k += line) hwy::Prefetch(rows + r * pitch + k);
}

/// c [rows, columns] over one stretch of the sum. Calls finish(begin, end) with the rows of each
/// block when they are done.
template <class T, template <class> class Left, class Finish>
void multiply(const LeftOperand<T>& a, const RowTiles& tiles, const RightOperand<T>& b,
              size_t columns, size_t depth, TileOutput<T> out, const Finish& finish) {
  constexpr size_t panel = panel_width<T>;
  const size_t readable = (columns + panel - 1) / panel * panel;
  const size_t block = tiles_of_block<T>(tiles, depth);
  const size_t ahead =
      b.source && b.source->column_stride == 1 && depth >= 256 ? columns_together<T> : panel;
  T* const c = out.data;
  const T* const bias = out.bias;
  for (size_t begin = 0; begin < tiles.count; begin += block) {
    const size_t end = std::min(begin + block, tiles.count);
    const size_t first_row = tiles.first(begin), end_row = tiles.first(end);
    if (a.packed && a.transposed)
      pack_tiles(a.data, a.pitch, tiles, begin, end, depth, a.packed);
    else if (a.packed)
      copy_rows({a.source.data + int64_t(first_row) * a.source.row_stride, a.source.row_stride,
                 a.source.column_stride},
                end_row - first_row, depth, a.packed, a.pitch);
    for (size_t j = 0; j < columns;) {
      const TileChoice<T> tall = choose_tile<T, Left>(tiles.height(0), readable - j);
      const TileFunction<T> low =
          tiles.taller ? choose_tile<T, Left>(tiles.low, tall.columns).function : tall.function;
      if (b.source && begin == 0 && j % ahead == 0)
        pack_columns<T>({b.source->data + int64_t(j) * b.source->column_stride,
                         b.source->row_stride, b.source->column_stride},
                        depth, std::min(std::max(tall.columns, ahead), columns - j),
                        b.scratch + j / panel * b.panel_stride, b.panel_stride);
      TileOperands<T> p{nullptr,
                        a.packed && a.transposed ? packed_pitch<T>() : a.pitch,
                        b.data + j / panel * b.panel_stride + j % panel,
                        b.stride,
                        b.panel_stride,
                        depth};
      out.columns = std::min(tall.columns, columns - j);
      out.bias = bias ? bias + j : nullptr;
      for (size_t t = begin; t < end; ++t) {
        const size_t first = tiles.first(t);
        p.a = !a.packed      ? a.data + first * a.tile_stride
              : a.transposed ? a.packed + (t - begin) * depth * p.a_pitch
                             : a.packed + (first - first_row) * a.pitch;
        out.data = c + first * out.pitch + j;
        if (j == 0 && !a.packed && !a.transposed && t + 1 < end)
          prefetch_rows(a.data + tiles.first(t + 1) * a.tile_stride, a.pitch, tiles.height(t + 1),
                        depth);
        (t < tiles.taller ? tall.function : low)(p, out);
      }
      j += tall.columns;
    }
    finish(int64_t(first_row), int64_t(end_row));
  }
}

/// About so many elements of c are finished before an epilogue runs over them: few enough to be in
/// L2, and enough that its rows are long.
constexpr int64_t finished_together = 1 << 16;

template <class T>
void gemm_block(const Gemm<T>& g, const GemmBlock& block) {
  constexpr int64_t panel = panel_width<T>;
  if (g.k == 0 && g.a.row_stride != 0) {
    // Operands without elements may be null, which must not be added to.
    static constexpr T none[1] = {};
    Gemm<T> empty = g;
    empty.a = empty.b = {none, 0, 0};
    return gemm_block(empty, block);
  }
  const int64_t rows = block.row_end - block.row_begin;
  const int64_t end = block.column_end;
  const RowTiles tiles{size_t(rows)};
  const int64_t depths = std::max<int64_t>((g.k + max_depth - 1) / max_depth, 1);
  const int64_t max_stretch = depths == 1 ? g.k : (g.k + depths - 1) / depths;
  // Few rows are not worth a copy of b, and b is read in place where its panels are whole.
  const bool in_place = reads_in_place(rows, g.n, g.k, g.b.row_stride, g.b.column_stride);
  for (int64_t stretch = 0; stretch < depths; ++stretch) {
    Scratch scratch;
    const int64_t k = stretch * max_stretch;
    const int64_t depth = std::min(max_stretch, g.k - k);
    const LeftOperand<T> a = left_operand<T>(
        {g.a.data + block.row_begin * g.a.row_stride + k * g.a.column_stride, g.a.row_stride,
         g.a.column_stride},
        rows, tiles, depth, end - block.column_begin, g.b_panels != nullptr, scratch);
    const bool last = stretch + 1 == depths;
    TileOutput<T> out{.data = nullptr,
                      .pitch = size_t(g.c_pitch),
                      .columns = 0,
                      .accumulate = g.accumulate || stretch > 0,
                      .bias = nullptr,
                      .relu = last && g.relu};
    const Epilogue* const epilogue = last ? g.epilogue : nullptr;
    const int64_t first_row = g.epilogue_row + block.row_begin;
    const auto multiply_columns = [&](int64_t begin, int64_t count, const RightOperand<T>& b) {
      out.data = g.c + block.row_begin * g.c_pitch + begin;
      out.bias = last && g.bias ? g.bias + begin : nullptr;
      // What is packed runs through all columns, so its rows are finished together.
      const auto finish = [&](int64_t row, int64_t row_end) {
        if (epilogue && a.packed)
          epilogue->run({first_row + row, first_row + row_end, begin, begin + count});
      };
      if constexpr (std::is_same_v<T, float>)
        if (a.transposed) return multiply<T, LeftColumns>(a, tiles, b, count, depth, out, finish);
      multiply<T, LeftRows>(a, tiles, b, count, depth, out, finish);
    };
    const int64_t together = finished_together / rows / (4 * panel) * (4 * panel) + 4 * panel;
    int64_t finished = block.column_begin;
    const auto columns = [&](int64_t begin, int64_t count, const RightOperand<T>& b) {
      // What is packed for all columns stays whole.
      const int64_t most = epilogue && !a.packed && !b.source ? together : count;
      for (int64_t at = 0; at < count; at += most) {
        const int64_t n = std::min(most, count - at);
        RightOperand<T> part = b;
        part.data += at / panel * int64_t(b.panel_stride);
        multiply_columns(begin + at, n, part);
        const int64_t upto = begin + at + n;
        if (!epilogue || a.packed || (upto < end && upto - finished < together)) continue;
        epilogue->run({first_row, first_row + rows, finished, upto});
        finished = upto;
      }
    };
    int64_t j = block.column_begin;
    if (g.b_panels) {
      columns(j, end - j, {g.b_panels + j * g.k + k * panel, panel, size_t(panel * g.k)});
      continue;
    }
    const T* b = g.b.data + k * g.b.row_stride;
    if (in_place) {
      const int64_t whole = (end - j) / panel * panel;
      if (whole) columns(j, whole, {b + j, size_t(g.b.row_stride), panel});
      j += whole;
    }
    if (j == end) continue;
    // The group of panels that all rows are multiplied with before the next group is packed: a few
    // in L2, or many in L3 where each group means another copy of a.
    const int64_t bytes = a.packed ? 16 * right_bytes : right_bytes;
    const int64_t group = std::max<int64_t>(
        bytes / int64_t(sizeof(T)) / std::max<int64_t>(depth, 1) / (4 * panel) * (4 * panel),
        4 * panel);
    T* panels = scratch.get<T>(std::min(group, (end - j + panel - 1) / panel * panel) * depth);
    for (; j < end; j += group) {
      const Matrix<T> source{b + j * g.b.column_stride, g.b.row_stride, g.b.column_stride};
      columns(j, std::min(group, end - j), {panels, panel, size_t(depth * panel), &source, panels});
    }
  }
}

}  // namespace tandem::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
