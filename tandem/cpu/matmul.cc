// matmul and linear: floats on the register tile, halves through it in f32, integers exactly,
// modulo 2^bits.
#include "tandem/ops/matmul.h"

#include <algorithm>
#include <span>
#include <type_traits>
#include <utility>

#include "tandem/base/half.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/gemm.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/product_kernel.h"
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/strided.h"
#include "tandem/ops/linear.h"

namespace tandem {
namespace {

using cpu::Gemm;
using cpu::GemmOffsets;
using cpu::Matrix;
using cpu::ProductExtras;

/// One matmul as a batch of products of matrices: where each begins, and how they lie.
struct Products {
  int64_t m, n, k;
  int64_t a_row, a_column, b_row, b_column;
  std::span<const GemmOffsets> many;  // empty: one product, at offset 0; c is contiguous

  std::span<const GemmOffsets> batch() const {
    static constexpr GemmOffsets one{0, 0, 0};
    return many.empty() ? std::span(&one, 1) : many;
  }
};

/// The row stride of dims [0, end) of `shape` taken as one dim of rows, or -1 if they are not
/// evenly spaced.
int64_t joint_stride(const Dims& shape, const Dims& strides, int end) {
  int64_t stride = 0, next = -1;
  for (int d = end - 1; d >= 0; --d) {
    if (shape[d] == 1) continue;
    if (next < 0)
      stride = strides[d];
    else if (strides[d] != next)
      return -1;
    next = strides[d] * shape[d];
  }
  return next < 0 || stride >= 0 ? stride : -1;
}

/// An operand's shape and strides; a transposed matrix is one with its last two dims swapped.
struct Lie {
  explicit Lie(const TensorRef& t) : shape(t.shape()), strides(*t.strides) {}
  Lie transposed() const {
    Lie t = *this;
    const int n = shape.size();
    if (n < 2) return t;
    std::swap(t.shape[n - 1], t.shape[n - 2]);
    std::swap(t.strides[n - 1], t.strides[n - 2]);
    return t;
  }
  Dims shape, strides;
};

/// The offsets live as long as `scratch`.
Products products_of(const Lie& a, const Lie& b, const TensorRef& y, cpu::Scratch& scratch) {
  const int ra = a.shape.size(), rb = b.shape.size();
  Products p{.m = ra > 1 ? a.shape[ra - 2] : 1,
             .n = rb > 1 ? b.shape[rb - 1] : 1,
             .k = a.shape.back(),
             .a_row = ra > 1 ? a.strides[ra - 2] : 0,
             .a_column = a.strides[ra - 1],
             .b_row = rb > 1 ? b.strides[rb - 2] : b.strides[0],
             .b_column = rb > 1 ? b.strides[rb - 1] : 0,
             .many = {}};
  if (ra <= 2 && rb <= 2) return p;
  if (rb <= 2) {
    // One matrix b for the whole batch: its rows are the rows of one tall matrix.
    if (const int64_t stride = joint_stride(a.shape, a.strides, ra - 1); stride >= 0) {
      p.a_row = stride;
      p.m = y.numel() / std::max<int64_t>(p.n, 1);
      return p;
    }
  }
  Dims batch = y.shape();
  batch.resize(y.shape().size() - (ra > 1) - (rb > 1));
  const auto batch_strides = [&](const Lie& x) {
    Dims own = x.shape, s = x.strides;
    own.resize(std::max(0, x.shape.size() - 2));
    s.resize(own.size());
    return cpu::broadcast_strides(own, s, batch);
  };
  GemmOffsets* const many = scratch.get<GemmOffsets>(batch.product());
  int64_t count = 0, c = 0;
  cpu::for_each_pair(batch, batch_strides(a), batch_strides(b), [&](int64_t ia, int64_t ib) {
    many[count++] = {ia, ib, c};
    c += p.m * p.n;
  });
  p.many = {many, std::size_t(count)};
  return p;
}

template <class T>
void multiply_floats(const Products& p, const T* a, const T* b, const T* bias, T* c,
                     const ProductExtras& extras) {
  const Gemm<T> g{
      .m = p.m,
      .n = p.n,
      .k = p.k,
      .a = {a, p.a_row, p.a_column},
      .b = {b, p.b_row, p.b_column},
      .c = c,
      .c_pitch = p.n,
      .bias = bias,
      .relu = extras.epilogue && extras.epilogue->in_registers.activation == cpu::Activation::relu,
      .b_panels = reinterpret_cast<const T*>(extras.packed),
      .epilogue = extras.epilogue};
  p.many.empty() ? cpu::gemm(g) : cpu::gemm(g, p.many);
}

constexpr int64_t rows_of_a_task(int64_t columns) {
  return std::max<int64_t>(1, 16384 / (columns + 1));
}

/// from [rows, columns] into contiguous floats.
template <class T>
void widen(const T* from, int64_t row_stride, int64_t column_stride, int64_t rows, int64_t columns,
           float* to) {
  parallel_for(rows, rows_of_a_task(columns), [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i)
      for (int64_t j = 0; j < columns; ++j)
        to[i * columns + j] = float(from[i * row_stride + j * column_stride]);
  });
}

/// Sums in f32, rounded to the half type once.
template <class T>
void multiply_halves(const Products& p, const T* a, const T* b, T* c) {
  cpu::Scratch scratch;
  float* wide_a = scratch.get<float>(p.m * p.k);
  float* wide_b = scratch.get<float>(p.k * p.n);
  float* wide_c = scratch.get<float>(p.m * p.n);
  int64_t have_a = -1, have_b = -1;  // a broadcast operand is widened once
  for (const GemmOffsets& at : p.batch()) {
    if (at.a != have_a) widen(a + at.a, p.a_row, p.a_column, p.m, p.k, wide_a);
    if (at.b != have_b) widen(b + at.b, p.b_row, p.b_column, p.k, p.n, wide_b);
    have_a = at.a, have_b = at.b;
    cpu::gemm(Gemm<float>{.m = p.m,
                          .n = p.n,
                          .k = p.k,
                          .a = {wide_a, p.k, 1},
                          .b = {wide_b, p.n, 1},
                          .c = wide_c,
                          .c_pitch = p.n});
    parallel_for(p.m, rows_of_a_task(p.n), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin * p.n; i < end * p.n; ++i) c[at.c + i] = T(wide_c[i]);
    });
  }
}

/// Modulo 2^bits, as unsigned numbers are multiplied and added.
template <class T>
void multiply_integers(const Products& p, const T* a, const T* b, T* c) {
  using U = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
  const int64_t rows = p.m * int64_t(p.batch().size());
  const int64_t grain = std::max<int64_t>(1, 100'000 / (p.n * p.k + 1));
  parallel_for(rows, grain, [&](int64_t begin, int64_t end) {
    cpu::Scratch scratch;
    U* sums = scratch.get<U>(p.n);
    for (int64_t row = begin; row < end; ++row) {
      const GemmOffsets& at = p.batch()[row / p.m];
      const int64_t i = row % p.m;
      std::fill(sums, sums + p.n, U(0));
      for (int64_t l = 0; l < p.k; ++l) {
        const U x = U(a[at.a + i * p.a_row + l * p.a_column]);
        const T* from = b + at.b + l * p.b_row;
        for (int64_t j = 0; j < p.n; ++j) sums[j] += x * U(from[j * p.b_column]);
      }
      for (int64_t j = 0; j < p.n; ++j) c[at.c + i * p.n + j] = T(sums[j]);
    }
  });
}

/// Extras are for f32 and f64 alone.
void matmul(const KernelCall& call, const ProductExtras& extras) {
  const TensorRef &a = call.in[0], &b = call.in[1], &y = call.out[0];
  if (y.numel() == 0) return;
  cpu::Scratch scratch;
  const Products p = products_of(Lie(a), Lie(b), y, scratch);
  with_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, float> || std::is_same_v<T, double>)
      multiply_floats<T>(p, a.as<T>(), b.as<T>(), nullptr, y.as<T>(), extras);
    else if constexpr (is_half(dtype_of<T>))
      multiply_halves(p, a.as<T>(), b.as<T>(), y.as<T>());
    else if constexpr (!std::is_same_v<T, bool>)  // which the shape rule refuses
      multiply_integers(p, a.as<T>(), b.as<T>(), y.as<T>());
  });
}

bool is_wide_float(DType t) { return t == DType::f32 || t == DType::f64; }

/// The bias is added to the sums in registers.
void linear(const KernelCall& call, const ProductExtras& extras) {
  const TensorRef &x = call.in[0], &weight = call.in[1], &bias = call.in[2], &y = call.out[0];
  if (y.numel() == 0) return;
  cpu::Scratch scratch;
  const Products p = products_of(Lie(x), Lie(weight).transposed(), y, scratch);
  const auto run = [&]<class T>(T) {
    const T* added = bias.as<T>();
    if (added && !bias.contiguous) {
      T* copy = scratch.get<T>(p.n);
      for (int64_t j = 0; j < p.n; ++j) copy[j] = added[j * (*bias.strides)[0]];
      added = copy;
    }
    multiply_floats<T>(p, x.as<T>(), weight.as<T>(), added, y.as<T>(), extras);
  };
  y.dtype() == DType::f32 ? run(float()) : run(double());
}

/// The right operand as panels: where it is one f32 matrix that gemm() would copy in each call.
template <bool transposed>
int64_t packed_bytes(const KernelCall& call) {
  const TensorRef &a = call.in[0], &b = call.in[1], &y = call.out[0];
  if (y.dtype() != DType::f32 || b.shape().size() != 2 || y.numel() == 0) return 0;
  cpu::Scratch scratch;
  const Products p = products_of(Lie(a), transposed ? Lie(b).transposed() : Lie(b), y, scratch);
  if (p.n == 1 || p.k == 0 || cpu::reads_in_place(p.m, p.n, p.k, p.b_row, p.b_column)) return 0;
  return cpu::panels_size(p.k, p.n) * int64_t(sizeof(float));
}
template <bool transposed>
void pack_matrix(const KernelCall& call, std::span<std::byte> packed) {
  const Lie b = transposed ? Lie(call.in[1]).transposed() : Lie(call.in[1]);
  cpu::pack_panels(b.shape[0], b.shape[1], {call.in[1].as<float>(), b.strides[0], b.strides[1]},
                   reinterpret_cast<float*>(packed.data()));
}

}  // namespace

const cpu::ProductKernel cpu::matmul_kernel{matmul, packed_bytes<false>, pack_matrix<false>};
const cpu::ProductKernel cpu::linear_kernel{linear, packed_bytes<true>, pack_matrix<true>};

void cpu::install_matmul() {
  install<Matmul>({[](const KernelCall& call) { matmul(call, {}); }});
  install<Linear>({.run = [](const KernelCall& call) { linear(call, {}); },
                   .supports = [](const void*, Types in) { return is_wide_float(in[0]->dtype); }});
}

}  // namespace tandem
