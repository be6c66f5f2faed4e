#include "tandem/passes/liveness.h"

#include <algorithm>

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::Value;

class Estimation {
 public:
  explicit Estimation(const Program& program) : program_(program) {
    live_.buffer_of.resize(program.types.size(), -1);
  }

  Liveness run() {
    for (const graph::Parameter& p : program_.parameters) new_buffer(p.value, -1, false);
    for (std::size_t n = 0; n < program_.instructions.size(); ++n) alias_views(int(n));
    find_last_uses();
    for (std::size_t n = 0; n < program_.instructions.size(); ++n) place_results(int(n));
    leave_out_results();
    add_up();
    return std::move(live_);
  }

 private:
  int64_t bytes(Value v) const {
    const Type type = program_.type(v).at({});
    return type.shape.product() * size_of(type.dtype);
  }
  LiveBuffer& buffer(Value v) {
    return live_.buffers[std::size_t(live_.buffer_of[std::size_t(v)])];
  }
  void new_buffer(Value v, int first, bool counts) {
    live_.buffer_of[std::size_t(v)] = int(live_.buffers.size());
    live_.buffers.push_back({bytes(v), first, first, counts});
  }

  void alias_views(int n) {
    const Instruction& i = program_.instructions[std::size_t(n)];
    for (Value v : i.results) {
      if (i.info().view)
        live_.buffer_of[std::size_t(v)] = live_.buffer_of[std::size_t(i.operands[0])];
      else
        new_buffer(v, n, !graph::is_number(i));
    }
  }

  /// What leaves the program is read after the last instruction.
  void find_last_uses() {
    const int end = int(program_.instructions.size());
    for (int n = 0; n < end; ++n)
      for (Value v : program_.instructions[std::size_t(n)].operands)
        if (v != no_value) buffer(v).last = n;
    for (const auto* results : {&program_.outputs, &program_.updates})
      for (const graph::Output& o : *results) buffer(o.value).last = end;
  }

  void place_results(int n) {
    const Instruction& i = program_.instructions[std::size_t(n)];
    if (i.info().view || !i.bodies.empty()) return;
    for (std::size_t r = 0; r < i.results.size(); ++r) {
      const auto over = std::ranges::find_if(i.operands, [&](Value operand) {
        return operand != no_value && may_overwrite(i, r, operand, n);
      });
      if (over == i.operands.end()) continue;
      // Its views come later and follow it.
      const int dying = live_.buffer_of[std::size_t(*over)],
                fresh = live_.buffer_of[std::size_t(i.results[r])];
      live_.buffers[std::size_t(dying)].last = live_.buffers[std::size_t(fresh)].last;
      std::ranges::replace(live_.buffer_of, fresh, dying);
      live_.buffers[std::size_t(fresh)].counts = false;
    }
  }

  bool may_overwrite(const Instruction& i, std::size_t r, Value operand, int n) {
    const LiveBuffer& b = buffer(operand);
    if (!b.counts || b.last != n || b.bytes != bytes(operand)) return false;
    if (program_.type(operand) != program_.type(i.results[r])) return false;
    if (i.info().elementwise) return true;
    const int at = i.info().in_place[r];
    return at >= 0 && i.operands[std::size_t(at)] == operand &&
           std::ranges::count_if(i.operands, [&](Value v) {
             return v != no_value &&
                    live_.buffer_of[std::size_t(v)] == live_.buffer_of[std::size_t(operand)];
           }) == 1;
  }

  /// Outputs are written to the caller's memory, new state over old state that nobody reads later.
  void leave_out_results() {
    for (const graph::Output& o : program_.outputs) buffer(o.value).counts = false;
    for (const graph::Output& u : program_.updates) {
      const auto& old = program_.find(graph::ParameterKind::state, u.name)->value;
      if (buffer(old).last <= buffer(u.value).first) buffer(u.value).counts = false;
    }
  }

  void add_up() {
    const std::size_t count = program_.instructions.size();
    std::vector<int64_t> change(count + 2);
    for (const LiveBuffer& b : live_.buffers) {
      if (!b.counts) continue;
      change[std::size_t(b.first)] += b.bytes;
      change[std::size_t(std::max(b.last, b.first)) + 1] -= b.bytes;
    }
    int64_t alive = 0;
    for (std::size_t n = 0; n < count; ++n) {
      alive += change[n];
      int64_t inside = 0;
      for (const Program& body : program_.instructions[n].bodies)
        inside = std::max(inside, estimate_liveness(body).peak);
      live_.bytes_at.push_back(alive + inside);
      if (alive + inside > live_.peak) live_.peak = alive + inside, live_.peak_at = int(n);
    }
  }

  const Program& program_;
  Liveness live_;
};

}  // namespace

Liveness estimate_liveness(const Program& program) { return Estimation(program).run(); }

}  // namespace tandem::passes
