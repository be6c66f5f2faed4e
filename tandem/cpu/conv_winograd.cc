#include "tandem/cpu/conv_winograd.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/ceil_div.h"
#include "tandem/cpu/conv_pack.h"
#include "tandem/cpu/conv_tile.h"
#include "tandem/cpu/winograd_lanes.h"
#include "tandem/cpu/winograd_tiles.h"

namespace tandem::cpu {
namespace {

constexpr int64_t winograd_tasks = 4;
constexpr int64_t least_columns = 64;  // of a task: below, the input is transformed too often

/// The tile rows that fit a task's share, and how the output channels are split between tasks.
struct WinogradPlan {
  WinogradTiles tiles;
  int64_t count, batch, batches;  // tiles in all, of a batch
  int64_t in, out, panels;
  int64_t columns, column_blocks;
  int64_t v_pitch, m_pitch;                    // elements from tile to tile
  int64_t v_position, m_position, u_position;  // and from position to position
  int64_t positions;

  WinogradPlan(int m, const GatherConv& conv) : tiles{m, conv.out.h(), conv.out.w()} {
    in = conv.in_channels(), out = conv.out_channels(), panels = panels_of(out);
    count = conv.out.n() * tiles.per_image();
    v_pitch = winograd_pitch(in);
    batch = winograd_batch(m, v_pitch + winograd_pitch(std::min<int64_t>(out, 256)));
    batches = ceil_div(count, batch);
    batch = ceil_div(count, batches);
    const int64_t wanted = batches >= winograd_tasks ? 1 : ceil_div(winograd_tasks, batches);
    columns = std::max(least_columns, ceil_div(panels, wanted) * kPanel);
    columns = std::min(columns, panels * kPanel);
    column_blocks = ceil_div(panels * kPanel, columns);
    m_pitch = winograd_pitch(columns);
    v_position = winograd_position(batch * v_pitch);
    m_position = winograd_position(batch * m_pitch);
    u_position = winograd_position(panels * in * kPanel);
    positions = (m + 2) * (m + 2);
  }
};

/// U[position][panel][in][16] = G w Gᵀ, through weights packed as for a direct convolution.
void transform_weights(const GatherConv& conv, const WinogradPlan& plan, const WinogradLanes& lanes,
                       float* packed, float* u) {
  pack_weights(conv, 0, conv.y.phase(0).taps, conv.x.phase(0).taps, packed);
  const int64_t panel = plan.in * kPanel;
  parallel_for(plan.panels, std::max<int64_t>(1, (1 << 13) / panel),
               [&](int64_t begin, int64_t end) {
                 for (int64_t p = begin; p < end; ++p)
                   lanes.weights(packed + p * 9 * panel, plan.in, u + p * panel, plan.u_position);
               });
}

}  // namespace

int winograd_size(const ConvAxis& y, const ConvAxis& x, int64_t groups, int64_t in_channels,
                  int64_t out_channels, int64_t batch) {
  for (const ConvAxis& a : {y, x})
    if (a.kernel != 3 || a.stride != 1 || a.dilation != 1 || a.padding < 0 || a.padding > 2)
      return 0;
  if (groups != 1 || in_channels < 16 || out_channels < 16) return 0;
  const auto used = [&](int m) {  // outputs per output computed
    const WinogradTiles tiles{m, y.out, x.out};
    return double(y.out * x.out) / double(tiles.per_image() * m * m);
  };
  // Transforming the weights must pay: it costs about as much as the products of ten tiles.
  const int64_t tiles = batch * WinogradTiles{4, y.out, x.out}.per_image();
  if (tiles < 16) return 0;
  if (in_channels >= 256 && tiles < 64) return used(2) > 0.6 ? 2 : 0;
  return used(4) > 0.5 ? 4 : used(2) > 0.6 ? 2 : 0;
}

void winograd_conv(int m, const GatherConv& conv, Arena& arena) {
  const WinogradPlan plan(m, conv);
  const int64_t v_size = plan.positions * plan.v_position;
  const int64_t m_size = plan.positions * plan.m_position;
  const int64_t patch_size = conv.in.channels_innermost() ? 0 : plan.positions * plan.in;
  const int64_t threads = num_threads();
  float *packed = nullptr, *transformed = nullptr;
  if (!conv.packed) {
    packed = arena.take<float>(9 * plan.panels * plan.in * kPanel);
    transformed = arena.take<float>(plan.positions * plan.u_position);
  }
  float* zeros = arena.take<float>(plan.v_pitch);
  float* vs = arena.take<float>(v_size * threads);
  float* ms = arena.take<float>(m_size * threads);
  float* patches = arena.take<float>(patch_size * threads);
  if (arena.measuring()) return;

  const WinogradLanes& lanes = winograd_lanes(m);
  const ConvTiles& tiles = conv_tiles();
  std::fill_n(zeros, plan.v_pitch, 0.0f);
  if (!conv.packed) transform_weights(conv, plan, lanes, packed, transformed);
  const float* const u = conv.packed ? conv.packed : transformed;
  const int64_t at_y = conv.y.phase(0).taps.at, at_x = conv.x.phase(0).taps.at;

  parallel_tasks(plan.batches * plan.column_blocks, [&](int64_t task, int thread) {
    float *v = vs + thread * v_size, *products = ms + thread * m_size;
    const int64_t first = task / plan.column_blocks * plan.batch;
    const int64_t count = std::min(plan.batch, plan.count - first);
    const int64_t column = task % plan.column_blocks * plan.columns;
    const int64_t columns = std::min(plan.columns, plan.out - column);

    for (int64_t t = 0; t < count; ++t) {
      const auto at = plan.tiles.place(first + t);
      const auto pixels = winograd_pixels(conv.in, at.n, at.y + at_y, at.x + at_x, m + 2, zeros,
                                          patches + thread * patch_size, 0, plan.in);
      lanes.input(pixels.data(), plan.in, v + t * plan.v_pitch, plan.v_position);
    }
    for (int64_t p = 0; p < plan.positions; ++p) {
      RowsBlock b{};
      b.in = v + p * plan.v_position, b.in_pixel = plan.v_pitch;
      b.runs = {1, 0, 1, 0, plan.in};
      b.panel = plan.in * kPanel;
      b.weights = u + p * plan.u_position + column / kPanel * b.panel;
      b.out = products + p * plan.m_position, b.out_pixel = plan.m_pitch;
      b.columns = panels_of(columns) * kPanel;
      b.rows = 1, b.pixels = count;
      tiles.rows(b);
    }
    for (int64_t t = 0; t < count; ++t) {
      const auto at = plan.tiles.place(first + t);
      lanes.output(
          products + t * plan.m_pitch, plan.m_position, columns, conv.in_registers.from(column),
          conv.out.at(at.n, column, at.y, at.x), conv.out.stride[2], conv.out.stride[3],
          std::min<int64_t>(m, conv.out.h() - at.y), std::min<int64_t>(m, conv.out.w() - at.x));
    }
    for (int64_t t = 0; conv.epilogue && t < count;) {  // tiles beside each other together
      const auto at = plan.tiles.place(first + t);
      int64_t end = at.x;
      for (auto next = at; next.n == at.n && next.y == at.y && t < count;
           next = plan.tiles.place(first + ++t))
        end = std::min<int64_t>(next.x + m, conv.out.w());
      for (int64_t y = at.y; y < std::min<int64_t>(at.y + m, conv.out.h()); ++y)
        conv.finish(at.n, y, at.x, end - at.x, column, columns);
    }
  });
}

int64_t winograd_packed_size(int m, const GatherConv& conv) {
  const WinogradPlan plan(m, conv);
  return plan.positions * plan.u_position;
}

void winograd_pack(int m, const GatherConv& conv, Arena& arena, float* packed) {
  const WinogradPlan plan(m, conv);
  float* taps = arena.take<float>(9 * plan.panels * plan.in * kPanel);
  if (!arena.measuring()) transform_weights(conv, plan, winograd_lanes(m), taps, packed);
}

}  // namespace tandem::cpu
