#include "tandem/graph/memory_order.h"

#include <algorithm>
#include <optional>

#include "tandem/graph/control_flow.h"

namespace tandem::graph {
namespace {

/// Takes next to nothing, as an optimizer's counter: it moves for the sake of those that wait.
constexpr int64_t nothing = 64;
/// So many times less than it reads is next to nothing too: a sum comes where its terms were made.
constexpr int64_t much = 64;
/// What has moved may let others move that were in front of it.
constexpr int max_rounds = 4;

class Ordering {
 public:
  explicit Ordering(Program& program)
      : program_(program), root_(program.types.size(), no_value), values_(program.types.size()) {
    for (const Parameter& p : program.parameters) root_[std::size_t(p.value)] = p.value;
    for (int n = 0; n < count(); ++n) {
      const Instruction& i = at(n);
      for (Value v : i.operands)
        if (v != no_value) of(v).last = n;
      for (Value v : i.results) {
        root_[std::size_t(v)] = i.info().view ? root_[std::size_t(i.operands[0])] : v;
        values_[std::size_t(v)].maker = n;
        if (is_free(i)) continue;
        const Type type = program.type(v).at({});
        values_[std::size_t(v)].bytes = type.shape.product() * size_of(type.dtype);
      }
    }
    for (const auto* results : {&program.outputs, &program.updates})
      for (const Output& o : *results) of(o.value).last = count();
    for (const Output& u : program.updates)
      updates_.push_back(
          {root_[std::size_t(u.value)], program.find(ParameterKind::state, u.name)->value});
  }

  /// Gives whether something moved.
  bool run() {
    std::vector<int> order;
    for (int n = 0; n < count(); ++n) {
      order.push_back(n);
      if (auto gain = moves_up(n)) move_up(order, *gain);
    }
    if (std::ranges::is_sorted(order)) return false;
    std::vector<Instruction> instructions;
    for (int n : order) instructions.push_back(std::move(program_.instructions[std::size_t(n)]));
    program_.instructions = std::move(instructions);
    return true;
  }

 private:
  /// Of a value: what makes it (-1: a parameter), and as one with memory of its own, for all that
  /// lies in it: its size and its last reader.
  struct Memory {
    int maker = -1;
    int64_t bytes = 0;
    int last = -1;
  };

  int count() const { return int(program_.instructions.size()); }
  const Instruction& at(int n) const { return program_.instructions[std::size_t(n)]; }
  Memory& of(Value v) { return values_[std::size_t(root_[std::size_t(v)])]; }
  /// It has no memory of its own, and goes where it is needed.
  static bool is_free(const Instruction& i) { return i.info().view || is_number(i); }

  /// Is the result the new value of a state that the instruction reads?
  std::optional<Value> replaced(const Instruction& i, Value result) const {
    for (const auto& [fresh, old] : updates_)
      if (fresh == result)
        for (Value v : i.operands)
          if (v != no_value && root_[std::size_t(v)] == old) return old;
    return {};
  }

  /// What speaks for moving an instruction up.
  struct Gain {
    std::vector<Value> freed;     // where it is the last to read them
    std::vector<Value> replaced;  // states, which it must be the last to read
    int64_t bytes = 0, taken = 0;

    /// What takes as much as it frees would add both to what others have not freed yet.
    bool is_enough() const { return taken <= bytes * 3 / 4; }
  };

  /// If instruction n takes next to nothing or frees clearly more than it takes.
  std::optional<Gain> moves_up(int n) {
    const Instruction& i = at(n);
    if (is_free(i) || (!i.bodies.empty() && i.op.info != &info_of<Fused>)) return {};
    Gain gain;
    int64_t read = 0;
    for (Value v : i.operands) {
      if (v == no_value) continue;
      read += of(v).bytes;
      const Value root = root_[std::size_t(v)];
      if (of(v).maker < 0 || of(v).last != n || std::ranges::count(gain.freed, root)) continue;
      gain.bytes += of(v).bytes;
      gain.freed.push_back(root);
    }
    for (Value v : i.results) {
      if (const auto old = replaced(i, v))
        gain.replaced.push_back(*old);
      else
        gain.taken += of(v).bytes;
    }
    if (gain.taken <= std::max(read / much, nothing)) gain.taken = 0;
    return gain.is_enough() ? std::optional(std::move(gain)) : std::nullopt;
  }

  /// May the instruction that gains so come before one that reads v? What it is not the last to
  /// read then, it does not free.
  bool may_precede_reader(Gain& gain, Value v) {
    const Value root = root_[std::size_t(v)];
    if (std::ranges::count(gain.replaced, root)) return false;
    if (!std::ranges::count(gain.freed, root)) return true;
    Gain less = gain;
    std::erase(less.freed, root);
    less.bytes -= of(v).bytes;
    if (!less.is_enough()) return false;
    gain = std::move(less);
    return true;
  }

  /// The last of `order` moves up, and with it the views and numbers that it needs.
  void move_up(std::vector<int>& order, Gain& gain) {
    std::vector<int> moving{order.back()};
    std::size_t position = order.size() - 1;
    while (position > 0) {
      const int other = order[position - 1];
      const bool needed = std::ranges::any_of(moving, [&](int m) {
        return std::ranges::any_of(at(m).operands, [&](Value v) {
          return v != no_value && values_[std::size_t(v)].maker == other;
        });
      });
      if (needed && !is_free(at(other))) break;
      if (needed)
        moving.insert(moving.begin(), other);
      else if (!at(other).info().view && std::ranges::any_of(at(other).operands, [&](Value v) {
                 return v != no_value && !may_precede_reader(gain, v);
               }))
        break;
      --position;
    }
    // What was passed, without what moves, comes after it.
    std::vector<int> passed;
    for (std::size_t k = position; k < order.size(); ++k)
      if (!std::ranges::count(moving, order[k])) passed.push_back(order[k]);
    order.resize(position);
    order.insert(order.end(), moving.begin(), moving.end());
    order.insert(order.end(), passed.begin(), passed.end());
  }

  Program& program_;
  std::vector<Value> root_;                       // by value: in whose memory it lies
  std::vector<Memory> values_;                    // by value
  std::vector<std::pair<Value, Value>> updates_;  // new value, state
};

}  // namespace

Program order_for_memory(Program program) {
  const bool bound = std::ranges::all_of(program.types, &SymbolicType::is_constant);
  for (int round = 0; bound && round < max_rounds && Ordering(program).run(); ++round) {
  }
  return program;
}

}  // namespace tandem::graph
