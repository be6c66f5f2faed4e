#include "tandem/passes/fuse_bias.h"

#include "tandem/ops/elementwise.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/view.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::SymbolicType;
using graph::Value;

std::vector<int> count_uses(const Program& program) {
  std::vector<int> uses(program.types.size());
  for (const Instruction& i : program.instructions)
    for (Value v : i.operands)
      if (v != no_value) ++uses[std::size_t(v)];
  for (const auto* results : {&program.outputs, &program.updates})
    for (const graph::Output& o : *results) ++uses[std::size_t(o.value)];
  return uses;
}

class BiasFusion {
 public:
  explicit BiasFusion(Program& program)
      : program_(program), uses_(count_uses(program)), maker_(program.types.size(), -1) {}

  void run() {
    for (Instruction& i : program_.instructions) {
      for (Program& body : i.bodies) body = fuse_bias(std::move(body));
      if (i.op.info == &info_of<Add> && !take(i, 0, 1)) take(i, 1, 0);
      for (Value v : i.results)
        if (std::size_t(v) < maker_.size()) maker_[std::size_t(v)] = int(kept_.size());
      kept_.push_back(std::move(i));
    }
    program_.instructions = std::move(kept_);
  }

 private:
  const SymbolicType& type(Value v) const { return program_.type(v); }

  /// Is operand `product` of the addition a matmul that can take the other one as its bias?
  bool take(Instruction& add, int product, int bias) {
    const Value sum = add.operands[std::size_t(product)], b = add.operands[std::size_t(bias)];
    const int at = maker_[std::size_t(sum)];
    if (at < 0 || kept_[std::size_t(at)].op.info != &info_of<Matmul>) return false;
    if (uses_[std::size_t(sum)] != 1 || type(sum) != type(add.result())) return false;
    if (type(sum).dtype != DType::f32 && type(sum).dtype != DType::f64) return false;
    const Instruction& matmul = kept_[std::size_t(at)];
    const Value x = matmul.operands[0], w = matmul.operands[1];
    if (type(w).shape.size() != 2 || type(b).shape.size() != 1 ||
        type(b).shape[0] != type(w).shape[1])
      return false;
    // The product's place stays empty: remove_dead_code() takes it away.
    add.op = AnyOp(info_of<Linear>);
    add.operands = {x, transposed(w, add.where), b};
    return true;
  }

  Value transposed(Value w, Location where) {
    const auto& shape = type(w).shape;
    const Permute swap{Dims{1, 0}};
    const Value v = program_.add_value({type(w).dtype, {shape[1], shape[0]}});
    kept_.push_back(
        {.op = AnyOp(info_of<Permute>, &swap), .operands = {w}, .results = {v}, .where = where});
    return v;
  }

  Program& program_;
  std::vector<int> uses_;   // by value
  std::vector<int> maker_;  // by value: which of kept_
  std::vector<Instruction> kept_;
};

}  // namespace

Program fuse_bias(Program program) {
  BiasFusion(program).run();
  return program;
}

}  // namespace tandem::passes
