#include "tandem/passes/fuse_elementwise.h"

#include <algorithm>
#include <utility>

#include "tandem/graph/control_flow.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/reduce.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::SymbolicType;
using graph::Value;

/// Tensors that a body reads and writes: their tiles share the L1 cache and the prefetchers.
constexpr std::size_t max_streams = 16;
/// Longer chains are several: each join looks at all that is in it.
constexpr std::size_t max_instructions = 256;

/// The dims that a reduction reduces; null: it is none.
const Dims* reduced_dims(const Instruction& i) {
  const Dims* dims = nullptr;
  const auto is = [&]<class Op>(const Op*) {
    if (i.op.info == &info_of<Op>) dims = &static_cast<const Op*>(i.op.data())->dim;
  };
  is((Sum*)nullptr), is((Mean*)nullptr), is((Prod*)nullptr), is((Amax*)nullptr), is((Amin*)nullptr);
  return dims;
}

/// Instructions that are fused, in order.
using Group = std::vector<int>;

class Fusion {
 public:
  Fusion(Program& program, const CanFuse& can_fuse)
      : program_(program),
        can_fuse_(can_fuse),
        uses_(program.types.size()),
        maker_(program.types.size(), -1),
        is_number_(program.types.size()),
        group_of_(program.instructions.size(), -1) {
    for (int n = 0; n < count(); ++n) {
      for (Value v : at(n).operands)
        if (v != no_value) uses_[std::size_t(v)].push_back(n);
      for (Value v : at(n).results) {
        maker_[std::size_t(v)] = n;
        is_number_[std::size_t(v)] = graph::is_number(at(n));
      }
    }
    for (const auto* results : {&program.outputs, &program.updates})
      for (const graph::Output& o : *results) uses_[std::size_t(o.value)].push_back(count());
  }

  void run() {
    for (int n = 0; n < count(); ++n) {
      if (at(n).op.info != &info_of<graph::Fused>)
        for (Program& body : program_.instructions[std::size_t(n)].bodies)
          body = fuse_elementwise(std::move(body), can_fuse_);
      if (graph::is_number(at(n)) || at(n).results.size() != 1 || !can_fuse_(program_, at(n)))
        continue;
      group_of_[std::size_t(n)] = int(groups_.size());
      groups_.push_back({n});
      for (Value v : at(n).operands) join_maker(n, v);
      for (Value v : at(n).operands)
        for (int other : uses_[std::size_t(v)])
          if (other < n && are_pair(other, n)) join(n, other);
    }
    for (const Group& group : groups_)
      if (group.size() > 1) program_.instructions[std::size_t(group.back())] = fused(group);
    std::erase_if(program_.instructions, [](const Instruction& i) { return i.results.empty(); });
  }

 private:
  int count() const { return int(group_of_.size()); }
  const Instruction& at(int n) const { return program_.instructions[std::size_t(n)]; }
  Value result(int n) const { return at(n).results[0]; }
  const SymbolicType& type(Value v) const { return program_.type(v); }

  static bool contains(const Group& group, int n) { return std::ranges::binary_search(group, n); }

  /// The group that makes operand v of instruction n is joined with that of n, if it may be.
  void join_maker(int n, Value v) {
    const int m = maker_[std::size_t(v)];
    if (m >= 0 && group_of_[std::size_t(m)] >= 0 && !reduced_dims(at(m)) &&
        type(v).shape == shape_of(n))
      join(n, m);
  }

  /// The same with the group of instruction m.
  void join(int n, int m) {
    const int from = group_of_[std::size_t(m)], to = group_of_[std::size_t(n)];
    if (from == to) return;
    const Group &earlier = groups_[std::size_t(from)], &later = groups_[std::size_t(to)];
    if (earlier.size() + later.size() > max_instructions) return;
    Group both;
    std::ranges::merge(earlier, later, std::back_inserter(both));
    if (differ(both) || is_read_before(n, both) || stream_count(both) > max_streams ||
        !saves(n, both))
      return;
    for (int member : earlier) group_of_[std::size_t(member)] = to;
    groups_[std::size_t(from)].clear();
    groups_[std::size_t(to)] = std::move(both);
  }

  /// Are they an activation and its gradient, of one input and shape?
  bool are_pair(int m, int n) const {
    const auto is = [&](const Instruction& activation, const Instruction& gradient) {
      return gradient_from_input(activation.info()) == gradient.op.info &&
             gradient.operands[1] == activation.operands[0] &&
             type(gradient.result()) == type(activation.result());
    };
    return group_of_[std::size_t(m)] >= 0 && (is(at(m), at(n)) || is(at(n), at(m)));
  }

  /// The shape that instruction n runs over.
  const std::vector<graph::SymbolicInt>& shape_of(int n) const {
    return type(reduced_dims(at(n)) ? at(n).operands[0] : result(n)).shape;
  }
  /// Do its reductions reduce different dims?
  bool differ(const Group& group) const {
    const Dims* first = nullptr;
    return std::ranges::any_of(group, [&](int member) {
      const Dims* dims = reduced_dims(at(member));
      if (dims && !first) first = dims;
      return dims && *dims != *first;
    });
  }

  /// Does something outside read a value of the group in front of instruction n?
  bool is_read_before(int n, const Group& group) const {
    return std::ranges::any_of(group, [&](int member) {
      return std::ranges::any_of(uses_[std::size_t(result(member))],
                                 [&](int use) { return use < n && !contains(group, use); });
    });
  }

  /// Is a value of the group read outside of it?
  bool leaves(Value v, const Group& group) const {
    return std::ranges::any_of(uses_[std::size_t(v)],
                               [&](int use) { return !contains(group, use); });
  }

  /// What the group reads, in order; numbers stand in the body.
  std::vector<Value> operands_of(const Group& group) const {
    std::vector<Value> operands;
    for (int member : group)
      for (Value v : at(member).operands)
        if (!is_number_[std::size_t(v)] && !contains(group, maker_[std::size_t(v)]) &&
            !std::ranges::count(operands, v))
          operands.push_back(v);
    return operands;
  }

  std::size_t stream_count(const Group& group) const {
    return operands_of(group).size() + std::size_t(std::ranges::count_if(
                                           group, [&](int m) { return leaves(result(m), group); }));
  }

  /// A group that waits for instruction n keeps its operands alive, and does without its values
  /// until then. Where nothing else happens meanwhile, neither counts.
  bool saves(int n, const Group& group) const {
    int before = n - 1;
    while (before >= 0 &&
           (at(before).info().view || graph::is_number(at(before)) || contains(group, before)))
      --before;
    if (before < group.front()) return true;
    int64_t kept = 0, spared = 0;
    for (Value v : operands_of(group)) {
      if (maker_[std::size_t(v)] < 0) continue;  // it has memory of its own
      if (!type(v).is_constant()) return false;
      if (last_use(v) < before) kept += bytes(v);
    }
    for (int member : group) {
      if (member > before) continue;
      if (!type(result(member)).is_constant()) return false;
      if (last_use(result(member)) > before) spared += bytes(result(member));
    }
    return kept <= spared;
  }
  int last_use(Value v) const {
    const std::vector<int>& uses = uses_[std::size_t(v)];
    return uses.empty() ? -1 : uses.back();
  }
  int64_t bytes(Value v) const {
    const Type t = type(v).at({});
    return t.shape.product() * size_of(t.dtype);
  }

  Instruction fused(const Group& group) {
    Program body{.symbols = program_.symbols};
    std::vector<Value> inside(program_.types.size(), no_value);
    const auto add_value = [&](Value v) {
      return inside[std::size_t(v)] = body.add_value(type(v));
    };
    Instruction to{.op = AnyOp(info_of<graph::Fused>), .operands = operands_of(group)};
    for (Value v : to.operands)
      body.parameters.push_back(
          {graph::ParameterKind::input, text("x", body.parameters.size()), add_value(v), {}});
    for (int member : group) {
      Instruction i = std::exchange(program_.instructions[std::size_t(member)], {});
      for (Value& v : i.operands) {
        if (inside[std::size_t(v)] == no_value) {
          Instruction number = at(maker_[std::size_t(v)]);
          number.results[0] = add_value(v);
          body.instructions.push_back(std::move(number));
        }
        v = inside[std::size_t(v)];
      }
      to.where = i.where;
      const Value outside = i.results[0];
      i.results[0] = add_value(outside);
      body.instructions.push_back(std::move(i));
      if (!leaves(outside, group)) continue;
      to.results.push_back(outside);
      body.outputs.push_back({"", inside[std::size_t(outside)]});
    }
    to.bodies.push_back(std::move(body));
    return to;
  }

  Program& program_;
  const CanFuse& can_fuse_;
  std::vector<std::vector<int>> uses_;  // by value, in order; results are used after the end
  std::vector<int> maker_;              // by value; -1: a parameter
  std::vector<char> is_number_;         // by value
  std::vector<int> group_of_;           // by instruction; -1: none
  std::vector<Group> groups_;
};

}  // namespace

Program fuse_elementwise(Program program, const CanFuse& can_fuse) {
  Fusion(program, can_fuse).run();
  return program;
}

}  // namespace tandem::passes
