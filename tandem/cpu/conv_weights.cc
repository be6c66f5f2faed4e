// The gradient of the weights as sums of outer products, read where the pixels lie.
#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/ceil_div.h"
#include "tandem/cpu/conv_direct.h"
#include "tandem/cpu/conv_pack.h"
#include "tandem/cpu/conv_partial.h"
#include "tandem/cpu/conv_tile.h"

namespace tandem::cpu {
namespace {

constexpr int64_t block_floats = 1 << 15;  // a block of x: 128 KB
constexpr int64_t block_pixels = 256;      // so that a panel of dy, 16 KB, stays in the L1 cache
constexpr int64_t worth_packing = 48;      // rows of the gradient: below, dy is read in place

struct WeightPlan {
  Taps y, x;
  bool x_in_place, dy_in_place;
  int64_t rows, pixels;  // of a block of outputs
  int64_t row_blocks, pixel_blocks, blocks;
  int64_t x_rows, x_pixels;  // what a block reads of x
  PartialGradients partial;

  explicit WeightPlan(const WeightGradient& g)
      : y(g.rows.phase(0).taps), x(g.columns.phase(0).taps) {
    const int64_t in = g.in_channels(), out = g.out_channels();
    const auto inside = [](const ConvAxis& a, const Taps& t) {
      return t.at >= 0 && t.at + t.extent() - 1 + (a.out - 1) * a.stride < a.in;
    };
    x_in_place = g.x.channels_innermost() && inside(g.rows, y) && inside(g.columns, x);
    // Pixels of 2^k channels fall into few sets of the L1 cache, so dy is packed into panels.
    dy_in_place =
        g.dy.channels_innermost() && out % kPanel == 0 && y.count * x.count * in < worth_packing;
    pixels = std::min(g.columns.out, block_pixels);
    x_pixels = (pixels - 1) * g.columns.stride + x.extent();
    const int64_t fit = (block_floats / (x_pixels * in) - y.extent()) / g.rows.stride + 1;
    rows = std::clamp<int64_t>(std::min(fit, block_pixels / pixels), 1, g.rows.out);
    x_rows = (rows - 1) * g.rows.stride + y.extent();
    row_blocks = ceil_div(g.rows.out, rows);
    pixel_blocks = ceil_div(g.columns.out, pixels);
    blocks = g.dy.n() * row_blocks * pixel_blocks;
    partial = PartialGradients(g, blocks, 1);
  }
};

/// Adds one block of one group to a partial gradient of `columns` output channels.
void add_block(const WeightGradient& g, const WeightPlan& plan, const ConvTiles& tiles,
               int64_t group, int64_t column, int64_t block, float* x_patch, float* dy_patch,
               float* sum, bool accumulate) {
  const int64_t in = g.in_channels(), out = g.out_channels();
  const int64_t x0 = block % plan.pixel_blocks * plan.pixels;
  const int64_t y0 = block / plan.pixel_blocks % plan.row_blocks * plan.rows;
  const int64_t n = block / plan.pixel_blocks / plan.row_blocks;

  OuterBlock b;
  b.rows = std::min(plan.rows, g.rows.out - y0);
  b.pixels = std::min(plan.pixels, g.columns.out - x0);
  const int64_t in_y = plan.y.at + y0 * g.rows.stride, in_x = plan.x.at + x0 * g.columns.stride;
  int64_t row = g.x.stride[2], pixel = g.x.stride[3];
  const float* from;
  if (plan.x_in_place) {
    from = g.x.at(n, group * in, in_y, in_x);
  } else {
    const int64_t x_rows = (b.rows - 1) * g.rows.stride + plan.y.extent();
    const int64_t x_pixels = (b.pixels - 1) * g.columns.stride + plan.x.extent();
    copy_patch(g.x, n, group * in, in, in_y, x_rows, in_x, x_pixels, x_patch, in);
    from = x_patch, row = x_pixels * in, pixel = in;
  }
  b.columns = std::min(plan.partial.columns, plan.partial.pitch - column);
  if (plan.dy_in_place) {
    b.b = g.dy.at(n, group * out + column, y0, x0);
    b.b_row = g.dy.stride[2], b.b_pixel = g.dy.stride[3], b.b_panel = kPanel;
  } else {
    b.b = dy_patch, b.b_row = b.pixels * kPanel, b.b_pixel = kPanel;
    b.b_panel = b.rows * b.b_row;
    for (int64_t p = 0; p < panels_of(b.columns); ++p) {
      const int64_t channel = column + p * kPanel;
      copy_patch(g.dy, n, group * out + channel, std::min(kPanel, out - channel), y0, b.rows, x0,
                 b.pixels, dy_patch + p * b.b_panel, kPanel);
    }
  }
  b.a_row = g.rows.stride * row, b.a_pixel = g.columns.stride * pixel;
  b.out_row = plan.partial.pitch;
  b.accumulate = accumulate;
  // Neighbouring taps of a row read neighbouring elements: one long run of tile rows.
  const bool merged = plan.x.at_step == 1 && pixel == in;
  const int64_t runs = merged ? 1 : plan.x.count;
  b.out_rows = merged ? plan.x.count * in : in;
  for (int64_t i = 0; i < plan.y.count; ++i)
    for (int64_t j = 0; j < runs; ++j) {
      b.a = from + i * plan.y.at_step * row + j * plan.x.at_step * pixel;
      b.out = sum + (i * plan.x.count + j) * in * plan.partial.pitch + column;
      tiles.outer(b);
    }
}

}  // namespace

void direct_weight_gradient(const WeightGradient& g, Arena& arena) {
  if (g.dw.numel() == 0) return;
  const WeightPlan plan(g);
  float* sums = arena.take<float>(plan.partial.elements());
  float* reduced = arena.take<float>(plan.partial.reduced_elements(g.dw));
  const int64_t x_patch = plan.x_in_place ? 0 : plan.x_rows * plan.x_pixels * g.in_channels();
  const int64_t dy_patch = plan.dy_in_place ? 0 : plan.rows * plan.pixels * plan.partial.columns;
  float* x_patches = arena.take<float>(x_patch * num_threads());
  float* dy_patches = arena.take<float>(dy_patch * num_threads());
  if (arena.measuring()) return;

  const ConvTiles& tiles = conv_tiles();
  plan.partial.run([&](const PartialGradients::Task& t, int thread) {
    for (int64_t block = t.begin; block < t.end; ++block)
      add_block(g, plan, tiles, t.group, t.column, block, x_patches + thread * x_patch,
                dy_patches + thread * dy_patch, sums + t.offset, block != t.begin);
  });
  plan.partial.reduce(sums, reduced, g.dw);
}

}  // namespace tandem::cpu
