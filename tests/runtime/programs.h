// Programs made by hand, and the plainest way to run one: eagerly, a tensor for each value.
#pragma once
#include <gmock/gmock.h>

#include <random>

#include "tandem/graph/control_flow.h"
#include "tandem/graph/program.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/attention.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/create.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/gather.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/optimizer.h"
#include "tandem/ops/random.h"
#include "tandem/ops/reduce.h"
#include "tandem/ops/softmax.h"
#include "tandem/ops/trigonometry.h"
#include "tandem/ops/view.h"
#include "tandem/tandem.h"

namespace tandem {

/// Makes a program of concrete types, one instruction a call; types are inferred.
class Builder {
 public:
  explicit Builder(std::string name = "main") { program.name = std::move(name); }

  graph::Value input(std::string name, const Type& type) {
    return add(graph::ParameterKind::input, std::move(name), type);
  }
  graph::Value state(std::string name, const Type& type) {
    return add(graph::ParameterKind::state, std::move(name), type);
  }
  graph::Value constant(std::string name, const Tensor& t) {
    return add(graph::ParameterKind::constant, std::move(name), t.type(), t);
  }
  /// The instruction's results.
  std::vector<graph::Value> apply(const AnyOp& op, std::vector<graph::Value> operands,
                                  Location where = Location::current()) {
    std::vector<Type> in;
    std::vector<const Type*> types;
    for (graph::Value v : operands) in.push_back(v < 0 ? Type() : type(v));
    for (std::size_t i = 0; i < in.size(); ++i) types.push_back(operands[i] < 0 ? nullptr : &in[i]);
    Type out[max_results];
    Type* to[max_results];
    for (int i = 0; i < max_results; ++i) to[i] = &out[i];
    op.info->infer(op.data(), types, to);
    graph::Instruction i{op, std::move(operands), {}, {}, {}, where};
    for (int r = 0; r < op.info->results; ++r)
      i.results.push_back(program.add_value(graph::SymbolicType(out[r])));
    program.instructions.push_back(std::move(i));
    return program.instructions.back().results;
  }
  template <Op O>
  graph::Value operator()(const O& op, std::vector<graph::Value> operands,
                          Location where = Location::current()) {
    return apply(AnyOp(info_of<O>, &op), std::move(operands), where)[0];
  }
  /// A control flow op with its bodies and its results' types.
  std::vector<graph::Value> control(const AnyOp& op, std::vector<graph::Value> operands,
                                    std::vector<Program> bodies, const std::vector<Type>& results,
                                    Location where = Location::current()) {
    graph::Instruction i{op, std::move(operands), {}, {}, std::move(bodies), where};
    for (const Type& t : results) i.results.push_back(program.add_value(graph::SymbolicType(t)));
    program.instructions.push_back(std::move(i));
    return program.instructions.back().results;
  }
  void output(std::string name, graph::Value v) { program.outputs.push_back({std::move(name), v}); }
  void update(std::string name, graph::Value v) { program.updates.push_back({std::move(name), v}); }
  Type type(graph::Value v) const { return program.type(v).at({}); }

  Program program;

 private:
  graph::Value add(graph::ParameterKind kind, std::string name, const Type& type, Tensor t = {}) {
    return program.add_parameter(kind, std::move(name), graph::SymbolicType(type), std::move(t));
  }
};

struct EagerResult {
  std::vector<Tensor> outputs;
  std::vector<Tensor> state;  // the new values, in the order of the state parameters
};
/// Runs each instruction by apply(); nothing is written in place.
EagerResult run_eagerly(const Program& program, std::span<const Tensor> inputs,
                        std::span<const Tensor> state = {});

/// Equal types and bits, or what differs.
std::string bit_difference(const Tensor& found, const Tensor& expected);

/// Independent tensors with the same elements and strides.
Tensor copy_of_strided(const Tensor& t);

/// Plans the program, runs it `times` times beside run_eagerly() from the same state, and compares
/// outputs and state bit for bit.
void expect_same_as_eager(const Program& program, std::span<const Tensor> inputs,
                          std::span<const Tensor> state = {}, int times = 1);

}  // namespace tandem
