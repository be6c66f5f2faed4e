// Products of matrices, f32 and f64, on the register tile.
#pragma once
#include <cstdint>
#include <span>

#include "tandem/cpu/epilogue.h"

namespace tandem::cpu {

/// A matrix as it lies: element (i, j) at data[i * row_stride + j * column_stride]. Any strides.
template <class T>
struct Matrix {
  const T* data;
  int64_t row_stride, column_stride;
};

/// c(i, j) = [c(i, j) +] sum over l of a(i, l) * b(l, j)   [+ bias(j)]   [max 0]
///
/// The sum is cut into ceil(k / 1024) blocks of equal length; in a block it is one chain of FMAs in
/// ascending order of l, and the blocks are added to c in order. So the bits depend on k alone, not
/// on m, n, strides, threads, nor on the machine where it has FMA.
template <class T>
struct Gemm {
  int64_t m, n, k;
  Matrix<T> a;  // [m, k]
  Matrix<T> b;  // [k, n]; not looked at where b_panels is given
  T* c;         // [m, n] at c[i * c_pitch + j], apart from a and b
  int64_t c_pitch;
  bool accumulate = false;
  const T* bias = nullptr;             // [n]
  bool relu = false;                   // NaN stays NaN
  const T* b_panels = nullptr;         // b laid out by pack_panels
  const Epilogue* epilogue = nullptr;  // of the result in which c's rows begin at epilogue_row
  int64_t epilogue_row = 0;
};

/// Which matrices of a batch are multiplied: offsets in elements from those of Gemm.
struct GemmOffsets {
  int64_t a, b, c;
};

/// One product, on as many threads as pay.
void gemm(const Gemm<float>& problem);
void gemm(const Gemm<double>& problem);

/// The same on the calling thread alone, for kernels that are parallel around it.
void gemm_on_this_thread(const Gemm<float>& problem);

/// One product for each entry of `batch`, all of one shape; the results do not overlap.
void gemm(const Gemm<float>& problem, std::span<const GemmOffsets> batch);
void gemm(const Gemm<double>& problem, std::span<const GemmOffsets> batch);

/// Does a block of so many rows read a right operand [k, n] that lies so where it lies? Otherwise
/// every call copies it into panels.
inline bool reads_in_place(int64_t rows, int64_t n, int64_t k, int64_t row_stride,
                           int64_t column_stride) {
  return column_stride == 1 && row_stride >= 0 && (rows < 48 || n * k <= 96 * 96);
}

/// Lays b [k, n] out in panels (tandem/cpu/panel.h), for operands that are multiplied more than
/// once. `panels` has room for panels_size(k, n) elements and is 64-byte aligned.
int64_t panels_size(int64_t k, int64_t n);
void pack_panels(int64_t k, int64_t n, const Matrix<float>& b, float* panels);

}  // namespace tandem::cpu
