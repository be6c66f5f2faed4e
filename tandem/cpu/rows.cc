#include "tandem/cpu/rows.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/copy_block.h"
#include "tandem/cpu/scratch.h"
#include "tandem/tensor/layout.h"

namespace tandem::cpu {
namespace {

constexpr int max_operands = 4;
constexpr int64_t row_tile = 1024;     // elements; a tile of each operand stays in the L1 cache
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

/// Rows of the innermost dim, some of the dim outside it together.
struct Tiles {
  int64_t unit[Dims::max_rank];  // elements a tile has of each dim, the last ones fewer
  int64_t count = 1;

  explicit Tiles(const Loop& l) {
    const int last = l.rank - 1;
    const int64_t n = l.shape[last];
    bool dense = true, across = false;
    for (int k = 0; k < l.operands; ++k) {
      dense &= l.step[k][last] == 1;
      across |= last && lies_across(l.step[k][last - 1], l.step[k][last], l.shape[last - 1]);
    }
    const int64_t most = dense ? n : across ? columns_across : row_tile;
    const int64_t parts = (n + most - 1) / most;
    const int64_t columns = std::min(n, ((n + parts - 1) / parts + 15) / 16 * 16);
    const int64_t together = (dense ? rows_grain : across ? rows_across * most : most) / columns;
    std::fill_n(unit, last, 1);
    unit[last] = columns;
    if (last) unit[last - 1] = std::clamp<int64_t>(together, 1, l.shape[last - 1]);
    for (int d = 0; d < l.rank; ++d) count *= tiles(l, d);
  }
  int64_t tiles(const Loop& l, int d) const { return (l.shape[d] + unit[d] - 1) / unit[d]; }
};

/// Operand k's rows and columns from element `at` on.
template <class Byte>
StridedBlock<Byte> block(const Loop& l, int k, const int64_t* at) {
  const int last = l.rank - 1;
  std::byte* data = l.data[k];
  for (int d = 0; d <= last; ++d) data += at[d] * l.step[k][d] * l.size[k];
  return {data, last ? l.step[k][last - 1] : 0, l.step[k][last]};
}

/// What does not lie row by row is packed.
class RowsOfTile {
 public:
  RowsOfTile(const Loop& l, const Tiles& tiles, const void* op, Row row)
      : loop_(l), op_(op), row_(row) {
    const int last = l.rank - 1;
    const int64_t elements = tiles.unit[last] * (last ? tiles.unit[last - 1] : 1);
    for (int k = 0; k < l.operands; ++k)
      if (l.step[k][last] != 1) packed_[k] = scratch_.get<std::byte>(elements * l.size[k]);
  }

  void operator()(const int64_t* at, int64_t rows, int64_t columns) const {
    const Loop& l = loop_;
    std::byte* line[max_operands + 1];
    int64_t line_bytes[max_operands + 1];
    bool together = true;  // each row follows the one before
    for (int k = 0; k < l.operands; ++k) {
      auto from = block<std::byte>(l, k, at);
      if (packed_[k]) {
        const StridedBlock<std::byte> packed{packed_[k], columns, 1};
        if (k) copy_block(packed, from, rows, columns, l.size[k]);
        from = packed;
      }
      line[k] = from.data;
      line_bytes[k] = from.row_step * l.size[k];
      together &= from.row_step == columns;
    }
    for (int64_t r = 0; r < (together ? 1 : rows); ++r) {
      row_(op_, line[0], line + 1, together ? rows * columns : columns);
      for (int k = 0; k < l.operands; ++k) line[k] += line_bytes[k];
    }
    if (packed_[0])
      copy_block(block<std::byte>(l, 0, at), {packed_[0], columns, 1}, rows, columns, l.size[0]);
  }

 private:
  const Loop& loop_;
  const void* op_;
  Row row_;
  Scratch scratch_;
  std::byte* packed_[max_operands + 1] = {};
};

/// f(place of the first element, rows, columns) for tiles begin..end.
template <class F>
void for_tiles(const Loop& l, const Tiles& tiles, int64_t begin, int64_t end, F&& f) {
  const int last = l.rank - 1;
  int64_t at[Dims::max_rank];
  for (int64_t rest = begin, d = last; d >= 0; rest /= tiles.tiles(l, int(d--)))
    at[d] = rest % tiles.tiles(l, int(d)) * tiles.unit[d];
  for (int64_t t = begin; t < end; ++t) {
    const auto part = [&](int d) { return std::min(tiles.unit[d], l.shape[d] - at[d]); };
    f(at, last ? part(last - 1) : 1, part(last));
    for (int d = last; d >= 0 && (at[d] += tiles.unit[d]) >= l.shape[d]; --d) at[d] = 0;
  }
}

void strided(const KernelCall& call, Row row, bool is_copy) {
  const Loop l = make_loop(call);
  const Tiles tiles(l);
  const int64_t grain = std::max<int64_t>(1, rows_grain * tiles.count / call.out[0].numel());
  parallel_for(tiles.count, grain, [&](int64_t begin, int64_t end) {
    if (is_copy)
      for_tiles(l, tiles, begin, end, [&](const int64_t* at, int64_t rows, int64_t columns) {
        copy_block(block<std::byte>(l, 0, at), block<const std::byte>(l, 1, at), rows, columns,
                   l.size[0]);
      });
    else
      for_tiles(l, tiles, begin, end, RowsOfTile(l, tiles, call.op, row));
  });
}

}  // namespace

void for_rows(const KernelCall& call, Row row, bool is_copy) {
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
    return strided(call, row, is_copy);
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
