#include "tandem/passes/rematerialize.h"

#include <algorithm>
#include <iterator>

#include "tandem/ops/activation.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/create.h"
#include "tandem/ops/embedding.h"
#include "tandem/ops/norm.h"
#include "tandem/ops/softmax.h"
#include "tandem/passes/liveness.h"
#include "tandem/passes/work.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::Value;

constexpr int max_chain = 4;
/// Small values of large ops are not worth it.
constexpr double most_work_a_byte = 32 * flops_a_byte;

bool is_cheap(const Instruction& i) {
  static const OpInfo* const others[] = {
      &info_of<Cast>,      &info_of<Full>,           &info_of<Clone>,     &info_of<Where>,
      &info_of<BatchNorm>, &info_of<BatchNormTrain>, &info_of<LayerNorm>, &info_of<NativeLayerNorm>,
      &info_of<RmsNorm>,   &info_of<NativeRmsNorm>,  &info_of<Softmax>,   &info_of<LogSoftmax>,
      &info_of<Embedding>,
  };
  return i.bodies.empty() && (i.info().elementwise || std::ranges::count(others, i.op.info));
}

/// A buffer that is alive at the peak without being read there, and what it takes to make it again
/// where it is read next.
struct Candidate {
  int buffer;
  int next_use;
  std::vector<int> chain;  // instructions to repeat, in order
  int length;              // of the chain without views
  int64_t saved;
  double work;        // of the chain
  int gradient = -1;  // of an activation of the chain, which is made with it
};

class Rematerialization {
 public:
  explicit Rematerialization(const Program& program)
      : program_(program), live_(estimate_liveness(program)), maker_(program.types.size(), -1) {
    for (std::size_t n = 0; n < program.instructions.size(); ++n)
      for (Value v : program.instructions[n].results) maker_[std::size_t(v)] = int(n);
    find_uses();
  }

  const Liveness& live() const { return live_; }

  /// Those that save most for their work first.
  std::vector<Candidate> candidates() const {
    std::vector<Candidate> found;
    for (int b = 0; b < int(live_.buffers.size()); ++b)
      if (auto candidate = consider(b)) found.push_back(std::move(*candidate));
    std::ranges::sort(found, [](const Candidate& x, const Candidate& y) {
      const double a = double(x.saved) / (x.work + 1), b = double(y.saved) / (y.work + 1);
      return a != b ? a > b : x.saved != y.saved ? x.saved > y.saved : x.buffer < y.buffer;
    });
    return found;
  }

  /// The program with the chain repeated before the next use, or behind the gradient that it is
  /// made with, for it and all later ones.
  Program repeat(const Candidate& c) const {
    Program to = program_;
    std::vector<Value> again(program_.types.size(), no_value);
    std::vector<Instruction> inserted;
    const auto make = [&](int n) {
      Instruction copy = program_.instructions[std::size_t(n)];
      for (Value& v : copy.operands)
        if (v != no_value && again[std::size_t(v)] != no_value) v = again[std::size_t(v)];
      for (Value& v : copy.results) {
        const Value old = v;
        again[std::size_t(old)] = v = to.add_value(program_.type(old));
      }
      inserted.push_back(std::move(copy));
    };
    for (int n : c.chain) make(n);
    for (std::size_t n = std::size_t(c.next_use); n < to.instructions.size(); ++n)
      for (Value& v : to.instructions[n].operands)
        if (v != no_value && live_.buffer_of[std::size_t(v)] == c.buffer &&
            again[std::size_t(v)] != no_value)
          v = again[std::size_t(v)];
    // A gradient comes up in front of the next use, with what it needs.
    const std::vector<char> needed = c.gradient >= 0 ? needed_for(c) : std::vector<char>();
    std::vector<Instruction> before = std::move(to.instructions), behind;
    to.instructions.clear();
    for (std::size_t n = 0; n < before.size(); ++n) {
      const bool is_before = int(n) < c.next_use || (c.gradient >= 0 && needed[n]);
      (is_before ? to.instructions : behind).push_back(std::move(before[n]));
    }
    std::ranges::move(inserted, std::back_inserter(to.instructions));
    std::ranges::move(behind, std::back_inserter(to.instructions));
    return to;
  }

 private:
  void find_uses() {
    uses_.resize(live_.buffers.size());
    for (std::size_t n = 0; n < program_.instructions.size(); ++n)
      for (Value v : program_.instructions[n].operands)
        if (v != no_value) uses_[std::size_t(live_.buffer_of[std::size_t(v)])].push_back(int(n));
    leaves_.resize(live_.buffers.size());
    for (const auto* results : {&program_.outputs, &program_.updates})
      for (const graph::Output& o : *results)
        leaves_[std::size_t(live_.buffer_of[std::size_t(o.value)])] = 1;
  }

  std::optional<Candidate> consider(int b) const {
    const LiveBuffer& buffer = live_.buffers[std::size_t(b)];
    const int peak = live_.peak_at;
    if (!buffer.counts || leaves_[std::size_t(b)] || buffer.first >= peak || buffer.last <= peak)
      return {};
    const auto& uses = uses_[std::size_t(b)];
    if (std::ranges::binary_search(uses, peak)) return {};
    const auto next = std::ranges::upper_bound(uses, peak);
    Candidate c{b, *next, {}, 0, buffer.bytes, 0};
    for (auto n = next; n != uses.end(); ++n)
      for (Value v : program_.instructions[std::size_t(*n)].operands)
        if (v != no_value && live_.buffer_of[std::size_t(v)] == b &&
            maker_[std::size_t(v)] < c.next_use && !add(c, maker_[std::size_t(v)]))
          return {};
    std::ranges::sort(c.chain);
    for (int n : c.chain) c.work += estimate_work(program_, program_.instructions[std::size_t(n)]);
    find_gradient(c);
    const bool is_small = c.work > most_work_a_byte * double(c.saved);
    return c.saved > 0 && !is_small ? std::optional(std::move(c)) : std::nullopt;
  }

  /// An activation at the chain's end that can be made with its gradient costs what it writes.
  void find_gradient(Candidate& c) const {
    const auto last = std::ranges::find_if(c.chain.rbegin(), c.chain.rend(), [&](int n) {
      return !program_.instructions[std::size_t(n)].info().view;
    });
    if (last == c.chain.rend()) return;
    const Instruction& activation = program_.instructions[std::size_t(*last)];
    const OpInfo* info = gradient_from_input(activation.info());
    if (!info) return;
    const Value x = activation.operands[0];
    for (int n : uses_[std::size_t(live_.buffer_of[std::size_t(x)])]) {
      const Instruction& i = program_.instructions[std::size_t(n)];
      if (n <= c.next_use || i.op.info != info || i.operands[1] != x) continue;
      c.gradient = n;
      // What it needs may be what is to be made.
      const std::vector<char> needed = needed_for(c);
      for (int use : uses_[std::size_t(c.buffer)])
        if (use >= c.next_use && needed[std::size_t(use)]) c.gradient = -1;
      if (c.gradient < 0) return;
      c.work -=
          estimate_work(program_, activation) - flops_a_byte * double(bytes(activation.result()));
      return;
    }
  }

  /// By instruction: is it the candidate's gradient, or needed for it and not in front of the next
  /// use?
  std::vector<char> needed_for(const Candidate& c) const {
    std::vector<char> needed(program_.instructions.size());
    needed[std::size_t(c.gradient)] = 1;
    for (int n = c.gradient; n >= c.next_use; --n) {
      if (!needed[std::size_t(n)]) continue;
      for (Value v : program_.instructions[std::size_t(n)].operands)
        if (v != no_value && maker_[std::size_t(v)] >= c.next_use)
          needed[std::size_t(maker_[std::size_t(v)])] = 1;
    }
    return needed;
  }

  /// Instruction n joins the chain, and before it what makes its operands.
  bool add(Candidate& c, int n) const {
    if (std::ranges::count(c.chain, n)) return true;
    const Instruction& i = program_.instructions[std::size_t(n)];
    if (!i.info().view && (!is_cheap(i) || c.length++ >= max_chain)) return false;
    for (Value v : i.operands)
      if (v != no_value && !have(c, v)) return false;
    c.chain.push_back(n);
    return true;
  }

  /// Sees to it that v can be read at the next use.
  bool have(Candidate& c, Value v) const {
    const int b = live_.buffer_of[std::size_t(v)];
    const LiveBuffer& buffer = live_.buffers[std::size_t(b)];
    if (!buffer.counts || (b != c.buffer && buffer.last >= c.next_use)) return true;
    const Candidate before = c;
    if (add(c, maker_[std::size_t(v)])) return true;
    c = before;
    if (b == c.buffer) return false;
    // It is kept longer: worth it where it is smaller.
    if (buffer.last < live_.peak_at) c.saved -= buffer.bytes;
    return true;
  }

  int64_t bytes(Value v) const {
    const Type type = program_.type(v).at({});
    return type.shape.product() * size_of(type.dtype);
  }

  const Program& program_;
  const Liveness live_;
  std::vector<int> maker_;              // by value; -1: a parameter
  std::vector<std::vector<int>> uses_;  // by buffer
  std::vector<char> leaves_;            // by buffer: an output or a state's new value
};

/// How often the peak is reached, so that lowering one of several counts as a success.
std::pair<int64_t, std::ptrdiff_t> height(const Liveness& live) {
  return {live.peak, std::ranges::count(live.bytes_at, live.peak)};
}

}  // namespace

Program rematerialize(Program program, int64_t budget, double least_gain) {
  const int64_t peak = estimate_liveness(program).peak;
  const double all_work = estimate_work(program);
  const auto is_worth = [&](int64_t saved, double work) {
    return double(saved) * all_work >= least_gain * work * double(peak);
  };
  // What was spared on one value shows only once the other peaks are as low.
  Program best = program;
  double work = 0;
  while (true) {
    const Rematerialization now(program);
    if (is_worth(peak - now.live().peak, work)) best = program;
    if (now.live().peak <= budget) return best;
    bool is_lower = false;
    for (const Candidate& c : now.candidates()) {
      if (!is_worth(c.saved, c.work)) continue;
      Program next = now.repeat(c);
      is_lower = height(estimate_liveness(next)) < height(now.live());
      if (!is_lower) continue;
      program = std::move(next);
      work += c.work;
      break;
    }
    if (!is_lower) return best;
  }
}

}  // namespace tandem::passes
