#include "tandem/cpu/rows.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/pack.h"
#include "tandem/tensor/layout.h"

namespace tandem::cpu {
namespace {

constexpr int max_operands = 4;
constexpr int64_t row_tile = 256;      // elements; a tile of each operand stays in the L1 cache
constexpr int64_t rows_grain = 32768;  // elements; less work than this is not worth a fork

/// Operand k's strides aligned to the result's dims: 0 where it repeats.
struct Loop {
  int operands;  // the result included, as number 0
  int rank = 0;
  int64_t shape[Dims::max_rank];
  int64_t step[max_operands + 1][Dims::max_rank];
  int size[max_operands + 1];
  std::byte* data[max_operands + 1];
};

/// Dims of size 1 dropped, the result's longest stride first, neighbours merged where every
/// operand allows it.
Loop make_loop(const KernelCall& call) {
  Loop l;
  l.operands = int(call.in.size()) + 1;
  const Dims& shape = call.out[0].shape();
  int64_t step[max_operands + 1][Dims::max_rank] = {};
  for (int k = 0; k < l.operands; ++k) {
    const TensorRef& t = k ? call.in[std::size_t(k - 1)] : call.out[0];
    l.size[k] = size_of(t.dtype());
    l.data[k] = t.data;
    const int added = shape.size() - t.shape().size();
    for (int d = 0; d < t.shape().size(); ++d)
      if (t.shape()[d] != 1) step[k][d + added] = (*t.strides)[d];
  }
  int order[Dims::max_rank], rank = 0;
  for (int d = 0; d < shape.size(); ++d)
    if (shape[d] != 1) order[rank++] = d;
  for (int i = 1; i < rank; ++i)
    for (int j = i; j > 0 && step[0][order[j]] > step[0][order[j - 1]]; --j)
      std::swap(order[j], order[j - 1]);
  for (int i = 0; i < rank; ++i) {
    const int d = order[i];
    bool merges = l.rank > 0;
    for (int k = 0; k < l.operands && merges; ++k)
      merges = l.step[k][l.rank - 1] == step[k][d] * shape[d];
    if (merges) {
      l.shape[l.rank - 1] *= shape[d];
    } else {
      l.shape[l.rank++] = shape[d];
    }
    for (int k = 0; k < l.operands; ++k) l.step[k][l.rank - 1] = step[k][d];
  }
  if (l.rank == 0) {
    l.rank = 1;
    l.shape[0] = 1;
    for (int k = 0; k < l.operands; ++k) l.step[k][0] = 1;
  }
  return l;
}

/// Rows begin..end of the outer dims, each along the innermost.
void run_rows(const Loop& l, const void* op, Row row, int64_t begin, int64_t end) {
  alignas(64) std::byte packed[max_operands + 1][row_tile * 8];
  const int last = l.rank - 1;
  const int64_t inner = l.shape[last];
  int64_t at[Dims::max_rank] = {};
  for (int64_t rest = begin, d = last - 1; d >= 0; --d) {
    at[d] = rest % l.shape[d];
    rest /= l.shape[d];
  }
  for (int64_t r = begin; r < end; ++r) {
    std::byte* base[max_operands + 1];
    for (int k = 0; k < l.operands; ++k) {
      base[k] = l.data[k];
      for (int d = 0; d < last; ++d) base[k] += at[d] * l.step[k][d] * l.size[k];
    }
    bool dense = true;
    for (int k = 0; k < l.operands; ++k) dense &= l.step[k][last] == 1;
    if (dense) {
      row(op, base[0], base + 1, inner);
    } else {
      for (int64_t i = 0; i < inner; i += row_tile) {
        const int64_t n = std::min(row_tile, inner - i);
        const std::byte* from[max_operands];
        for (int k = 1; k < l.operands; ++k) {
          const int64_t s = l.step[k][last];
          from[k - 1] = base[k] + i * s * l.size[k];
          if (s == 1) continue;
          pack(packed[k], from[k - 1], s, l.size[k], n);
          from[k - 1] = packed[k];
        }
        std::byte* to = base[0] + i * l.step[0][last] * l.size[0];
        if (l.step[0][last] == 1) {
          row(op, to, from, n);
        } else {
          row(op, packed[0], from, n);
          unpack(to, packed[0], l.step[0][last], l.size[0], n);
        }
      }
    }
    for (int d = last - 1; d >= 0 && ++at[d] == l.shape[d]; --d) at[d] = 0;
  }
}

void strided(const KernelCall& call, Row row) {
  const Loop l = make_loop(call);
  int64_t rows = 1;
  for (int d = 0; d + 1 < l.rank; ++d) rows *= l.shape[d];
  const int64_t grain = std::max<int64_t>(1, rows_grain / l.shape[l.rank - 1]);
  parallel_for(rows, grain,
               [&](int64_t begin, int64_t end) { run_rows(l, call.op, row, begin, end); });
}

}  // namespace

void for_rows(const KernelCall& call, Row row) {
  const TensorRef& out = call.out[0];
  const int64_t n = out.numel();
  if (n == 0) return;
  const std::byte* from[max_operands];
  bool whole = true;
  int sizes[max_operands];
  for (std::size_t k = 0; k < call.in.size(); ++k) {
    const TensorRef& t = call.in[k];
    from[k] = t.data;
    sizes[k] = size_of(t.dtype());
    whole &= ((t.contiguous && out.contiguous) || *t.strides == *out.strides) &&
             t.shape() == out.shape();
  }
  // Equal strides without contiguity are whole only if the result is dense, as fresh results are.
  if (!whole || (!out.contiguous && !is_dense(out.shape(), *out.strides)))
    return strided(call, row);
  if (n <= rows_grain) [[likely]]
    return row(call.op, out.data, from, n);
  const int size = size_of(out.dtype());
  parallel_for(n, rows_grain, [&](int64_t begin, int64_t end) {
    const std::byte* part[max_operands];
    for (std::size_t k = 0; k < call.in.size(); ++k) part[k] = from[k] + begin * sizes[k];
    row(call.op, out.data + begin * size, part, end - begin);
  });
}

}  // namespace tandem::cpu
