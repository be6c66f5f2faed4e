// Where in one block of memory buffers lie that are alive at different times.
#pragma once
#include <cstdint>
#include <span>
#include <vector>

namespace tandem::runtime {

/// Buffers start on cache lines of their own.
inline constexpr int64_t alignment = 64;
constexpr int64_t aligned(int64_t bytes) { return (bytes + alignment - 1) / alignment * alignment; }

/// Memory needed from step `first` to step `last`, both included.
struct Lifetime {
  int64_t bytes;
  int32_t first, last;
};

struct Placement {
  std::vector<int64_t> offsets;  // one a buffer
  int64_t bytes = 0;             // the block's size
  int64_t lower_bound = 0;       // the most bytes that are alive at one step: no block is smaller
  int32_t fullest_step = 0;      // such a step
};

/// No two buffers that are alive at one step overlap. In some order each is put into the tightest
/// gap that holds it; several orders are tried, and what stood highest is moved to the front, until
/// the block is within 0.25 % of the bound or some 10 ms are spent, counted in work, so that the
/// same buffers give the same placement.
Placement place(std::span<const Lifetime> buffers);

}  // namespace tandem::runtime
