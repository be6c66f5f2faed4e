// Reductions on 16 virtual lanes, for every target.
//
// The lanes are the compilers' own vectors of 16 elements: each target cuts them into as many of
// its registers as they need, and the sums come out the same on all of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/reduce_lanes.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/reduce_plan.h"
#include "tandem/cpu/scratch.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {

using cpu::Reduction;

constexpr int64_t kLanes = 16;
constexpr int64_t kPiece = 32768;   // elements that one task reduces
constexpr int64_t kColumns = 1024;  // of kept elements at a time: their totals stay in the L1 cache

template <class T>
struct LanesOf {
  typedef T type __attribute__((vector_size(kLanes * sizeof(T))));
};
template <class T>
using Lanes = typename LanesOf<T>::type;

template <cpu::Reduction kind, class T>
constexpr T Start() {
  using Limits = std::numeric_limits<T>;
  if constexpr (kind == Reduction::sum || kind == Reduction::any)
    return T(0);
  else if constexpr (kind == Reduction::prod || kind == Reduction::all)
    return T(1);
  else if constexpr (kind == Reduction::max)
    return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
  else
    return Limits::has_infinity ? Limits::infinity() : Limits::max();
}

/// total = total joined by v, for numbers and for vectors of them. NaN stays NaN.
template <cpu::Reduction kind, class V>
HWY_INLINE void Join(V& total, const V& v) {
  if constexpr (kind == Reduction::sum)
    total = total + v;
  else if constexpr (kind == Reduction::prod)
    total = total * v;
  else if constexpr (kind == Reduction::max)
    total = ((v > total) | (v != v)) ? v : total;
  else if constexpr (kind == Reduction::min)
    total = ((v < total) | (v != v)) ? v : total;
  else if constexpr (kind == Reduction::any)
    total = total | v;
  else
    total = total & v;
}

template <cpu::Reduction kind, class T>
HWY_INLINE void JoinPart(Lanes<T>& total, const T* x, int64_t count) {
  T part[kLanes];
  for (int64_t j = 0; j < kLanes; ++j) part[j] = j < count ? x[j] : Start<kind, T>();
  Lanes<T> v;
  std::memcpy(&v, part, sizeof v);
  Join<kind>(total, v);
}

/// The lanes' tree: halves meet until one is left.
template <cpu::Reduction kind, class T>
HWY_INLINE T Meet(const Lanes<T>& lanes) {
  T t[kLanes];
  std::memcpy(t, &lanes, sizeof t);
  for (int64_t half = kLanes / 2; half > 0; half /= 2)
    for (int64_t j = 0; j < half; ++j) Join<kind>(t[j], t[j + half]);
  return t[0];
}

template <class T>
HWY_INLINE void Broadcast(Lanes<T>& lanes, T v) {
  T t[kLanes];
  for (T& e : t) e = v;
  std::memcpy(&lanes, t, sizeof t);
}

/// How a reduction is cut: runs into chunks, and so many chunks into a piece.
struct Pieces {
  int64_t chunk, chunks_a_run, units, units_a_piece, count;
  explicit Pieces(const cpu::ReducePlan& p) {
    const int64_t length = p.inner_is_reduced ? p.inner : 1;
    const int64_t row = p.inner_is_reduced ? length : std::min(p.inner, kColumns);
    chunk = std::min(std::max<int64_t>(length, 1), kPiece);
    chunks_a_run = length ? (length + chunk - 1) / chunk : 0;
    units = p.run_count * chunks_a_run;
    units_a_piece = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, std::min(row, kPiece)));
    if (units <= 2 * units_a_piece) units_a_piece = std::max<int64_t>(1, units);
    count = units ? (units + units_a_piece - 1) / units_a_piece : 1;
  }
};

/// Units begin..end of the reduction that starts at x, along a run of stride 1.
template <cpu::Reduction kind, class T>
T AlongRun(const cpu::ReducePlan& p, const Pieces& cut, const T* x, int64_t begin, int64_t end) {
  Lanes<T> total;
  Broadcast(total, Start<kind, T>());
  for (int64_t u = begin; u < end; ++u) {
    const int64_t first = u % cut.chunks_a_run * cut.chunk;
    const int64_t n = std::min(cut.chunk, p.inner - first);
    const T* from = x + cpu::offset_of(u / cut.chunks_a_run, p.runs, p.runs_stride) + first;
    int64_t i = 0;
    for (; i + kLanes <= n; i += kLanes) {
      Lanes<T> v;
      std::memcpy(&v, from + i, sizeof v);
      Join<kind>(total, v);
    }
    if (i < n) JoinPart<kind>(total, from + i, n - i);
  }
  return Meet<kind, T>(total);
}

/// The same for `width` results side by side, which lie at stride 1 while the run does not.
template <cpu::Reduction kind, class T>
void AcrossRun(const cpu::ReducePlan& p, const Pieces& cut, const T* x, int64_t width,
               int64_t begin, int64_t end, T* to) {
  Lanes<T> total[kLanes];  // one a lane of the run; its elements are the results
  for (Lanes<T>& t : total) Broadcast(t, Start<kind, T>());
  for (int64_t u = begin; u < end; ++u) {
    const int64_t first = u % cut.chunks_a_run * cut.chunk;
    const int64_t n = std::min(cut.chunk, p.inner - first);
    const T* from =
        x + cpu::offset_of(u / cut.chunks_a_run, p.runs, p.runs_stride) + first * p.inner_stride;
    for (int64_t i = 0; i < n; ++i, from += p.inner_stride) {
      if (width == kLanes) {
        Lanes<T> v;
        std::memcpy(&v, from, sizeof v);
        Join<kind>(total[i % kLanes], v);
      } else {
        JoinPart<kind>(total[i % kLanes], from, width);
      }
    }
  }
  for (int64_t half = kLanes / 2; half > 0; half /= 2)
    for (int64_t j = 0; j < half; ++j) Join<kind>(total[j], total[j + half]);
  T t[kLanes];
  std::memcpy(t, &total[0], sizeof t);
  std::copy_n(t, width, to);
}

/// Joins rows begin..end of `width` columns of stride 1 to the totals.
template <cpu::Reduction kind, class T>
void DownColumns(const cpu::ReducePlan& p, const T* x, int64_t width, int64_t begin, int64_t end,
                 T* to) {
  for (int64_t r = begin; r < end; ++r) {
    const T* from = x + cpu::offset_of(r, p.runs, p.runs_stride);
    int64_t j = 0;
    for (; j + kLanes <= width; j += kLanes) {
      Lanes<T> v, total;
      std::memcpy(&v, from + j, sizeof v);
      std::memcpy(&total, to + j, sizeof total);
      Join<kind>(total, v);
      std::memcpy(to + j, &total, sizeof total);
    }
    for (; j < width; ++j) Join<kind>(to[j], from[j]);
  }
}

/// Runs part(block, piece, to) for every block of results and piece of the reduction, `to` being
/// `width` totals; then joins the pieces in order. Blocks write their totals by store(block, from).
template <cpu::Reduction kind, class T, class Part, class Store>
void ForBlocks(int64_t blocks, int64_t width, const Pieces& cut, int64_t work_a_piece,
               const Part& part, const Store& store) {
  const int64_t grain = std::max<int64_t>(1, kPiece / std::max<int64_t>(1, work_a_piece));
  if (cut.count == 1)
    return parallel_for(blocks, grain, [&](int64_t begin, int64_t end) {
      cpu::Scratch scratch;
      T* total = scratch.get<T>(width);
      for (int64_t b = begin; b < end; ++b) {
        part(b, int64_t{0}, total);
        store(b, total);
      }
    });
  cpu::Scratch scratch;
  T* totals = scratch.get<T>(blocks * cut.count * width);
  parallel_for(blocks * cut.count, grain, [&](int64_t begin, int64_t end) {
    for (int64_t t = begin; t < end; ++t) part(t / cut.count, t % cut.count, totals + t * width);
  });
  for (int64_t b = 0; b < blocks; ++b) {
    T* total = totals + b * cut.count * width;
    for (int64_t k = 1; k < cut.count; ++k)
      for (int64_t j = 0; j < width; ++j) Join<kind>(total[j], total[k * width + j]);
    store(b, total);
  }
}

template <cpu::Reduction kind, class T>
void ReduceOf(const cpu::ReducePlan& p, const void* input, void* output) {
  const T* x = static_cast<const T*>(input);
  T* y = static_cast<T*>(output);
  const Pieces cut(p);
  const auto begin_of = [&](int64_t piece) { return piece * cut.units_a_piece; };
  const auto end_of = [&](int64_t piece) {
    return std::min(cut.units, (piece + 1) * cut.units_a_piece);
  };
  if (!p.inner_is_reduced) {
    const int64_t width = std::min(p.inner, kColumns), tiles = (p.inner + width - 1) / width;
    const auto columns = [&](int64_t tile) { return std::min(width, p.inner - tile * width); };
    return ForBlocks<kind, T>(
        p.result_count / p.inner * tiles, width, cut, cut.units_a_piece * width,
        [&](int64_t block, int64_t piece, T* to) {
          const int64_t tile = block % tiles;
          const T* from = x + cpu::offset_of(block / tiles, p.kept, p.kept_stride) + tile * width;
          std::fill_n(to, width, Start<kind, T>());
          DownColumns<kind>(p, from, columns(tile), begin_of(piece), end_of(piece), to);
        },
        [&](int64_t block, const T* total) {
          const int64_t tile = block % tiles;
          std::copy_n(total, columns(tile), y + block / tiles * p.inner + tile * width);
        });
  }
  if (p.unit_kept < 0)
    return ForBlocks<kind, T>(
        p.result_count, 1, cut, cut.units_a_piece * cut.chunk,
        [&](int64_t block, int64_t piece, T* to) {
          const T* from = x + cpu::offset_of(block, p.kept, p.kept_stride);
          *to = AlongRun<kind, T>(p, cut, from, begin_of(piece), end_of(piece));
        },
        [&](int64_t block, const T* total) { y[block] = *total; });
  // Blocks of 16 results along the kept dim of stride 1.
  const int64_t size = p.kept[p.unit_kept], tiles = (size + kLanes - 1) / kLanes;
  Dims others = p.kept, stride = p.kept_stride, place = contiguous_strides(p.kept);
  const int64_t step = place[p.unit_kept];
  others.erase(p.unit_kept);
  stride.erase(p.unit_kept);
  place.erase(p.unit_kept);
  const auto width = [&](int64_t tile) { return std::min(kLanes, size - tile * kLanes); };
  ForBlocks<kind, T>(
      others.product() * tiles, kLanes, cut, cut.units_a_piece * cut.chunk * kLanes,
      [&](int64_t block, int64_t piece, T* to) {
        const int64_t tile = block % tiles;
        const T* from = x + cpu::offset_of(block / tiles, others, stride) + tile * kLanes;
        std::fill_n(to, kLanes, Start<kind, T>());
        AcrossRun<kind>(p, cut, from, width(tile), begin_of(piece), end_of(piece), to);
      },
      [&](int64_t block, const T* total) {
        const int64_t tile = block % tiles;
        T* to = y + cpu::offset_of(block / tiles, others, place) + tile * kLanes * step;
        for (int64_t j = 0; j < width(tile); ++j) to[j * step] = total[j];
      });
}

template <cpu::Reduction kind>
void ReduceNumbers(DType dtype, const cpu::ReducePlan& p, const void* x, void* y) {
  if (dtype == DType::f32)
    ReduceOf<kind, float>(p, x, y);
  else if (dtype == DType::f64)
    ReduceOf<kind, double>(p, x, y);
  else
    ReduceOf<kind, int64_t>(p, x, y);
}

void Reduce(Reduction kind, DType dtype, const cpu::ReducePlan& p, const void* x, void* y) {
  switch (kind) {
    case Reduction::sum:
      return ReduceNumbers<Reduction::sum>(dtype, p, x, y);
    case Reduction::prod:
      return ReduceNumbers<Reduction::prod>(dtype, p, x, y);
    case Reduction::max:
      return ReduceNumbers<Reduction::max>(dtype, p, x, y);
    case Reduction::min:
      return ReduceNumbers<Reduction::min>(dtype, p, x, y);
    case Reduction::any:
      return ReduceOf<Reduction::any, uint8_t>(p, x, y);
    case Reduction::all:
      return ReduceOf<Reduction::all, uint8_t>(p, x, y);
  }
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(Reduce);

void cpu::reduce(Reduction kind, DType dtype, const ReducePlan& plan, const void* x, void* y) {
  HWY_DYNAMIC_DISPATCH(Reduce)(kind, dtype, plan, x, y);
}
}  // namespace tandem
#endif
