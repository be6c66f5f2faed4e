// Reductions on 16 virtual lanes, for every target.
//
// The lanes are the compilers' own vectors of 16 elements: each target cuts them into as many of
// its registers as they need, and the sums come out the same on all of them.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "tandem/cpu/reduce_lanes.cc"
#include "tandem/cpu/foreach_target.h"
// After foreach_target.h.
#include <hwy/highway.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "tandem/cpu/reduce_lanes.h"

HWY_BEFORE_NAMESPACE();
namespace tandem {
namespace HWY_NAMESPACE {

using cpu::Pieces;
using cpu::Reduction;

constexpr int64_t kLanes = cpu::reduce_width;

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

template <cpu::Reduction kind, class T>
void JoinTotals(T* to, const T* from, int64_t width) {
  for (int64_t j = 0; j < width; ++j) Join<kind>(to[j], from[j]);
}

template <cpu::Reduction kind, class T>
void JoinRun(T* lanes, const T* x, int64_t n) {
  Lanes<T> total;
  std::memcpy(&total, lanes, sizeof total);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    Lanes<T> v;
    std::memcpy(&v, x + i, sizeof v);
    Join<kind>(total, v);
  }
  if (i < n) JoinPart<kind>(total, x + i, n - i);
  std::memcpy(lanes, &total, sizeof total);
}

template <cpu::Reduction kind, class T>
T MeetLanes(const T* lanes) {
  Lanes<T> total;
  std::memcpy(&total, lanes, sizeof total);
  return Meet<kind, T>(total);
}

template <cpu::Reduction kind, class T>
void JoinRows(T* to, int64_t lanes, const T* x, int64_t rows, int64_t width, int64_t first) {
  for (int64_t r = 0; r < rows; ++r, x += width) {
    T* total = to + (first + r) % lanes * width;
    int64_t j = 0;
    for (; j + kLanes <= width; j += kLanes) {
      Lanes<T> v, t;
      std::memcpy(&v, x + j, sizeof v);
      std::memcpy(&t, total + j, sizeof t);
      Join<kind>(t, v);
      std::memcpy(total + j, &t, sizeof t);
    }
    for (; j < width; ++j) Join<kind>(total[j], x[j]);
  }
}

template <cpu::Reduction kind, class T>
constexpr cpu::ReduceLanes<T> kReduceLanes = {
    Start<kind, T>(),    AlongRun<kind, T>, AcrossRun<kind, T>, DownColumns<kind, T>,
    JoinTotals<kind, T>, JoinRun<kind, T>,  MeetLanes<kind, T>, JoinRows<kind, T>};

template <class T>
cpu::ReduceLanes<T> NumberLanes(Reduction kind) {
  switch (kind) {
    case Reduction::sum:
      return kReduceLanes<Reduction::sum, T>;
    case Reduction::prod:
      return kReduceLanes<Reduction::prod, T>;
    case Reduction::max:
      return kReduceLanes<Reduction::max, T>;
    default:
      return kReduceLanes<Reduction::min, T>;
  }
}
cpu::ReduceLanes<float> LanesF32(Reduction kind) { return NumberLanes<float>(kind); }
cpu::ReduceLanes<double> LanesF64(Reduction kind) { return NumberLanes<double>(kind); }
cpu::ReduceLanes<int64_t> LanesI64(Reduction kind) { return NumberLanes<int64_t>(kind); }
cpu::ReduceLanes<uint8_t> LanesBool(Reduction kind) {
  return kind == Reduction::any ? kReduceLanes<Reduction::any, uint8_t>
                                : kReduceLanes<Reduction::all, uint8_t>;
}

}  // namespace HWY_NAMESPACE
}  // namespace tandem
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tandem {
HWY_EXPORT(LanesF32);
HWY_EXPORT(LanesF64);
HWY_EXPORT(LanesI64);
HWY_EXPORT(LanesBool);

template <>
cpu::ReduceLanes<float> cpu::reduce_lanes(Reduction kind) {
  return HWY_DYNAMIC_DISPATCH(LanesF32)(kind);
}
template <>
cpu::ReduceLanes<double> cpu::reduce_lanes(Reduction kind) {
  return HWY_DYNAMIC_DISPATCH(LanesF64)(kind);
}
template <>
cpu::ReduceLanes<int64_t> cpu::reduce_lanes(Reduction kind) {
  return HWY_DYNAMIC_DISPATCH(LanesI64)(kind);
}
template <>
cpu::ReduceLanes<uint8_t> cpu::reduce_lanes(Reduction kind) {
  return HWY_DYNAMIC_DISPATCH(LanesBool)(kind);
}
}  // namespace tandem
#endif
