// Between the policy of reductions (reduce_blocks.cc) and their SIMD code (reduce_lanes.cc).
#pragma once
#include <algorithm>

#include "tandem/cpu/reduce_plan.h"

namespace tandem::cpu {

inline constexpr int64_t reduce_width = 16;     // virtual lanes
inline constexpr int64_t reduce_piece = 32768;  // elements that one task reduces
inline constexpr int64_t reduce_columns =
    1024;  // of kept elements at a time: their totals stay in the L1 cache

/// How a reduction is cut: runs into chunks, and so many chunks into a piece.
struct Pieces {
  int64_t chunk, chunks_a_run, units, units_a_piece, count;
  explicit Pieces(const ReducePlan& p) {
    const int64_t length = p.inner_is_reduced ? p.inner : 1;
    const int64_t row = p.inner_is_reduced ? length : std::min(p.inner, reduce_columns);
    chunk = std::min(std::max<int64_t>(length, 1), reduce_piece);
    chunks_a_run = length ? (length + chunk - 1) / chunk : 0;
    units = p.run_count * chunks_a_run;
    units_a_piece =
        std::max<int64_t>(1, reduce_piece / std::max<int64_t>(1, std::min(row, reduce_piece)));
    if (units <= 2 * units_a_piece) units_a_piece = std::max<int64_t>(1, units);
    count = units ? (units + units_a_piece - 1) / units_a_piece : 1;
  }
};

/// One kind of reduction of one element type, on the best target of this machine. The reduction
/// starts at x; its units begin..end are reduced.
template <class T>
struct ReduceLanes {
  T start;
  /// Along a run of stride 1.
  T (*along_run)(const ReducePlan&, const Pieces&, const T* x, int64_t begin, int64_t end);
  /// The same for `width` results side by side, up to reduce_width, which lie at stride 1 while the
  /// run does not.
  void (*across_run)(const ReducePlan&, const Pieces&, const T* x, int64_t width, int64_t begin,
                     int64_t end, T* to);
  /// Joins rows begin..end of `width` columns of stride 1 to the totals.
  void (*down_columns)(const ReducePlan&, const T* x, int64_t width, int64_t begin, int64_t end,
                       T* to);
  /// Joins `width` totals to others.
  void (*join)(T* to, const T* from, int64_t width);
  /// The same reductions a part at a time, the totals kept by the caller. n elements of a run, the
  /// first of them in lane 0, join reduce_width lanes; at the end the lanes meet in their tree.
  void (*join_run)(T* lanes, const T* x, int64_t n);
  T (*meet)(const T* lanes);
  /// Rows of `width` elements, one after the other, join `lanes` rows of totals in turn, from
  /// number `first` on: 1 for the rows of columns, reduce_width across a run.
  void (*join_rows)(T* to, int64_t lanes, const T* x, int64_t rows, int64_t width, int64_t first);
};

/// T: float, double and int64_t; uint8_t, of bools, for any and all.
template <class T>
ReduceLanes<T> reduce_lanes(Reduction kind);

}  // namespace tandem::cpu
