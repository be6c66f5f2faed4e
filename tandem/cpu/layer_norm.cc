#include "tandem/cpu/layer_norm.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/norm_lanes.h"

namespace tandem::cpu {
namespace {

constexpr int64_t grain = 1 << 14;        // elements of a task
constexpr int64_t max_weight_parts = 32;  // of the rows, whose weight gradients are summed apart
constexpr int64_t max_part_elements = 1 << 20;  // of all parts' sums

}  // namespace

template <class T>
void row_norm(RowNorm kind, const T* x, int64_t rows, int64_t n, T eps, const T* weight,
              const T* bias, T* y, T* mean, T* rstd) {
  const NormLanes<T>& lanes = norm_lanes<T>();
  parallel_for(rows, std::max<int64_t>(1, grain / std::max<int64_t>(1, n)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t r = begin; r < end; ++r)
                   lanes.normalize(kind == RowNorm::layer, x + r * n, n, eps, weight, bias,
                                   y + r * n, mean ? mean + r : nullptr, rstd + r);
               });
}

template <class T>
void row_norm_backward(RowNorm kind, const T* dy, const T* x, int64_t rows, int64_t n,
                       const T* mean, const T* rstd, const T* weight, T* dx, T* dweight, T* dbias,
                       Arena& arena) {
  const int64_t least = std::max<int64_t>(1, grain / std::max<int64_t>(1, n));  // rows of a part
  const int64_t parts = std::clamp<int64_t>(
      std::min((rows + least - 1) / least, max_part_elements / std::max<int64_t>(1, n)), 1,
      max_weight_parts);
  T* weight_sums = arena.take<T>(parts * n);
  T* bias_sums = arena.take<T>(parts * n);
  if (arena.measuring()) return;
  const NormLanes<T>& lanes = norm_lanes<T>();
  parallel_tasks(parts, [&](int64_t part) {
    T* own_weight = dweight ? weight_sums + part * n : nullptr;
    T* own_bias = dbias ? bias_sums + part * n : nullptr;
    if (own_weight) std::fill_n(own_weight, n, T(0));
    if (own_bias) std::fill_n(own_bias, n, T(0));
    for (int64_t r = part * rows / parts; r < (part + 1) * rows / parts; ++r)
      lanes.normalize_gradient(kind == RowNorm::layer, dy + r * n, x + r * n, n,
                               mean ? mean[r] : T(0), rstd[r], weight, dx ? dx + r * n : nullptr,
                               own_weight, own_bias);
  });
  const auto join = [&](const T* sums, T* to) {
    for (int64_t i = 0; i < n; ++i) {
      double sum = 0;
      for (int64_t p = 0; p < parts; ++p) sum += double(sums[p * n + i]);
      to[i] = T(sum);
    }
  };
  if (dweight) join(weight_sums, dweight);
  if (dbias) join(bias_sums, dbias);
}

#define TANDEM_ROW_NORM(T)                                                                        \
  template void row_norm(RowNorm, const T*, int64_t, int64_t, T, const T*, const T*, T*, T*, T*); \
  template void row_norm_backward(RowNorm, const T*, const T*, int64_t, int64_t, const T*,        \
                                  const T*, const T*, T*, T*, T*, Arena&);
TANDEM_ROW_NORM(float)
TANDEM_ROW_NORM(double)
#undef TANDEM_ROW_NORM

}  // namespace tandem::cpu
