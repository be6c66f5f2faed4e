#include "tandem/cpu/conv_direct.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/ceil_div.h"
#include "tandem/cpu/conv_pack.h"
#include "tandem/cpu/conv_tile.h"

namespace tandem::cpu {
namespace {

constexpr int64_t patch_floats = 1 << 15;  // a block's input: 128 KB, a part of the L2 cache
constexpr int64_t max_pixels = 256;        // of one row of a block
constexpr int64_t enough_tasks = 8;        // for a few threads to end together

/// A 1x1 convolution over dense pixels is one long row: a matrix product.
GatherConv with_merged_rows(const GatherConv& conv) {
  const auto plain = [](const ConvAxis& a) {
    return a.kernel == 1 && a.stride == 1 && a.padding == 0 && a.in == a.out;
  };
  const auto dense = [](const auto& image) {
    return image.stride[2] == image.w() * image.stride[3] &&
           (image.n() == 1 || image.stride[0] == image.h() * image.stride[2]);
  };
  GatherConv merged = conv;
  if (!plain(conv.y) || !plain(conv.x) || !dense(conv.in) || !dense(conv.out)) return merged;
  const int64_t pixels = conv.in.n() * conv.in.h() * conv.in.w();
  merged.in.size = {1, conv.in.c(), 1, pixels};
  merged.out.size = {1, conv.out.c(), 1, pixels};
  merged.y.in = merged.y.out = 1;
  merged.x.in = merged.x.out = pixels;
  return merged;
}

bool stays_inside(const Phase& p, int64_t in) {
  const int64_t last = p.taps.at + p.taps.extent() - 1 + (p.count - 1) * p.in_step;
  return p.taps.count == 0 || (p.taps.at >= 0 && last < in);
}

/// One phase, cut into blocks that depend on the shape alone.
struct PhasePlan {
  Phase y, x;
  bool in_place;
  int64_t rows, pixels;  // of a block
  int64_t row_blocks, pixel_blocks;
  int64_t in_rows, in_pixels;      // what a block reads
  int64_t column_blocks, columns;  // output channels of a task

  PhasePlan(const GatherConv& conv, int64_t ry, int64_t rx)
      : y(conv.y.phase(ry)), x(conv.x.phase(rx)) {
    in_place =
        conv.in.channels_innermost() && stays_inside(y, conv.y.in) && stays_inside(x, conv.x.in);
    pixels = std::min(x.count, max_pixels);
    pixel_blocks = ceil_div(x.count, pixels);
    in_pixels = (pixels - 1) * x.in_step + x.taps.extent();
    const int64_t fit = patch_floats / (in_pixels * conv.in_channels()) - y.taps.extent();
    const int64_t fair = ceil_div(y.count * conv.in.n() * pixel_blocks * conv.groups, enough_tasks);
    rows = std::clamp<int64_t>(std::min(fit / y.in_step + 1, fair), 1, y.count);
    row_blocks = ceil_div(y.count, rows);
    in_rows = (rows - 1) * y.in_step + y.taps.extent();
    const int64_t tasks = conv.in.n() * row_blocks * pixel_blocks * conv.groups;
    const int64_t panels = panels_of(conv.out_channels());
    column_blocks = tasks >= enough_tasks
                        ? 1
                        : std::clamp<int64_t>(panels / 2, 1, ceil_div(enough_tasks, tasks));
    columns = ceil_div(panels, column_blocks) * kPanel;
    column_blocks = ceil_div(conv.out_channels(), columns);
  }

  int64_t packed(const GatherConv& conv) const {
    return panels_of(conv.out_channels()) * kPanel * y.taps.count * x.taps.count *
           conv.in_channels();
  }
  int64_t patch(const GatherConv& conv) const {
    return in_place ? 0 : in_rows * in_pixels * conv.in_channels();
  }
};

void pack_phase(const GatherConv& conv, const PhasePlan& plan, float* to) {
  for (int64_t g = 0; g < conv.groups; ++g)
    pack_weights(conv, g, plan.y.taps, plan.x.taps, to + g * plan.packed(conv));
}

void run_phase(const GatherConv& conv, const PhasePlan& plan, const float* weights,
               float* patches) {
  const Phase &y = plan.y, &x = plan.x;
  const int64_t in = conv.in_channels(), out = conv.out_channels(), packed = plan.packed(conv);

  const ConvTiles& tiles = conv_tiles();
  const int64_t tasks = conv.groups * conv.in.n() * plan.row_blocks * plan.pixel_blocks;
  parallel_tasks(tasks * plan.column_blocks, [&](int64_t task, int thread) {
    const auto next = [&task](int64_t count) {
      const int64_t i = task % count;
      task /= count;
      return i;
    };
    const int64_t column = next(plan.column_blocks) * plan.columns;
    const int64_t x0 = next(plan.pixel_blocks) * plan.pixels;
    const int64_t y0 = next(plan.row_blocks) * plan.rows, g = next(conv.groups), n = task;

    RowsBlock b;
    b.rows = std::min(plan.rows, y.count - y0);
    b.pixels = std::min(plan.pixels, x.count - x0);
    const int64_t in_y = y.taps.at + y0 * y.in_step, in_x = x.taps.at + x0 * x.in_step;
    int64_t row = conv.in.stride[2], pixel = conv.in.stride[3];
    if (plan.in_place) {
      b.in = conv.in.at(n, g * in, in_y, in_x);
    } else {
      float* patch = patches + thread * plan.patch(conv);
      const int64_t in_rows = (b.rows - 1) * y.in_step + y.taps.extent();
      const int64_t in_pixels = (b.pixels - 1) * x.in_step + x.taps.extent();
      copy_patch(conv.in, n, g * in, in, in_y, in_rows, in_x, in_pixels, patch, in);
      b.in = patch, row = in_pixels * in, pixel = in;
    }
    b.in_row = y.in_step * row, b.in_pixel = x.in_step * pixel;
    b.runs = {y.taps.count, y.taps.at_step * row, x.taps.count, x.taps.at_step * pixel, in};
    if (x.taps.at_step == 1 && pixel == in) b.runs.inner = 1, b.runs.length = x.taps.count * in;
    b.panel = y.taps.count * x.taps.count * in * kPanel;
    b.weights = weights + g * packed + column / kPanel * b.panel;
    b.in_registers = conv.in_registers.from(g * out + column);
    b.out = conv.out.at(n, g * out + column, y.first + y0 * y.step, x.first + x0 * x.step);
    b.out_row = conv.out.stride[2] * y.step, b.out_pixel = conv.out.stride[3] * x.step;
    b.columns = std::min(plan.columns, out - column);
    tiles.rows(b);
    if (b.pixels == conv.out.w())  // rows without a gap
      conv.finish(n, y0, 0, b.rows * b.pixels, g * out + column, b.columns);
    else
      for (int64_t i = 0; i < b.rows; ++i)
        conv.finish(n, y0 + i, x0, b.pixels, g * out + column, b.columns);
  });
}

}  // namespace

void direct_conv(const GatherConv& given, Arena& arena) {
  if (given.out.numel() == 0) return;
  const GatherConv conv = with_merged_rows(given);
  int64_t packed = 0, patch = 0;
  for (int64_t ry = 0; ry < conv.y.phases(); ++ry)
    for (int64_t rx = 0; rx < conv.x.phases(); ++rx) {
      const PhasePlan plan(conv, ry, rx);
      packed = std::max(packed, plan.packed(conv));
      patch = std::max(patch, plan.patch(conv));
    }
  float* weights = conv.packed ? nullptr : arena.take<float>(packed * conv.groups);
  float* patches = arena.take<float>(patch * num_threads());
  if (arena.measuring()) return;
  for (int64_t ry = 0; ry < conv.y.phases(); ++ry)
    for (int64_t rx = 0; rx < conv.x.phases(); ++rx) {
      const PhasePlan plan(conv, ry, rx);
      if (weights) pack_phase(conv, plan, weights);
      run_phase(conv, plan, weights ? weights : conv.packed, patches);
    }
}

int64_t direct_packed_size(const GatherConv& conv) {
  return PhasePlan(conv, 0, 0).packed(conv) * conv.groups;
}
void direct_pack(const GatherConv& conv, float* packed) {
  pack_phase(conv, PhasePlan(conv, 0, 0), packed);
}

}  // namespace tandem::cpu
