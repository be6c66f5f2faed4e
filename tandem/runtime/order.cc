#include "tandem/runtime/order.h"

#include <algorithm>
#include <optional>

#include "tandem/runtime/control.h"
#include "tandem/runtime/reuse.h"

namespace tandem::runtime {
namespace {

class Ordering {
 public:
  explicit Ordering(Draft& draft) : plan_(draft.plan), kept_(plan_.buffers.size()) {
    find_lifetimes(plan_);
    for (int32_t r : draft.outputs) kept_[buffer(r)] = true;
    for (const Update& u : draft.updates) {
      kept_[buffer(u.ref)] = true;
      updates_.push_back({buffer(u.ref), buffer(plan_.state[std::size_t(u.state)].ref)});
    }
  }

  void run() {
    std::vector<std::size_t> order;
    for (std::size_t s = 0; s < plan_.steps.size(); ++s) {
      order.push_back(s);
      const std::optional<std::vector<std::size_t>> last_read = moves_up(s);
      if (!last_read) continue;
      auto at = order.end() - 1;
      while (at != order.begin() && may_precede(s, *(at - 1), *last_read)) --at;
      std::rotate(at, order.end() - 1, order.end());
    }
    std::vector<Step> steps;
    for (std::size_t s : order) steps.push_back(std::move(plan_.steps[s]));
    plan_.steps = std::move(steps);
  }

 private:
  std::size_t buffer(int32_t ref) const { return std::size_t(plan_.refs[std::size_t(ref)].buffer); }

  /// The state that this result replaces in place, or `none`.
  static constexpr std::size_t none = std::size_t(-1);
  std::size_t replaced(const Step& step, int32_t result) const {
    for (const auto& [fresh, old] : updates_)
      if (fresh == buffer(result))
        for (std::size_t o = 0; o < step.operands.size(); ++o)
          if (step.operands[o] >= 0 && buffer(step.operands[o]) == old) return old;
    return none;
  }

  /// If step s frees much and takes little, the buffers that it must be the last to read. What
  /// takes as much as it frees would add both to what others have not freed yet. A step that takes
  /// next to nothing, as an optimizer's counter, moves for the sake of those that wait for it.
  std::optional<std::vector<std::size_t>> moves_up(std::size_t s) const {
    const Step& step = plan_.steps[s];
    if (is_control(*step.op.info)) return {};
    std::vector<std::size_t> last_read;
    int64_t freed = 0, taken = 0;
    for (int32_t r : step.operands) {
      if (r < 0) continue;
      const std::size_t b = buffer(r);
      const Buffer& operand = plan_.buffers[b];
      if (operand.home != Home::arena || operand.last != int32_t(s) || kept_[b] ||
          std::ranges::count(last_read, b))
        continue;
      freed += operand.bytes;
      last_read.push_back(b);
    }
    for (int32_t r : step.results) {
      if (const std::size_t old = replaced(step, r); old != none)
        last_read.push_back(old);
      else
        taken += plan_.buffers[buffer(r)].bytes;
    }
    if (taken > std::max(freed / 8, alignment)) return {};
    return last_read;
  }

  /// May step s come before the step `other`, and still be the last to read those buffers?
  bool may_precede(std::size_t s, std::size_t other, const std::vector<std::size_t>& last_read) {
    const Step &step = plan_.steps[s], &before = plan_.steps[other];
    for (int32_t r : before.results)
      for (int32_t o : step.operands)
        if (o >= 0 && buffer(o) == buffer(r)) return false;
    for (int32_t o : before.operands)
      if (o >= 0 && std::ranges::count(last_read, buffer(o))) return false;
    return true;
  }

  Plan& plan_;
  std::vector<bool> kept_;                                    // by buffer: read after the last step
  std::vector<std::pair<std::size_t, std::size_t>> updates_;  // new buffer, state's buffer
};

}  // namespace

void order_steps(Draft& draft) { Ordering(draft).run(); }

}  // namespace tandem::runtime
