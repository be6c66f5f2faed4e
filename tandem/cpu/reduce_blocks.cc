// How a reduction is cut into blocks of results and pieces, and spread over the threads.
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/reduce_lanes.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

/// Runs part(block, piece, to) for every block of results and piece of the reduction, `to` being
/// `width` totals; then joins the pieces in order. Blocks write their totals by store(block, from).
template <class T, class Part, class Store>
void for_blocks(const ReduceLanes<T>& lanes, int64_t blocks, int64_t width, const Pieces& cut,
                int64_t work_a_piece, const Part& part, const Store& store) {
  const int64_t grain = std::max<int64_t>(1, reduce_piece / std::max<int64_t>(1, work_a_piece));
  if (cut.count == 1)
    return parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
      Scratch scratch;
      T* total = scratch.get<T>(width);
      for (int64_t b = begin; b < end; ++b) {
        part(b, int64_t{0}, total);
        store(b, total);
      }
    });
  Scratch scratch;
  T* totals = scratch.get<T>(blocks * cut.count * width);
  parallel_for(blocks * cut.count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) part(t / cut.count, t % cut.count, totals + t * width);
  });
  for (int64_t b = 0; b < blocks; ++b) {
    T* total = totals + b * cut.count * width;
    for (int64_t k = 1; k < cut.count; ++k) lanes.join(total, total + k * width, width);
    store(b, total);
  }
}

template <class T>
void reduce_of(Reduction kind, const ReducePlan& p, const void* input, void* output) {
  const T* x = static_cast<const T*>(input);
  T* y = static_cast<T*>(output);
  const ReduceLanes<T> lanes = reduce_lanes<T>(kind);
  const Pieces cut(p);
  const auto begin_of = [&](int64_t piece) { return piece * cut.units_a_piece; };
  const auto end_of = [&](int64_t piece) {
    return std::min(cut.units, (piece + 1) * cut.units_a_piece);
  };
  if (!p.inner_is_reduced) {
    const int64_t width = std::min(p.inner, reduce_columns), tiles = (p.inner + width - 1) / width;
    const auto columns = [&](int64_t tile) { return std::min(width, p.inner - tile * width); };
    return for_blocks(
        lanes, p.result_count / p.inner * tiles, width, cut, cut.units_a_piece * width,
        [&](int64_t block, int64_t piece, T* to) {
          const int64_t tile = block % tiles;
          const T* from = x + offset_of(block / tiles, p.kept, p.kept_stride) + tile * width;
          std::fill_n(to, width, lanes.start);
          lanes.down_columns(p, from, columns(tile), begin_of(piece), end_of(piece), to);
        },
        [&](int64_t block, const T* total) {
          const int64_t tile = block % tiles;
          std::copy_n(total, columns(tile), y + block / tiles * p.inner + tile * width);
        });
  }
  if (p.unit_kept < 0)
    return for_blocks(
        lanes, p.result_count, 1, cut, cut.units_a_piece * cut.chunk,
        [&](int64_t block, int64_t piece, T* to) {
          const T* from = x + offset_of(block, p.kept, p.kept_stride);
          *to = lanes.along_run(p, cut, from, begin_of(piece), end_of(piece));
        },
        [&](int64_t block, const T* total) { y[block] = *total; });
  // Blocks of 16 results along the kept dim of stride 1.
  const int64_t size = p.kept[p.unit_kept], tiles = (size + reduce_width - 1) / reduce_width;
  Dims others = p.kept, stride = p.kept_stride, place = contiguous_strides(p.kept);
  const int64_t step = place[p.unit_kept];
  others.erase(p.unit_kept);
  stride.erase(p.unit_kept);
  place.erase(p.unit_kept);
  const auto width = [&](int64_t tile) {
    return std::min(reduce_width, size - tile * reduce_width);
  };
  for_blocks(
      lanes, others.product() * tiles, reduce_width, cut,
      cut.units_a_piece * cut.chunk * reduce_width,
      [&](int64_t block, int64_t piece, T* to) {
        const int64_t tile = block % tiles;
        const T* from = x + offset_of(block / tiles, others, stride) + tile * reduce_width;
        std::fill_n(to, reduce_width, lanes.start);
        lanes.across_run(p, cut, from, width(tile), begin_of(piece), end_of(piece), to);
      },
      [&](int64_t block, const T* total) {
        const int64_t tile = block % tiles;
        T* to = y + offset_of(block / tiles, others, place) + tile * reduce_width * step;
        for (int64_t j = 0; j < width(tile); ++j) to[j * step] = total[j];
      });
}

}  // namespace

void reduce(Reduction kind, DType dtype, const ReducePlan& plan, const void* x, void* y) {
  if (kind == Reduction::any || kind == Reduction::all)
    reduce_of<uint8_t>(kind, plan, x, y);
  else if (dtype == DType::f32)
    reduce_of<float>(kind, plan, x, y);
  else if (dtype == DType::f64)
    reduce_of<double>(kind, plan, x, y);
  else
    reduce_of<int64_t>(kind, plan, x, y);
}

}  // namespace tandem::cpu
