#include "tandem/cpu/tile_reduction.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/tensor/layout.h"

namespace tandem::cpu {
namespace {

constexpr int64_t tile_reduction_grain = 32768;  // elements

}  // namespace

std::unique_ptr<const TileReduction> TileReduction::make(
    TileChain chain, std::vector<TileReduce> reductions, std::span<const TensorRef> in,
    std::span<const TensorRef> out, DType dtype, const Dims& value_strides, const Dims& kept) {
  const Dims shape = chain.shape;
  const ReducePlan plan = reduce_plan(shape, value_strides, kept);
  const int64_t elements = shape.product();
  const bool row_major = value_strides == contiguous_strides(shape);
  if (elements == 0 || plan.inner == 1 || !plan.inner_is_one_run) return nullptr;
  Way way;
  int64_t columns = plan.inner;
  if (row_major && plan.inner_is_reduced && plan.runs.empty()) {
    way = Way::along;
  } else if (row_major && !plan.inner_is_reduced && plan.kept.empty()) {
    way = Way::down;
  } else if (plan.inner_is_reduced && plan.unit_kept == 0 && plan.kept.size() == 1 &&
             plan.runs.size() <= 1 && is_dense(shape, value_strides)) {
    way = Way::across;
    columns = plan.kept[0];
    const bool outermost = plan.runs.empty() || plan.runs_stride[0] == plan.inner * columns;
    if (!outermost || plan.inner_stride != columns) return nullptr;
  } else {
    return nullptr;
  }
  std::unique_ptr<const TileReduction> made(new TileReduction(
      std::move(chain), std::move(reductions), in, out, dtype, value_strides, plan, way, columns));
  const std::span<const int64_t> loops = made->program_.loops();
  const bool fits = loops.size() <= 2 && loops.back() == columns &&
                    (way != Way::across || columns <= made->program_.tile_columns());
  return fits ? std::move(made) : nullptr;
}

TileReduction::TileReduction(TileChain chain, std::vector<TileReduce> reductions,
                             std::span<const TensorRef> in, std::span<const TensorRef> out,
                             DType dtype, const Dims& value_strides, const ReducePlan& plan,
                             Way way, int64_t columns)
    : program_(std::move(chain), in, out, value_strides, columns),
      reductions_(std::move(reductions)),
      dtype_(dtype),
      plan_(plan),
      pieces_(plan),
      way_(way),
      columns_(columns) {
  const int64_t elements = program_.chain().shape.product();
  row_count_ = elements / columns;
  divisor_ = double(elements) / double(plan.result_count);
}

void TileReduction::run(const KernelCall& call) {
  const TileReduction& r = *static_cast<const TileReduction*>(call.op);
  if (r.dtype_ == DType::f32)
    r.run_in<float>(call);
  else
    r.run_in<double>(call);
}

template <class T>
void TileReduction::run_in(const KernelCall& call) const {
  const std::size_t results = program_.chain().results.size();
  const KernelCall chain{&program_, call.out.first(results), call.in, nullptr};
  const std::span<const TensorRef> reduced = call.out.subspan(results);
  if (way_ == Way::along)
    run_along<T>(chain, reduced);
  else
    run_down<T>(chain, reduced);
  for (std::size_t k = 0; k < reductions_.size(); ++k)
    if (reductions_[k].mean && divisor_ != 1)
      for (int64_t j = 0; j < plan_.result_count; ++j) reduced[k].as<T>()[j] /= T(divisor_);
}

/// A row's pieces keep reduce_width lanes each, which meet at its end; pieces meet in order.
template <class T>
void TileReduction::run_along(const KernelCall& call, std::span<const TensorRef> reduced) const {
  const std::size_t count = reductions_.size();
  const int64_t inner = program_.tile_columns(), pieces = pieces_.count;
  const int64_t piece = pieces_.units_a_piece * pieces_.chunk;  // elements
  std::vector<ReduceLanes<T>> lanes;
  for (const TileReduce& r : reductions_) lanes.push_back(reduce_lanes<T>(r.kind));
  Scratch scratch;
  T* totals = pieces > 1 ? scratch.get<T>(int64_t(count) * row_count_ * pieces) : nullptr;
  const auto total_of = [&](std::size_t k, int64_t row, int64_t p) -> T& {
    return pieces > 1 ? totals[(int64_t(k) * row_count_ + row) * pieces + p]
                      : reduced[k].as<T>()[row];
  };
  const int64_t work = std::min(columns_, piece);
  const TileProgram::Repeated repeated(program_, call);
  parallel_for(row_count_ * pieces, std::max<int64_t>(1, tile_reduction_grain / work),
               [&](int64_t begin, int64_t end) {
                 TileProgram::Worker worker(program_, call, repeated);
                 alignas(64) T own[reduce_width];
                 Scratch mine;
                 T* state = mine.get<T>(int64_t(count) * reduce_width);
                 const auto start = [&](T* to, std::size_t k) {
                   std::fill_n(to, reduce_width, lanes[k].start);
                 };
                 const bool two_loops = program_.loops().size() == 2;
                 const auto run_tile = [&](int64_t row, int64_t column, int64_t rows, int64_t n) {
                   const int64_t at[] = {two_loops ? row : column, column};
                   worker.run(at, rows, n);
                 };
                 if (pieces == 1 && columns_ <= inner) {
                   const int64_t step = program_.tile_rows();
                   for (int64_t row = begin; row < end; row += step) {
                     const int64_t rows = std::min(step, end - row);
                     run_tile(row, 0, rows, columns_);
                     for (std::size_t k = 0; k < count; ++k) {
                       const T* x =
                           reinterpret_cast<const T*>(worker.watched(reductions_[k].watched));
                       for (int64_t r = 0; r < rows; ++r) {
                         start(own, k);
                         lanes[k].join_run(own, x + r * columns_, columns_);
                         total_of(k, row + r, 0) = lanes[k].meet(own);
                       }
                     }
                   }
                   return;
                 }
                 for (int64_t t = begin; t < end; ++t) {
                   const int64_t row = t / pieces, p = t % pieces;
                   const int64_t last = std::min(columns_, (p + 1) * piece);
                   for (std::size_t k = 0; k < count; ++k) start(state + k * reduce_width, k);
                   for (int64_t c = p * piece; c < last; c += inner) {
                     const int64_t n = std::min(inner, last - c);
                     run_tile(row, c, 1, n);
                     for (std::size_t k = 0; k < count; ++k)
                       lanes[k].join_run(
                           state + k * reduce_width,
                           reinterpret_cast<const T*>(worker.watched(reductions_[k].watched)), n);
                   }
                   for (std::size_t k = 0; k < count; ++k)
                     total_of(k, row, p) = lanes[k].meet(state + k * reduce_width);
                 }
               });
  if (pieces == 1) return;
  for (std::size_t k = 0; k < count; ++k)
    for (int64_t row = 0; row < row_count_; ++row) {
      for (int64_t p = 1; p < pieces; ++p)
        lanes[k].join(&total_of(k, row, 0), &total_of(k, row, p), 1);
      reduced[k].as<T>()[row] = total_of(k, row, 0);
    }
}

/// The row that a unit of the reduction begins at.
int64_t TileReduction::first_row(int64_t unit) const {
  if (way_ == Way::down) return unit;
  if (unit == pieces_.units) return row_count_;
  return unit / pieces_.chunks_a_run * plan_.inner + unit % pieces_.chunks_a_run * pieces_.chunk;
}

/// A piece's rows join totals of all columns: one row of them, or reduce_width in turn, anew at the
/// begin of a run. Pieces meet in order.
template <class T>
void TileReduction::run_down(const KernelCall& call, std::span<const TensorRef> reduced) const {
  const std::size_t count = reductions_.size();
  const int64_t width = columns_, inner = program_.tile_columns();
  const int64_t turns = way_ == Way::across ? reduce_width : 1;
  const int64_t run = way_ == Way::across ? plan_.inner : row_count_;
  std::vector<ReduceLanes<T>> lanes;
  for (const TileReduce& r : reductions_) lanes.push_back(reduce_lanes<T>(r.kind));
  Scratch scratch;
  const int64_t size = turns * width;  // totals of one reduction
  T* totals = scratch.get<T>(pieces_.count * int64_t(count) * size);
  const auto totals_of = [&](int64_t p, std::size_t k) {
    return totals + (p * int64_t(count) + int64_t(k)) * size;
  };
  const bool two_loops = program_.loops().size() == 2;
  const TileProgram::Repeated repeated(program_, call);
  parallel_for(pieces_.count, 1, [&](int64_t begin, int64_t end) {
    TileProgram::Worker worker(program_, call, repeated);
    for (int64_t p = begin; p < end; ++p) {
      for (std::size_t k = 0; k < count; ++k) std::fill_n(totals_of(p, k), size, lanes[k].start);
      const int64_t last = first_row(std::min(pieces_.units, (p + 1) * pieces_.units_a_piece));
      for (int64_t row = first_row(p * pieces_.units_a_piece); row < last;) {
        const int64_t rows = std::min({program_.tile_rows(), last - row, run - row % run});
        for (int64_t c = 0; c < width; c += inner) {
          const int64_t n = std::min(inner, width - c);
          const int64_t at[] = {two_loops ? row : c, c};
          worker.run(at, rows, n);
          for (std::size_t k = 0; k < count; ++k)
            lanes[k].join_rows(totals_of(p, k) + c, turns,
                               reinterpret_cast<const T*>(worker.watched(reductions_[k].watched)),
                               rows, n, row % run);
        }
        row += rows;
      }
      for (std::size_t k = 0; k < count; ++k) {
        T* t = totals_of(p, k);
        for (int64_t half = turns / 2; half > 0; half /= 2)
          lanes[k].join(t, t + half * width, half * width);
      }
    }
  });
  for (std::size_t k = 0; k < count; ++k) {
    for (int64_t p = 1; p < pieces_.count; ++p)
      lanes[k].join(totals_of(0, k), totals_of(p, k), width);
    std::copy_n(totals_of(0, k), width, reduced[k].as<T>());
  }
}

}  // namespace tandem::cpu
