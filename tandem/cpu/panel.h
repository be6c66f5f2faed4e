// The layout of a right operand that every matrix kernel reads.
#pragma once
#include <cstddef>

namespace tandem::cpu {

/// Columns of a panel: one cache line. A right operand [K, N] in panels lies as
/// [ceil(N / panel_width)][K][panel_width], zero beyond column N, so that a tile reads it front to
/// back; targets with shorter vectors take a panel in pieces, AVX-512 tiles take two panels.
template <class T>
constexpr size_t panel_width = 64 / sizeof(T);

}  // namespace tandem::cpu
