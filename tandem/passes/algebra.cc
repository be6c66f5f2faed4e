#include "tandem/passes/algebra.h"

#include <algorithm>
#include <cmath>

#include "tandem/ops/compare.h"
#include "tandem/ops/create.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/join.h"
#include "tandem/ops/view.h"
#include "tandem/passes/replacements.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::SymbolicType;
using graph::Value;

template <Op O>
bool is(const Instruction& i) {
  return i.op.info == &info_of<O>;
}
template <Op O>
const O& attributes(const Instruction& i) {
  return *static_cast<const O*>(i.op.data());
}

/// The same elements in row-major order under another shape.
bool reshapes(const Instruction& i) { return is<Reshape>(i) || is<Squeeze>(i) || is<Unsqueeze>(i); }

/// The number of bits in which a dtype holds integers exactly, its sign aside; and whether it has
/// negative values, fractions and exponents of at least such a range.
struct Range {
  int digits;
  bool is_signed;
  int exponent;  // 0: no fractions
};
Range range(DType t) {
  const int bits = int(size_of(t)) * 8;
  switch (category(t)) {
    case Category::boolean:
      return {1, false, 0};
    case Category::integral:
      return t == DType::u8 ? Range{8, false, 0} : Range{bits - 1, true, 0};
    case Category::floating:
      return t == DType::f16    ? Range{11, true, 5}
             : t == DType::bf16 ? Range{8, true, 8}
             : t == DType::f32  ? Range{24, true, 8}
                                : Range{53, true, 11};
  }
  return {};
}
/// Does `to` hold every value of `from`?
bool is_exact(DType from, DType to) {
  const Range a = range(from), b = range(to);
  // A float of e exponent bits reaches 2^(2^(e-1)); an integer of n digits needs 2^n.
  const bool reaches =
      a.exponent ? b.exponent >= a.exponent : !b.exponent || (1 << (b.exponent - 1)) > a.digits;
  return (from == to || to != DType::boolean) && b.digits >= a.digits &&
         (b.is_signed || !a.is_signed) && reaches;
}

class Simplifying {
 public:
  explicit Simplifying(Program& program) : program_(program), maker_(program.types.size(), -1) {}

  void run() {
    kept_.reserve(program_.instructions.size());
    for (Instruction& i : program_.instructions) {
      now_.in_operands(i);
      for (Program& body : i.bodies) body = simplify(std::move(body));
      shorten(i);
      if (const Value same = same_as(i); same != no_value) {
        now_.replace(i.result(), same);
        continue;
      }
      for (Value v : i.results) maker_[std::size_t(v)] = int(kept_.size());
      kept_.push_back(std::move(i));
    }
    program_.instructions = std::move(kept_);
    now_.in_results(program_);
  }

 private:
  const SymbolicType& type(Value v) const { return program_.type(v); }
  /// Null for parameters.
  const Instruction* maker(Value v) const {
    const int at = v == no_value ? -1 : maker_[std::size_t(v)];
    return at < 0 ? nullptr : &kept_[std::size_t(at)];
  }
  template <Op O>
  const Instruction* made_by(Value v) const {
    const Instruction* i = maker(v);
    return i && is<O>(*i) ? i : nullptr;
  }

  /// The value of a tensor of one number everywhere.
  std::optional<Scalar> number(Value v) const {
    if (const Instruction* i = made_by<Expand>(v)) return number(i->operands[0]);
    const Instruction* i = made_by<Full>(v);
    if (!i || !is_solved_in_size_alone(*i)) return {};
    return Scalar(attributes<Full>(*i).fill_value);
  }
  static bool is_solved_in_size_alone(const Instruction& full) {
    const int sizes = attributes<Full>(full).size->size();
    return std::ranges::all_of(full.solved, [&](const auto& s) { return s.slot < sizes; });
  }
  bool is_number(Value v, double wanted) const {
    const auto n = number(v);
    return n && n->to_double() == wanted && std::signbit(n->to_double()) == std::signbit(wanted);
  }

  /// The value that the instruction's result is, bit for bit.
  Value same_as(const Instruction& i) const {
    if (i.results.size() != 1) return no_value;
    const Value v = unchanged(i);
    return v != no_value && type(v) == type(i.result()) ? v : no_value;
  }

  /// A value that is the result if it has its type.
  Value unchanged(const Instruction& i) const {
    const auto operand = [&](std::size_t k) { return i.operands[k]; };
    if (is<Cast>(i)) return uncast(i);
    // A reshape to the same shape, a slice of as many entries, an expand of nothing.
    if (reshapes(i) || is<Expand>(i) || is<Slice>(i) || is<Clone>(i)) return operand(0);
    if (is<Permute>(i)) {
      const Dims& dims = attributes<Permute>(i).dims;
      for (int d = 0; d < dims.size(); ++d)
        if ((dims[d] + dims.size()) % dims.size() != d) return no_value;
      return operand(0);
    }
    if (is<Copy>(i) || is<SliceScatter>(i))  // all of it overwritten
      return type(operand(0)) == type(operand(1)) ? operand(1) : no_value;
    if (is<Cat>(i) && i.operands.size() == 1) return operand(0);
    if (is<Neg>(i))
      if (const Instruction* inner = made_by<Neg>(operand(0))) return inner->operands[0];
    if (is<LogicalNot>(i))
      if (const Instruction* inner = made_by<LogicalNot>(operand(0))) return inner->operands[0];
    if (is<Where>(i)) {
      if (operand(1) == operand(2)) return operand(1);
      if (const auto condition = number(operand(0))) return operand(condition->to_bool() ? 1 : 2);
      return no_value;
    }
    return neutral(i);
  }

  /// Arithmetic with a neutral number.
  Value neutral(const Instruction& i) const {
    if (i.operands.size() != 2 || category(type(i.result()).dtype) == Category::boolean)
      return no_value;
    const Value a = i.operands[0], b = i.operands[1];
    if (is<Mul>(i)) return is_number(b, 1) ? a : is_number(a, 1) ? b : no_value;
    if (is<Div>(i)) return is_number(b, 1) ? a : no_value;
    if (is<Sub>(i)) return is_number(b, 0.0) ? a : no_value;
    if (is<Add>(i)) {
      // -0 + 0 is 0, so of floating numbers only -0 is neutral.
      const double zero = category(type(i.result()).dtype) == Category::floating ? -0.0 : 0.0;
      return is_number(b, zero) ? a : is_number(a, zero) ? b : no_value;
    }
    return no_value;
  }

  /// What a cast from another cast's operand to its dtype gives back.
  Value uncast(const Instruction& i) const {
    const Value from = i.operands[0];
    if (const Instruction* inner = made_by<Cast>(from))
      if (is_exact(type(inner->operands[0]).dtype, type(from).dtype) &&
          type(inner->operands[0]) == type(i.result()))
        return inner->operands[0];
    return from;
  }

  /// Reaches past operands that need not have been made.
  void shorten(Instruction& i) {
    if (reshapes(i)) {
      reshape_from_the_start(i);
    } else if (is<Permute>(i)) {
      const Instruction* inner = made_by<Permute>(i.operands[0]);
      if (inner && i.solved.empty() && inner->solved.empty()) compose(i, *inner);
    } else if (is<Expand>(i)) {
      // -1 keeps a size of the operand, which is another one before the inner expand.
      const Instruction* inner = made_by<Expand>(i.operands[0]);
      if (inner && !attributes<Expand>(i).size->contains(-1)) i.operands[0] = inner->operands[0];
    } else if (is<Cast>(i)) {
      const Instruction* inner = made_by<Cast>(i.operands[0]);
      if (inner && casts_at_once(type(inner->operands[0]).dtype, type(i.operands[0]).dtype,
                                 type(i.result()).dtype))
        i.operands[0] = inner->operands[0];
    } else if (i.info().elementwise) {
      for (std::size_t k = 0; k < i.operands.size(); ++k) drop_expand(i, k);
    }
  }

  /// Of a chain of reshapes only the last counts; one that comes back to where it began is that.
  void reshape_from_the_start(Instruction& i) {
    Value start = i.operands[0];
    while (const Instruction* inner = maker(start)) {
      if (!reshapes(*inner)) break;
      start = inner->operands[0];
    }
    if (start == i.operands[0]) return;
    if (is<Reshape>(i) || type(start) == type(i.result())) i.operands[0] = start;
  }

  static void compose(Instruction& i, const Instruction& inner) {
    const Dims &outer = attributes<Permute>(i).dims, &before = attributes<Permute>(inner).dims;
    Permute both;
    for (int64_t d : outer) {
      const int at = int(d < 0 ? d + outer.size() : d);
      both.dims.value.push_back(before[at]);
    }
    i.op = AnyOp(info_of<Permute>, &both);
    i.operands[0] = inner.operands[0];
  }

  /// Is from -> middle -> to the same as from -> to?
  static bool casts_at_once(DType from, DType middle, DType to) {
    const bool alike = category(from) == category(middle) && category(middle) == category(to);
    return alike && is_exact(from, middle);
  }

  /// Elementwise ops broadcast by themselves, if another operand brings the shape.
  void drop_expand(Instruction& i, std::size_t k) {
    const Instruction* expand = made_by<Expand>(i.operands[k]);
    if (!expand) return;
    const auto& shape = type(i.result()).shape;
    for (std::size_t other = 0; other < i.operands.size(); ++other)
      if (other != k && i.operands[other] != no_value && type(i.operands[other]).shape == shape) {
        i.operands[k] = expand->operands[0];
        return;
      }
  }

  Program& program_;
  std::vector<int> maker_;  // by value: which of kept_
  std::vector<Instruction> kept_;
  Replacements now_;
};

}  // namespace

Program simplify(Program program) {
  Simplifying(program).run();
  return program;
}

}  // namespace tandem::passes
