#include "tandem/passes/rematerialize.h"

#include <algorithm>
#include <set>

#include "tandem/ops/compare.h"
#include "tandem/ops/create.h"
#include "tandem/ops/norm.h"
#include "tandem/ops/softmax.h"
#include "tandem/passes/liveness.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::Value;

constexpr int max_chain = 4;

bool is_cheap(const Instruction& i) {
  static const OpInfo* const others[] = {
      &info_of<Cast>,      &info_of<Full>,           &info_of<Clone>,     &info_of<Where>,
      &info_of<BatchNorm>, &info_of<BatchNormTrain>, &info_of<LayerNorm>, &info_of<NativeLayerNorm>,
      &info_of<RmsNorm>,   &info_of<NativeRmsNorm>,  &info_of<Softmax>,   &info_of<LogSoftmax>,
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
  int64_t saved, computed;
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

  /// Those that save most for each byte computed first.
  std::vector<Candidate> candidates() const {
    std::vector<Candidate> found;
    for (int b = 0; b < int(live_.buffers.size()); ++b)
      if (auto candidate = consider(b)) found.push_back(std::move(*candidate));
    std::ranges::sort(found, [](const Candidate& x, const Candidate& y) {
      const double a = double(x.saved) / double(x.computed + 1),
                   b = double(y.saved) / double(y.computed + 1);
      return a != b ? a > b : x.saved != y.saved ? x.saved > y.saved : x.buffer < y.buffer;
    });
    return found;
  }

  /// The program with the chain repeated before the next use, for it and all later ones.
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
    to.instructions.insert(to.instructions.begin() + c.next_use,
                           std::make_move_iterator(inserted.begin()),
                           std::make_move_iterator(inserted.end()));
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
    // Small values of large ops are not worth it.
    return c.saved > 0 && 8 * c.saved >= c.computed ? std::optional(std::move(c)) : std::nullopt;
  }

  /// Instruction n joins the chain, and before it what makes its operands.
  bool add(Candidate& c, int n) const {
    if (std::ranges::count(c.chain, n)) return true;
    const Instruction& i = program_.instructions[std::size_t(n)];
    if (!i.info().view) {
      if (!is_cheap(i) || c.length++ >= max_chain) return false;
      for (Value v : i.results) c.computed += bytes(v);
    }
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

Program rematerialize(Program program, int64_t budget) {
  while (true) {
    const Rematerialization now(program);
    if (now.live().peak <= budget) return program;
    bool is_lower = false;
    for (const Candidate& c : now.candidates()) {
      Program next = now.repeat(c);
      is_lower = height(estimate_liveness(next)) < height(now.live());
      if (!is_lower) continue;
      program = std::move(next);
      break;
    }
    if (!is_lower) return program;
  }
}

}  // namespace tandem::passes
