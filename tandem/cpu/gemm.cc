#include "tandem/cpu/gemm.h"

#include <algorithm>
#include <array>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/ceil_div.h"
#include "tandem/cpu/gemm_block.h"
#include "tandem/cpu/panel.h"

namespace tandem::cpu {
namespace {

// Below this many multiply-adds (about 5 us) a second thread does not pay; a task has at least
// twice as many.
constexpr int64_t serial_work = 200'000, task_work = 500'000;

// Tasks are cut at groups of panels and at any few rows, since tiles adapt their height.
constexpr int64_t row_step = 8, column_step = 64;

// What a task copies, others copy as well: it must be worth it. So many rows reread a copy of b, so
// many columns one of a.
constexpr int64_t worthy_rows = 96, worthy_columns = 256;

/// `size` in about `parts` equal pieces, each a multiple of `step` but the last.
int64_t piece(int64_t size, int64_t parts, int64_t step) {
  return ceil_div(ceil_div(size, parts), step) * step;
}

/// How c is cut into tasks. Nothing of it reaches the result.
struct Grid {
  int64_t rows, columns;                    // of a task
  int64_t row_tasks = 1, column_tasks = 1;  // in a matrix

  /// About `wanted` tasks for one matrix, `least` if m and n allow.
  template <class T>
  Grid(const Gemm<T>& g, int64_t wanted, int64_t least) : rows(g.m), columns(g.n) {
    if (wanted <= 1) return;
    const bool a_in_place = g.a.column_stride == 1 && g.a.row_stride * sizeof(T) % bad_pitch != 0;
    const int64_t width = a_in_place ? column_step : worthy_columns;
    columns = piece(g.n, std::min(wanted, ceil_div(g.n, width)), column_step);
    column_tasks = ceil_div(g.n, columns);
    const int64_t most = std::max(g.m / worthy_rows, ceil_div(least, column_tasks));
    rows = piece(g.m, std::min(ceil_div(wanted, column_tasks), most), row_step);
    row_tasks = ceil_div(g.m, rows);
  }
  int64_t tasks() const { return row_tasks * column_tasks; }
  template <class T>
  GemmBlock block(const Gemm<T>& g, int64_t task) const {
    const int64_t row = task / column_tasks * rows, column = task % column_tasks * columns;
    return {row, std::min(row + rows, g.m), column, std::min(column + columns, g.n)};
  }
};

/// c as a row where it is a contiguous column without a bias: the row's tiles fill their lanes.
template <class T>
Gemm<T> turned(const Gemm<T>& g) {
  Gemm<T> t = g;
  std::swap(t.m, t.n);
  t.a = {g.b.data, g.b.column_stride, g.b.row_stride};
  t.b = {g.a.data, g.a.column_stride, g.a.row_stride};
  t.c_pitch = g.m;
  return t;
}

template <class T>
void run(const Gemm<T>& problem, std::span<const GemmOffsets> batch, GemmBlockFunction<T> block) {
  const bool turn = problem.n == 1 && problem.m > 1 && problem.c_pitch == 1 && !problem.bias &&
                    !problem.b_panels && !problem.epilogue;
  const Gemm<T> g = turn ? turned(problem) : problem;
  const int64_t count = int64_t(batch.size());
  if (g.m <= 0 || g.n <= 0 || count == 0) return;
  const int64_t work = g.m * g.n * std::max<int64_t>(g.k, 1);
  const auto one = [&](int64_t i, const GemmBlock& part) {
    Gemm<T> item = g;
    item.a.data += turn ? batch[i].b : batch[i].a;
    item.b.data += turn ? batch[i].a : batch[i].b;
    if (item.b_panels) item.b_panels += batch[i].b;
    item.c += batch[i].c;
    item.epilogue_row += batch[i].c / item.c_pitch;
    block(item, part);
  };
  const GemmBlock whole{0, g.m, 0, g.n};
  const int threads = num_threads();
  if (threads == 1 || work * count < serial_work) {
    for (int64_t i = 0; i < count; ++i) one(i, whole);
    return;
  }
  if (work < task_work && count > 1) {
    parallel_for(count, ceil_div(task_work, work), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) one(i, whole);
    });
    return;
  }
  // Up to eight tasks a thread: a thread that loses its core for a while leaves work to the others.
  const int64_t wanted =
      std::min<int64_t>(std::max<int64_t>(work / task_work, 1), ceil_div(8 * threads, count));
  const Grid grid(g, ceil_div(wanted * count, threads) * threads / count, ceil_div(threads, count));
  parallel_tasks(count * grid.tasks(), [&](int64_t task) {
    one(task / grid.tasks(), grid.block(g, task % grid.tasks()));
  });
}

template <class T>
void run_one(const Gemm<T>& g, GemmBlockFunction<T> block) {
  static constexpr std::array<GemmOffsets, 1> single{{{0, 0, 0}}};
  // The smallest products cost little more than their call.
  if ((g.n > 1 || g.m == 1) && g.m > 0 && g.n > 0 && g.m * g.n * g.k < serial_work)
    return block(g, {0, g.m, 0, g.n});
  run<T>(g, single, block);
}

}  // namespace

void gemm(const Gemm<float>& problem) { run_one(problem, gemm_block_f32()); }
void gemm(const Gemm<double>& problem) { run_one(problem, gemm_block_f64()); }
void gemm(const Gemm<float>& problem, std::span<const GemmOffsets> batch) {
  run<float>(problem, batch, gemm_block_f32());
}
void gemm(const Gemm<double>& problem, std::span<const GemmOffsets> batch) {
  run<double>(problem, batch, gemm_block_f64());
}

void gemm_on_this_thread(const Gemm<float>& g) {
  if (g.m > 0 && g.n > 0) gemm_block_f32()(g, {0, g.m, 0, g.n});
}

int64_t panels_size(int64_t k, int64_t n) {
  constexpr int64_t panel = panel_width<float>;
  return ceil_div(n, panel) * panel * k;
}

}  // namespace tandem::cpu
