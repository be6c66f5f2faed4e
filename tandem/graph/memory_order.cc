#include "tandem/graph/memory_order.h"

#include <algorithm>
#include <optional>

#include "tandem/graph/control_flow.h"

namespace tandem::graph {
namespace {

/// Takes next to nothing, as an optimizer's counter: it moves for the sake of those that wait.
constexpr int64_t nothing = 64;
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
      if (const auto last_read = moves_up(n)) move_up(order, *last_read);
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

  /// If instruction n frees clearly more than it takes, the values that it must be the last to read
  /// for that. What takes as much as it frees would add both to what others have not freed yet.
  std::optional<std::vector<Value>> moves_up(int n) {
    const Instruction& i = at(n);
    if (is_free(i) || (!i.bodies.empty() && i.op.info != &info_of<Fused>)) return {};
    std::vector<Value> last_read;
    int64_t freed = 0, taken = 0;
    for (Value v : i.operands) {
      if (v == no_value || of(v).maker < 0 || of(v).last != n) continue;
      const Value root = root_[std::size_t(v)];
      if (std::ranges::count(last_read, root)) continue;
      freed += of(v).bytes;
      last_read.push_back(root);
    }
    for (Value v : i.results) {
      if (const auto old = replaced(i, v))
        last_read.push_back(*old);
      else
        taken += of(v).bytes;
    }
    if (taken > std::max(freed * 3 / 4, nothing)) return {};
    return last_read;
  }

  /// The last of `order` moves up, and with it the views and numbers that it needs.
  void move_up(std::vector<int>& order, const std::vector<Value>& last_read) const {
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
      const bool reads = std::ranges::any_of(at(other).operands, [&](Value v) {
        return v != no_value && std::ranges::count(last_read, root_[std::size_t(v)]);
      });
      if (needed)
        moving.insert(moving.begin(), other);
      else if (reads && !at(other).info().view)
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
