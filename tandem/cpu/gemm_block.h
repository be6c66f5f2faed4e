// Between the policy of GEMM (gemm.cc) and its lanes (gemm-inl.h).
#pragma once
#include "tandem/cpu/gemm.h"

namespace tandem::cpu {

/// The longest chain of FMAs of a product: long, because every stretch reads and writes c once
/// more, and short enough that a group of panels of this depth fits half of a small L2.
constexpr int64_t max_depth = 1024;

/// Rows whose pitch is a multiple of this many bytes fall into a few sets of L1 and evict each
/// other; a copy at another pitch costs less than the misses.
constexpr int64_t bad_pitch = 4096;

/// A part of c: rows [row_begin, row_end) and columns [column_begin, column_end); column_begin is a
/// multiple of panel_width.
struct GemmBlock {
  int64_t row_begin, row_end, column_begin, column_end;
};

/// Computes a block of c on the calling thread.
template <class T>
using GemmBlockFunction = void (*)(const Gemm<T>&, const GemmBlock&);

/// The function for the best target of this machine (or the one that a test has chosen).
GemmBlockFunction<float> gemm_block_f32();
GemmBlockFunction<double> gemm_block_f64();

}  // namespace tandem::cpu
