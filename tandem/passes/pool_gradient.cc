#include "tandem/passes/pool_gradient.h"

#include <algorithm>
#include <optional>

#include "tandem/graph/attributes.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/pool.h"
#include "tandem/ops/view.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::Value;

/// The attributes of a pool as those of its gradient.
AnyOp gradient_of(const AnyOp& pool) {
  const auto& p = *static_cast<const MaxPool2d*>(pool.data());
  const MaxPool2dBackward gradient{p.kernel_size, p.stride, p.padding, p.dilation, p.ceil_mode};
  return AnyOp(info_of<MaxPool2dBackward>, &gradient);
}

class Masking {
 public:
  explicit Masking(Program& program) : program_(program), uses_(program.types.size()) {
    for (const Instruction& i : program.instructions)
      for (Value v : i.operands)
        if (v != no_value) ++uses_[std::size_t(v)];
    for (const auto* results : {&program.outputs, &program.updates})
      for (const graph::Output& o : *results) ++uses_[std::size_t(o.value)];
  }

  void run() {
    for (Instruction& i : program_.instructions) {
      for (Program& body : i.bodies) body = mask_pool_gradients(std::move(body));
      if (i.op.info == &info_of<ReluBackward>) mask(i);
      kept_.push_back(std::move(i));
    }
    program_.instructions = std::move(kept_);
  }

 private:
  const Instruction* maker(Value v, const OpInfo& info) const {
    const auto it = std::ranges::find_if(
        kept_, [&](const Instruction& i) { return i.op.info == &info && i.result() == v; });
    return it == kept_.end() ? nullptr : &*it;
  }

  /// `relu` is relu_backward(max_pool2d_backward(grad, y), y), or stays.
  void mask(Instruction& relu) {
    const Value y = relu.operands[1];
    const Instruction* found = maker(relu.operands[0], info_of<MaxPool2dBackward>);
    if (!found || found->operands[1] != y || uses_[std::size_t(found->result())] != 1) return;
    const auto pool = std::ranges::find_if(kept_, [&](const Instruction& i) {
      return i.op.info == &info_of<MaxPool2d> && i.operands[0] == y && i.solved == found->solved &&
             graph::same_attributes(gradient_of(i.op), found->op);
    });
    if (pool == kept_.end()) return;

    Instruction unpool = *found;  // the one before stays: remove_dead_code() takes it away
    Value grad = unpool.operands[0], pooled = pool->result();
    std::optional<Instruction> reshape;
    if (const Instruction* back = maker(grad, info_of<Reshape>)) {
      const auto flat = std::ranges::find_if(kept_, [&](const Instruction& i) {
        return i.op.info == &info_of<Reshape> && i.operands[0] == pooled &&
               program_.type(i.result()) == program_.type(back->operands[0]);
      });
      if (flat != kept_.end()) {
        reshape = *back;
        grad = back->operands[0], pooled = flat->result();
      }
    }
    Instruction masked = relu;
    masked.operands = {grad, pooled};
    masked.results = {program_.add_value(program_.type(grad))};
    unpool.operands[0] = masked.result();
    if (reshape) {
      reshape->operands = {masked.result()};
      reshape->results = {program_.add_value(program_.type(reshape->result()))};
      unpool.operands[0] = reshape->result();
    }
    unpool.results = relu.results;
    relu = std::move(unpool);
    kept_.push_back(std::move(masked));
    if (reshape) kept_.push_back(std::move(*reshape));
  }

  Program& program_;
  std::vector<int> uses_;  // by value
  std::vector<Instruction> kept_;
};

}  // namespace

Program mask_pool_gradients(Program program) {
  Masking(program).run();
  return program;
}

}  // namespace tandem::passes
