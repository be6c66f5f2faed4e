// The gradient of 3x3 weights in Winograd's domain: dW = Gᵀ [ Σ_tiles (Bᵀ d B) ⊗ (A dY Aᵀ) ] G.
#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/conv_partial.h"
#include "tandem/cpu/conv_tile.h"
#include "tandem/cpu/conv_winograd.h"
#include "tandem/cpu/winograd_lanes.h"
#include "tandem/cpu/winograd_tiles.h"

namespace tandem::cpu {

void winograd_weight_gradient(int m, const WeightGradient& g, Arena& arena) {
  const WinogradTiles tiling{m, g.dy.h(), g.dy.w()};
  const int64_t in = g.in_channels(), positions = (m + 2) * (m + 2);
  // Transforming a share's sums back costs about as much as the products of ten tiles.
  const PartialGradients partial(g, g.dy.n() * tiling.per_image(), 32);
  const int64_t v_pitch = winograd_pitch(in);
  const int64_t batch = winograd_batch(m, v_pitch + partial.columns);
  const int64_t v_position = winograd_position(batch * v_pitch);
  const int64_t y_position = winograd_position(batch * partial.columns);
  const int64_t u_position = winograd_position(in * partial.columns);
  const int64_t v_size = positions * v_position, y_size = positions * y_position;
  const int64_t u_size = positions * u_position;
  const int64_t patch_size = positions * std::max(in, partial.columns);
  const int64_t threads = num_threads();
  float* sums = arena.take<float>(partial.elements());
  float* reduced = arena.take<float>(partial.reduced_elements(g.dw));
  float* zeros = arena.take<float>(std::max(v_pitch, partial.columns));
  float* vs = arena.take<float>(v_size * threads);
  float* ys = arena.take<float>(y_size * threads);
  float* us = arena.take<float>(u_size * threads);
  float* patches = arena.take<float>(patch_size * threads);
  if (arena.measuring()) return;

  const WinogradLanes& lanes = winograd_lanes(m);
  const ConvTiles& tiles = conv_tiles();
  std::fill_n(zeros, std::max(v_pitch, partial.columns), 0.0f);
  const int64_t at_y = g.rows.phase(0).taps.at, at_x = g.columns.phase(0).taps.at;

  partial.run([&](const PartialGradients::Task& task, int thread) {
    float *v = vs + thread * v_size, *y = ys + thread * y_size, *u = us + thread * u_size;
    float* patch = patches + thread * patch_size;
    const int64_t real = std::min(partial.columns, g.out_channels() - task.column);
    const int64_t columns = panels_of(real) * kPanel;
    for (int64_t first = task.begin; first < task.end; first += batch) {
      const int64_t count = std::min(batch, task.end - first);
      for (int64_t t = 0; t < count; ++t) {
        const auto at = tiling.place(first + t);
        const auto x =
            winograd_pixels(g.x, at.n, at.y + at_y, at.x + at_x, m + 2, zeros, patch, 0, in);
        lanes.input(x.data(), in, v + t * v_pitch, v_position);
        const auto dy = winograd_pixels(g.dy, at.n, at.y, at.x, m, zeros, patch, task.column, real);
        lanes.gradient(dy.data(), real, y + t * kPanel, y_position, batch * kPanel);
      }
      for (int64_t p = 0; p < positions; ++p) {
        OuterBlock b{};
        b.a = v + p * v_position, b.a_pixel = v_pitch;
        b.b = y + p * y_position, b.b_pixel = kPanel, b.b_panel = batch * kPanel;
        b.rows = 1, b.pixels = count;
        b.out = u + p * u_position, b.out_row = columns, b.out_rows = in, b.columns = columns;
        b.accumulate = first != task.begin;
        tiles.outer(b);
      }
    }
    for (int64_t c = 0; c < in; ++c)
      lanes.weight_gradient(u + c * columns, u_position, columns,
                            sums + task.offset + c * partial.pitch + task.column,
                            in * partial.pitch);
  });
  partial.reduce(sums, reduced, g.dw);
}

}  // namespace tandem::cpu
