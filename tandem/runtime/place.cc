#include "tandem/runtime/place.h"

#include <algorithm>
#include <numeric>

namespace tandem::runtime {
namespace {

/// Buffers already placed, with the steps at which they are alive.
struct Placed {
  int64_t begin, end;
  int32_t first, last;
};

struct Attempt {
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
  int32_t highest = -1;  // the buffer that ends there
};

/// Gives up, with too many bytes, when it is no better than `limit`.
Attempt place_in_order(std::span<const Lifetime> buffers, std::span<const int32_t> order,
                       int64_t limit) {
  Attempt attempt{std::vector<int64_t>(buffers.size())};
  std::vector<Placed> placed;  // by where they begin
  placed.reserve(buffers.size());
  for (int32_t b : order) {
    const Lifetime& wanted = buffers[std::size_t(b)];
    const int64_t bytes = aligned(wanted.bytes);
    if (!bytes) continue;
    int64_t top = 0, best = -1, best_gap = INT64_MAX;
    for (const Placed& p : placed) {
      if (p.last < wanted.first || p.first > wanted.last) continue;
      const int64_t gap = p.begin - top;
      if (gap >= bytes && gap < best_gap) best = top, best_gap = gap;
      top = std::max(top, p.end);
    }
    if (best < 0) best = top;
    attempt.offsets[std::size_t(b)] = best;
    if (best + bytes > attempt.bytes) attempt.bytes = best + bytes, attempt.highest = b;
    if (attempt.bytes >= limit) return attempt;
    const Placed now{best, best + bytes, wanted.first, wanted.last};
    placed.insert(
        std::upper_bound(placed.begin(), placed.end(), now,
                         [](const Placed& x, const Placed& y) { return x.begin < y.begin; }),
        now);
  }
  return attempt;
}

void find_lower_bound(std::span<const Lifetime> buffers, Placement& placement) {
  int32_t steps = 0;
  for (const Lifetime& b : buffers) steps = std::max(steps, b.last + 1);
  std::vector<int64_t> change(std::size_t(steps) + 1);
  for (const Lifetime& b : buffers) {
    change[std::size_t(b.first)] += aligned(b.bytes);
    change[std::size_t(b.last) + 1] -= aligned(b.bytes);
  }
  int64_t alive = 0;
  for (int32_t s = 0; s < steps; ++s) {
    alive += change[std::size_t(s)];
    if (alive > placement.lower_bound) placement.lower_bound = alive, placement.fullest_step = s;
  }
}

}  // namespace

Placement place(std::span<const Lifetime> buffers) {
  Placement best;
  find_lower_bound(buffers, best);
  best.bytes = INT64_MAX;

  std::vector<int32_t> order(buffers.size());
  std::iota(order.begin(), order.end(), 0);
  const auto by = [&](auto key) {
    std::ranges::sort(order, [&](int32_t x, int32_t y) {
      const auto a = key(buffers[std::size_t(x)]), b = key(buffers[std::size_t(y)]);
      return a != b ? a > b : x < y;
    });
  };
  const auto steps = [](const Lifetime& b) { return double(b.last - b.first) + 1; };
  const int64_t enough = best.lower_bound + best.lower_bound / 400;
  const int64_t n = int64_t(buffers.size()) + 1;
  const int64_t tries = std::clamp<int64_t>(8'000'000 / (n * n), 6, 100);  // some 10 ms
  for (int64_t t = 0; t < tries && best.bytes > enough; ++t) {
    if (t == 0)
      by(steps);
    else if (t == 1)
      by([&](const Lifetime& b) { return double(b.bytes) * steps(b); });
    else if (t == 2)
      by([](const Lifetime& b) { return b.bytes; });
    Attempt attempt = place_in_order(buffers, order, best.bytes);
    if (attempt.bytes < best.bytes) {
      best.bytes = attempt.bytes;
      best.offsets = std::move(attempt.offsets);
    }
    // From the order by size on, what stood too high goes first.
    const auto at = std::ranges::find(order, attempt.highest);
    if (t >= 2 && at != order.end()) std::rotate(order.begin(), at, at + 1);
  }
  return best;
}

}  // namespace tandem::runtime
