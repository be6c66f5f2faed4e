// What the register tiles of convolution are given: plain numbers, the same for every target.
#pragma once
#include <cstdint>

#include "tandem/cpu/epilogue.h"
#include "tandem/cpu/panel.h"

namespace tandem::cpu {

/// Output channels come in panels of this many, zero-padded, whatever the vector width.
constexpr int64_t kPanel = panel_width<float>;

constexpr int64_t panels_of(int64_t channels) { return (channels + kPanel - 1) / kPanel; }

/// outer x inner runs of `length` adjacent elements, from one starting point.
struct Runs {
  int64_t outer, outer_step, inner, inner_step, length;
};

/// out[y][x][·] = in_registers(Σ_runs in[y·in_row + x·in_pixel + run] · weights[panel][run][16]).
struct RowsBlock {
  const float* in;
  int64_t in_row, in_pixel;
  Runs runs;
  const float* weights;  // panels of [runs][16], `panel` elements apart
  int64_t panel;
  RegisterEpilogue in_registers;  // of the columns
  float* out;
  int64_t out_row, out_pixel, columns;
  int64_t rows, pixels;
};

/// out[i][·] (+)= Σ over rows x pixels of a[row, pixel][i] · b[row, pixel][·]. b is read in
/// whole panels, b_panel apart.
struct OuterBlock {
  const float* a;
  int64_t a_row, a_pixel;
  const float* b;
  int64_t b_row, b_pixel, b_panel;
  int64_t rows, pixels;
  float* out;
  int64_t out_row, out_rows, columns;
  bool accumulate;
};

/// The tiles of this CPU.
struct ConvTiles {
  void (*rows)(const RowsBlock&);
  void (*outer)(const OuterBlock&);
};
const ConvTiles& conv_tiles();

}  // namespace tandem::cpu
