#include "tandem/passes/pipeline.h"

#include <algorithm>

#include "tandem/graph/attributes.h"
#include "tandem/graph/check.h"
#include "tandem/graph/memory_order.h"
#include "tandem/passes/algebra.h"
#include "tandem/passes/common_subexpressions.h"
#include "tandem/passes/constant_folding.h"
#include "tandem/passes/dead_code.h"
#include "tandem/passes/expand_composites.h"
#include "tandem/passes/fuse_bias.h"
#include "tandem/passes/loop_hoisting.h"
#include "tandem/passes/pool_gradient.h"
#include "tandem/passes/rematerialize.h"

namespace tandem::passes {
namespace {

using graph::Instruction;

#ifdef __OPTIMIZE__
constexpr bool is_debug_build = false;
#else
constexpr bool is_debug_build = true;
#endif

struct Pass {
  std::string_view name;
  Program (*run)(Program);
};

/// Each leaves work for the next; dead code comes last, so that a round ends without any.
constexpr Pass rounds[] = {
    {"fold_constants", fold_constants},
    {"simplify", simplify},
    {"fuse_bias", fuse_bias},
    {"mask_pool_gradients", mask_pool_gradients},
    {"share_common_subexpressions", share_common_subexpressions},
    {"hoist_from_loops", hoist_from_loops},
    {"remove_dead_code", remove_dead_code},
};
/// What a round leaves undone is found by the next one; more than a few find nothing.
constexpr int max_rounds = 8;

/// Where no budget is given, a percent of the time has to spare so many of the memory.
constexpr double least_gain = 10;

bool same_instruction(const Instruction& a, const Instruction& b) {
  return a.op.info == b.op.info && a.operands == b.operands && a.results == b.results &&
         a.solved == b.solved && graph::same_attributes(a.op, b.op) &&
         std::ranges::equal(a.bodies, b.bodies, is_same_program);
}
bool same_outputs(const std::vector<graph::Output>& a, const std::vector<graph::Output>& b) {
  return std::ranges::equal(
      a, b, [](const auto& x, const auto& y) { return x.name == y.name && x.value == y.value; });
}
bool same_parameters(const std::vector<graph::Parameter>& a,
                     const std::vector<graph::Parameter>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return x.kind == y.kind && x.name == y.name && x.value == y.value;
  });
}

class Optimization {
 public:
  Optimization(Program program, const OptimizeOptions& options)
      : program_(std::move(program)), options_(options) {}

  Program run() {
    if (program_.symbols.empty())
      apply("expand_composites", [](Program p) { return expand_composites(std::move(p)); });
    for (int round = 0; round < max_rounds; ++round) {
      bool changed = false;
      for (const Pass& pass : rounds) changed |= apply(pass.name, pass.run);
      if (!changed) break;
    }
    apply("order_for_memory", graph::order_for_memory);
    if (options_.budget)
      apply("rematerialize",
            [&](Program p) { return rematerialize(std::move(p), *options_.budget); });
    else if (program_.symbols.empty())
      apply("rematerialize", [](Program p) { return rematerialize(std::move(p), 0, least_gain); });
    bool fused = false;
    if (options_.can_fuse)
      fused |= apply("fuse_elementwise",
                     [&](Program p) { return fuse_elementwise(std::move(p), options_.can_fuse); });
    if (options_.takes_epilogue)
      fused |= apply("fuse_epilogues", [&](Program p) {
        return fuse_epilogues(std::move(p), options_.takes_epilogue);
      });
    if (fused) apply("remove_dead_code", remove_dead_code);  // numbers that stand in bodies now
    return std::move(program_);
  }

 private:
  template <class F>
  bool apply(std::string_view name, F&& pass) {
    before_ = program_;
    program_ = pass(std::move(program_));
    if (is_same_program(before_, program_)) return false;
    if (is_debug_build || options_.check) graph::check(program_);
    if (options_.after_pass) options_.after_pass(name, program_);
    return true;
  }

  Program program_;
  Program before_;  // a member, so that each copy reuses the memory of the one before
  const OptimizeOptions& options_;
};

}  // namespace

bool is_same_program(const Program& a, const Program& b) {
  return same_parameters(a.parameters, b.parameters) &&
         std::ranges::equal(a.instructions, b.instructions, same_instruction) &&
         same_outputs(a.outputs, b.outputs) && same_outputs(a.updates, b.updates);
}

Program optimize(Program program, const OptimizeOptions& options) {
  if (options.budget && !program.symbols.empty())
    fail(ErrorCode::value, program.name,
         "how many bytes it needs depends on the sizes of the symbolic dims: bind() them first");
  return Optimization(std::move(program), options).run();
}

}  // namespace tandem::passes
