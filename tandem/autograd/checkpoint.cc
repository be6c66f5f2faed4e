#include "tandem/autograd/checkpoint.h"

#include "tandem/autograd/custom_node.h"
#include "tandem/autograd/frontier.h"
#include "tandem/ops/autocast.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

/// Runs the function again with recording on; the walk goes on through what that recorded.
struct CheckpointRule final : CustomRule {
  TensorFunction function;
  std::vector<Tensor> reads;  // the inputs, then what else it read that has a history
  std::size_t inputs, results;
  std::vector<uint32_t> versions;
  bool autocast = mode.autocast;
  DType autocast_dtype = mode.autocast_dtype;
  BitGenerator generator_kind;
  Tensor generator_state;  // undefined: the recomputation draws from the current generator

  CheckpointRule(TensorFunction f, std::span<const Tensor> in, bool preserve_rng_state)
      : function(std::move(f)), reads(in.begin(), in.end()), inputs(in.size()) {
    for (const Tensor& t : in) versions.push_back(t ? t.version() : 0);
    if (!preserve_rng_state) return;
    const Generator& generator = default_generator();
    generator_kind = generator.kind();
    generator_state = clone(generator.state());
  }

  std::string_view name() const override { return "checkpoint"; }
  void release() override {
    reads.clear();
    function = nullptr;
  }
  void check_unwritten() const {
    for (std::size_t i = 0; i < reads.size(); ++i)
      if (reads[i] && reads[i].version() != versions[i])
        fail(ErrorCode::autograd, "checkpoint",
             i < inputs ? text("input ", i) : "a tensor that its function reads", " (",
             reads[i].type(), ") was modified by an inplace operation at ",
             reads[i].impl()->storage->written, " before backward could compute with it again");
  }
  std::vector<Tensor> run() const {
    EnableGrad on;
    const Autocast as_before(autocast, autocast_dtype);
    return function(std::span(reads).first(inputs));
  }
  std::vector<Tensor> recompute() override {
    check_unwritten();
    std::vector<Tensor> again;
    if (generator_state) {
      Generator generator(Generator::default_seed, generator_kind);
      generator.advance(clone(generator_state));
      UseGenerator use(generator);
      again = run();
    } else {
      again = run();
    }
    if (again.size() != results)
      fail(ErrorCode::autograd, "checkpoint", "the function gave ", results, " results and then ",
           again.size(), ": it must compute the same again");
    return again;
  }
};

}  // namespace

std::vector<Tensor> checkpoint(TensorFunction function, std::span<const Tensor> inputs,
                               bool preserve_rng_state, Location where) {
  if (!mode.grad) return function(inputs);
  auto rule = std::make_unique<CheckpointRule>(function, inputs, preserve_rng_state);
  std::vector<Tensor> results, with_history;
  {
    Frontier frontier("checkpoint");
    results = function(inputs);
    for (const Tensor& t : results) frontier.note({{&t}}, {});  // it may be from outside
    for (Tensor& t : frontier.take_reads()) {
      rule->versions.push_back(t.version());
      rule->reads.push_back(std::move(t));
    }
    for (const Tensor& t : rule->reads)
      if (frontier.is_inside(t))
        fail(ErrorCode::autograd, "checkpoint", "its function wrote in place to a tensor of type ",
             t.type(), " from outside, which it could not do again: clone() the tensor there");
    for (const Tensor& t : results)
      with_history.push_back(t && needs_grad(t.impl()) ? t : Tensor());
  }
  rule->results = results.size();
  const std::vector<Tensor> reads = rule->reads;
  attach_custom_rule(std::move(rule), reads, with_history, where);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (with_history[i]) results[i] = with_history[i];
  return results;
}

}  // namespace tandem
