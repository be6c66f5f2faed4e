#include "tandem/passes/expand_composites.h"

#include <algorithm>

#include "tandem/graph/recorder.h"
#include "tandem/ops/conv.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::Parameter;
using graph::Value;

/// Is its first operand a convolution that nothing else reads, and that has room for it?
bool reads_a_convolution(const Program& program, const Instruction& i) {
  const Value x = i.operands[0];
  const auto has_bias = [](const Instruction& conv) {
    return conv.operands.size() > 2 && conv.operands[2] != graph::no_value;
  };
  bool is_convolution = false;
  std::ptrdiff_t readers = 0;
  for (const Instruction& other : program.instructions) {
    readers += std::ranges::count(other.operands, x);
    if (std::ranges::count(other.results, x))
      is_convolution = other.op.info == &info_of<Conv2d> && !has_bias(other) &&
                       program.type(x).dtype == DType::f32;
  }
  for (const auto* results : {&program.outputs, &program.updates})
    readers += std::ranges::count(*results, x, &graph::Output::value);
  return is_convolution && readers == 1;
}

bool is_composite(const Program& program, const Instruction& i, Device device) {
  const OpInfo& info = i.info();
  if (info.view || !i.bodies.empty()) return false;
  const KernelEntry& kernel = info.kernel[int(device.type)];
  const bool has_kernel =
      kernel.run && !(kernel.joins_convolutions && reads_a_convolution(program, i));
  if (has_kernel && !kernel.supports) return false;
  if (has_kernel) {
    std::vector<Type> types;
    for (Value v : i.operands)
      types.push_back(v == graph::no_value ? Type() : program.type(v).at({}));
    std::vector<const Type*> in;
    for (std::size_t k = 0; k < types.size(); ++k)
      in.push_back(i.operands[k] == graph::no_value ? nullptr : &types[k]);
    if (kernel.supports(i.op.data(), in)) return false;
  }
  return !info.rules || info.rules->decompose;
}

/// One level of it: decompositions may hold composites themselves.
class Expansion {
 public:
  Expansion(Program program, Device device)
      : from_(std::move(program)),
        device_(device),
        recorder_(from_.name),
        values_(from_.types.size()) {}

  Program run() {
    Program& to = recorder_.program;
    for (const Parameter& p : from_.parameters)
      define(p.value, to.add_parameter(p.kind, p.name, from_.type(p.value), p.constant));
    NoGrad off;
    std::vector<char> composite;
    for (const Instruction& i : from_.instructions)
      composite.push_back(is_composite(from_, i, device_));
    for (std::size_t n = 0; n < composite.size(); ++n) {
      Instruction& i = from_.instructions[n];
      composite[n] ? expand(i) : keep(std::move(i));
    }
    for (auto results : {&Program::outputs, &Program::updates})
      for (const graph::Output& o : from_.*results)
        (to.*results).push_back({o.name, value_of(o.value, {})});
    return std::move(to);
  }

 private:
  void expand(const Instruction& i) {
    std::vector<Tensor> operands;
    for (Value v : i.operands)
      operands.push_back(v == graph::no_value ? Tensor() : values_[std::size_t(v)]);
    std::vector<const Tensor*> in;
    for (const Tensor& t : operands) in.push_back(&t);
    Tensor out[max_results];
    {
      const graph::Recording on(recorder_);
      At line(i.where);
      decompose(i.info(), i.op.data(), in, out);
    }
    for (std::size_t r = 0; r < i.results.size(); ++r)
      define(i.results[r], recorder_.value_of(out[r], i.where));
  }

  void keep(Instruction&& i) {
    std::vector<Type> types;
    for (Value v : i.results) types.push_back(type(v));
    for (Value& v : i.operands)
      if (v != graph::no_value) v = value_of(v, i.where);
    const std::vector<Value> results = std::exchange(i.results, {});
    const std::vector<Tensor> out = recorder_.add(std::move(i), types);
    for (std::size_t r = 0; r < out.size(); ++r) values_[std::size_t(results[r])] = out[r];
  }

  /// Each value goes on as a tensor of its own: how it was made does not matter to those after it.
  void define(Value old, Value now) {
    values_[std::size_t(old)] = recorder_.placeholder(now, type(old));
  }
  Value value_of(Value old, Location where) {
    return recorder_.value_of(values_[std::size_t(old)], where);
  }
  Type type(Value v) const { return from_.type(v).at({}); }

  Program from_;
  Device device_;
  graph::Recorder recorder_;
  std::vector<Tensor> values_;
};

}  // namespace

Program expand_composites(Program program, Device device) {
  if (!program.symbols.empty())
    fail(ErrorCode::value, program.name,
         "which ops have kernels depends on the sizes of the symbolic dims: bind() them first");
  for (Instruction& i : program.instructions)
    for (Program& body : i.bodies) body = expand_composites(std::move(body), device);
  const auto has_composites = [&] {
    return std::ranges::any_of(program.instructions, [&](const Instruction& i) {
      return is_composite(program, i, device);
    });
  };
  while (has_composites()) program = Expansion(std::move(program), device).run();
  return program;
}

}  // namespace tandem::passes
