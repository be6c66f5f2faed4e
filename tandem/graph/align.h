// Which entries of two sequences are the same.
#pragma once
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

namespace tandem::graph {

/// Pairs (place in a, place in b) of equal entries, both rising: a longest such list, but where
/// more than some thousand entries differ, in which case the middle stays unpaired.
std::vector<std::pair<std::size_t, std::size_t>> align(std::span<const std::size_t> a,
                                                       std::span<const std::size_t> b);

}  // namespace tandem::graph
