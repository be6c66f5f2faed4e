// The transforms of Winograd's convolution F(m x m, 3 x 3), lanes over channels. A tile is n x n
// inputs (n = m + 2) that yield m x m outputs through n·n products per pair of channels:
//
//   Y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A          (Lavin and Gray, 2015)
//
// F(2) uses the points 0, ±1, ∞; F(4) uses 0, ±1/√2, ±√2, ∞, which halve the rounding error of the
// usual 0, ±1, ±2, ∞ and make the products' scale 1.
#pragma once
#include <cstdint>

#include "tandem/cpu/epilogue.h"

namespace tandem::cpu {

/// Position p of channel c lies at to[p · position + c] in all of these; whole vectors are written,
/// so rows of `to` hold channels in multiples of 16.
struct WinogradLanes {
  /// Bᵀ d B of one tile: d[i·n + j] points to the channels of pixel (i, j).
  void (*input)(const float* const* d, int64_t channels, float* to, int64_t position);

  /// in_registers(Aᵀ m A) of one tile, for the rows x columns of it that lie inside the image.
  /// Position p of channel c is m[p · position + c]; pixel (i, j) goes to out + i·row + j·pixel.
  void (*output)(const float* m, int64_t position, int64_t channels,
                 const RegisterEpilogue& in_registers, float* out, int64_t row, int64_t pixel,
                 int64_t rows, int64_t columns);

  /// G g Gᵀ for `count` rows of 16 channels: row r of tap t at g[(t · count + r) · 16].
  void (*weights)(const float* g, int64_t count, float* to, int64_t position);

  /// A dY Aᵀ of one tile: dy[i·m + j] points to the channels of pixel (i, j). The channels go to
  /// panels of 16, `panel` apart.
  void (*gradient)(const float* const* dy, int64_t channels, float* to, int64_t position,
                   int64_t panel);

  /// Gᵀ u G for one row of `channels` (a multiple of 16): u[p · position + c], tap t of the result
  /// at to[t · tap + c].
  void (*weight_gradient)(const float* u, int64_t position, int64_t channels, float* to,
                          int64_t tap);
};

/// The lanes of this CPU; m is 2 or 4.
const WinogradLanes& winograd_lanes(int m);

}  // namespace tandem::cpu
