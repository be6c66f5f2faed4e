#include "tandem/passes/constant_folding.h"

#include <algorithm>
#include <cmath>

#include "tandem/ops/create.h"
#include "tandem/ops/view.h"
#include "tandem/tensor/apply.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::ParameterKind;
using graph::Value;

constexpr int64_t max_bytes = 64 << 10;

/// A 0-d tensor as the instruction that text shows as a bare number; none for NaN, whose sign and
/// payload a number does not carry.
std::optional<AnyOp> as_number(const Tensor& t) {
  if (t.dim() != 0) return {};
  Full full{Dims(), Scalar(), t.dtype()};
  switch (category(t.dtype())) {
    case Category::boolean:
      full.fill_value = Scalar(t.item<bool>());
      break;
    case Category::integral:
      full.fill_value = Scalar(t.item<int64_t>());
      break;
    case Category::floating:
      if (std::isnan(t.item<double>())) return {};
      full.fill_value = Scalar(t.item<double>());
      break;
  }
  return AnyOp(info_of<Full>, &full);
}

bool is_smaller_as_it_is(const Instruction& i) {
  return i.op.info == &info_of<Full> || i.op.info == &info_of<Expand>;
}

class Folding {
 public:
  /// A body has no constants, so what is no number stays in it.
  Folding(Program& program, bool is_body)
      : program_(program), is_body_(is_body), known_(program.types.size()) {}

  void run() {
    for (const graph::Parameter& p : program_.parameters)
      if (p.kind == ParameterKind::constant) known_[std::size_t(p.value)] = p.constant;
    std::vector<Instruction> kept;
    for (Instruction& i : program_.instructions) {
      for (Program& body : i.bodies) Folding(body, true).run();
      if (may_fold(i) && compute(i) && !is_smaller_as_it_is(i) && replace(i, kept)) continue;
      kept.push_back(std::move(i));
    }
    program_.instructions = std::move(kept);
  }

 private:
  bool may_fold(const Instruction& i) const {
    if (!i.bodies.empty() || !i.solved.empty()) return false;
    return std::ranges::all_of(
               i.operands,
               [&](Value v) { return v == graph::no_value || known_[std::size_t(v)].defined(); }) &&
           std::ranges::all_of(i.results, [&](Value v) {
             const graph::SymbolicType& type = program_.type(v);
             if (!type.is_constant()) return false;
             const Type t = type.at({});
             return t.shape.product() * size_of(t.dtype) <= max_bytes;
           });
  }

  /// The results become known, unless the op refuses its operands.
  bool compute(const Instruction& i) {
    std::vector<const Tensor*> in;
    const Tensor left_out;
    for (Value v : i.operands)
      in.push_back(v == graph::no_value ? &left_out : &known_[std::size_t(v)]);
    Tensor out[max_results];
    try {
      NoGrad off;
      apply(i.info(), i.op.data(), in, out, i.where);
    } catch (const Error&) {
      return false;
    }
    for (std::size_t r = 0; r < i.results.size(); ++r) known_[std::size_t(i.results[r])] = out[r];
    return true;
  }

  /// Numbers and constants take the results' place.
  bool replace(const Instruction& i, std::vector<Instruction>& kept) {
    std::vector<std::optional<AnyOp>> numbers;
    for (Value v : i.results) {
      numbers.push_back(as_number(known_[std::size_t(v)]));
      if (is_body_ && !numbers.back()) return false;
    }
    for (std::size_t r = 0; r < i.results.size(); ++r) {
      const Value v = i.results[r];
      if (numbers[r])
        kept.push_back({.op = *numbers[r], .results = {v}, .where = i.where});
      else
        program_.parameters.push_back({ParameterKind::constant,
                                       program_.unused_name(ParameterKind::constant, "folded"), v,
                                       copy_of(known_[std::size_t(v)])});
    }
    return true;
  }

  Program& program_;
  const bool is_body_;
  std::vector<Tensor> known_;
};

}  // namespace

Program fold_constants(Program program) {
  Folding(program, false).run();
  return program;
}

}  // namespace tandem::passes
