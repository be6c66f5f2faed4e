#include "tandem/runtime/tile_body.h"

#include <algorithm>

#include "tandem/cpu/row_of.h"
#include "tandem/tensor/layout.h"

namespace tandem::runtime {
namespace {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;

cpu::Row row_of(const Program& program, const Instruction& i) {
  if (i.results.size() != 1 || !i.bodies.empty()) return nullptr;
  std::vector<Type> types;
  for (graph::Value v : i.operands) {
    if (v == graph::no_value) return nullptr;
    types.push_back({program.type(v).dtype, {}});
  }
  std::vector<const Type*> in;
  for (const Type& t : types) in.push_back(&t);
  return in.empty() ? nullptr : cpu::row_of(i.info(), in, program.type(i.result()).dtype);
}

}  // namespace

bool has_row(const Program& program, const Instruction& i) { return row_of(program, i) != nullptr; }

bool runs_over_tiles(const Program& body) {
  if (body.outputs.empty()) return false;
  const graph::SymbolicType& first = body.type(body.outputs[0].value);
  std::vector<char> made(body.types.size());
  for (const Instruction& i : body.instructions) {
    if (graph::is_number(i)) continue;
    if (!row_of(body, i) || body.type(i.result()).shape != first.shape) return false;
    made[std::size_t(i.result())] = 1;
  }
  // Results are made by ops, and each is asked for once.
  return std::ranges::all_of(body.outputs, [&](const graph::Output& o) {
    return std::exchange(made[std::size_t(o.value)], 0) == 1;
  });
}

TensorRef TileBody::Value::ref() const { return {nullptr, &type, &strides, contiguous}; }

TileBody::TileBody(const Program& body, std::span<const TensorRef> operands) {
  for (const TensorRef& t : operands) values_.push_back({*t.type, *t.strides, t.contiguous});
  std::vector<int> number(body.types.size(), -1);  // in the chain, by value
  int next = 0;
  for (const ParameterKind kind : {ParameterKind::input, ParameterKind::constant})
    for (const Parameter& p : body.parameters)
      if (p.kind == kind) number[std::size_t(p.value)] = next++;
  for (const Instruction& i : body.instructions)
    if (graph::is_number(i)) number[std::size_t(i.result())] = next++;

  for (const Instruction& i : body.instructions) {
    if (graph::is_number(i)) continue;
    const Type type = body.type(i.result()).at({});
    cpu::TileChain::Op op{i.op, row_of(body, i), {}, type.dtype};
    std::vector<TensorRef> in;
    for (graph::Value v : i.operands) {
      op.operands.push_back(number[std::size_t(v)]);
      in.push_back(values_[std::size_t(op.operands.back())].ref());
    }
    Value made{type, contiguous_strides(type.shape), true};
    made.contiguous = follow_layout(i.info().layout, in, type, made.strides);
    number[std::size_t(i.result())] = int(values_.size());
    values_.push_back(std::move(made));
    chain_.ops.push_back(std::move(op));
  }
  for (const graph::Output& o : body.outputs)
    chain_.results.push_back(number[std::size_t(o.value)]);
  chain_.shape = values_[index(0)].type.shape;

  std::vector<TensorRef> in, out;
  for (std::size_t v = 0; v < operands.size(); ++v) in.push_back(values_[v].ref());
  for (int v : chain_.results) out.push_back(values_[std::size_t(v)].ref());
  program_ = std::make_shared<const cpu::TileProgram>(chain_, in, out);
}

}  // namespace tandem::runtime
