// Weights and image patches, rearranged for the register tiles.
#pragma once
#include <cstdint>

#include "tandem/cpu/conv_gather.h"

namespace tandem::cpu {

/// to = from, where both are weights [O, I, KH, KW] of the same size. Fast when one has its output
/// channels side by side over [I][KH][KW], and the other is contiguous: a transposition.
void copy_weights(const Image<const float>& from, const Image<float>& to);

/// The weights of `group` for the taps of a phase, in panels [out/16][y taps][x taps][in][16], zero
/// beyond the last output channel. `to` holds panels_of(out) · 16 · taps · in elements.
void pack_weights(const GatherConv& conv, int64_t group, const Taps& y, const Taps& x, float* to);

/// Copies rows x pixels of image n from (y, x), any of which may lie outside (zeros), and
/// `channels` channels from `channel`, to [rows][pixels][pitch]; zeros fill the pitch.
void copy_patch(const Image<const float>& image, int64_t n, int64_t channel, int64_t channels,
                int64_t y, int64_t rows, int64_t x, int64_t pixels, float* to, int64_t pitch);

}  // namespace tandem::cpu
