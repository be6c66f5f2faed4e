#include "tandem/graph/align.h"

#include <algorithm>

namespace tandem::graph {
namespace {

/// So many insertions and deletions are looked for. Time and memory grow with its square.
constexpr int max_changes = 2000;

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

/// E. W. Myers, "An O(ND) difference algorithm and its variations" (1986): after d changes, how far
/// along a one gets on each diagonal k = place in a - place in b.
Pairs align_middle(std::span<const std::size_t> a, std::span<const std::size_t> b) {
  const int n = int(a.size()), m = int(b.size());
  std::vector<std::vector<int>> rounds;  // by d: the places in a on diagonals -d, -d + 2, …, d
  for (int d = 0; d <= std::min(n + m, max_changes); ++d) {
    std::vector<int> now(std::size_t(d) + 1);
    const auto before = [&](int k) { return rounds.back()[std::size_t((k + d - 1) / 2)]; };
    for (int k = -d; k <= d; k += 2) {
      int x = 0;
      if (d > 0)
        x = k == -d || (k != d && before(k - 1) < before(k + 1)) ? before(k + 1)
                                                                 : before(k - 1) + 1;
      while (x < n && x - k < m && x - k >= 0 && a[std::size_t(x)] == b[std::size_t(x - k)]) ++x;
      now[std::size_t((k + d) / 2)] = x;
      if (x < n || x - k < m) continue;
      // Both ends are reached: back along the way, by the diagonals that were taken.
      Pairs pairs;
      for (int at = x, y = x - k;;) {
        const int diagonal = at - y;
        int from = 0;
        bool is_down = false;
        if (d > 0) {
          is_down =
              diagonal == -d || (diagonal != d && before(diagonal - 1) < before(diagonal + 1));
          from = is_down ? before(diagonal + 1) : before(diagonal - 1) + 1;
        }
        while (at > from) --at, --y, pairs.emplace_back(at, y);
        if (d == 0) break;
        is_down ? --y : --at;
        --d;
        rounds.pop_back();
      }
      std::ranges::reverse(pairs);
      return pairs;
    }
    rounds.push_back(std::move(now));
  }
  return {};
}

}  // namespace

Pairs align(std::span<const std::size_t> a, std::span<const std::size_t> b) {
  std::size_t head = 0, tail = 0;
  const std::size_t shorter = std::min(a.size(), b.size());
  while (head < shorter && a[head] == b[head]) ++head;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  Pairs pairs;
  for (std::size_t i = 0; i < head; ++i) pairs.emplace_back(i, i);
  for (const auto& [i, j] : align_middle(a.subspan(head, a.size() - head - tail),
                                         b.subspan(head, b.size() - head - tail)))
    pairs.emplace_back(head + i, head + j);
  for (std::size_t i = tail; i > 0; --i) pairs.emplace_back(a.size() - i, b.size() - i);
  return pairs;
}

}  // namespace tandem::graph
