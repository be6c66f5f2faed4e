// What untrusted programs may not exceed.
#pragma once
#include <cstddef>

namespace tandem::graph {

inline constexpr int max_depth = 32;                            // bodies within bodies
inline constexpr std::size_t max_name = 1000;                   // characters of a name
inline constexpr std::size_t max_text = std::size_t(16) << 20;  // bytes of a text
inline constexpr int max_shown_elements = 16;                   // of a constant in the text

}  // namespace tandem::graph
