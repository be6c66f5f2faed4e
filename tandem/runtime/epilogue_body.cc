#include "tandem/runtime/epilogue_body.h"

#include <algorithm>

#include "tandem/cpu/product_kernel.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/elementwise.h"
#include "tandem/runtime/tile_body.h"

namespace tandem::runtime {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;
using graph::Value;

bool takes_epilogue(const Program& program, const Instruction& i) {
  return i.results.size() == 1 && i.bodies.empty() &&
         cpu::product_kernel(i.info(), program.type(i.result()).dtype);
}

namespace {

/// [1, C, 1, 1], as channels of a convolution's result are broadcast.
bool is_by_channel(const Program& body, Value v, const Type& result) {
  const auto& type = body.type(v);
  if (type.dtype != result.dtype || type.shape.size() != 4 || !type.is_constant()) return false;
  const Dims shape = type.at({}).shape;
  return shape == Dims{1, result.shape[1], 1, 1};
}

/// Takes what a convolution does in registers from the begin of `rest`; `before` becomes its
/// result.
void take_affine(const Program& body, EpilogueBody& split, Value& before,
                 std::vector<const Instruction*>& rest) {
  const Instruction& product = *split.product;
  const bool has_bias = product.operands.size() > 2 && product.operands[2] != graph::no_value;
  const Type result = body.type(product.result()).at({});
  if (&product.info() != &info_of<Conv2d> || has_bias || result.dtype != DType::f32) return;
  std::vector<Value> affine;
  std::vector<const Instruction*> taken;
  Value sum = before;
  for (const OpInfo* wanted : {&info_of<Sub>, &info_of<Mul>, &info_of<Add>}) {
    const auto reads = [&](const Instruction* i) { return std::ranges::count(i->operands, sum); };
    const auto reader = std::ranges::find_if(rest, reads);
    const bool is_last = sum == body.outputs[0].value || reader == rest.end();
    if (is_last || std::ranges::count_if(rest, reads) != 1) break;
    const Instruction& i = **reader;
    if (&i.info() != wanted || i.operands[0] != sum || i.operands[1] == sum ||
        !is_by_channel(body, i.operands[1], result))
      break;
    const bool is_parameter = std::ranges::any_of(
        body.parameters, [&](const Parameter& p) { return p.value == i.operands[1]; });
    if (!is_parameter) break;
    affine.push_back(i.operands[1]);
    taken.push_back(&i);
    sum = i.result();
  }
  if (affine.size() < 2) return;
  split.affine = std::move(affine);
  before = sum;
  std::erase_if(rest, [&](const Instruction* i) { return std::ranges::count(taken, i) > 0; });
}

}  // namespace

std::optional<EpilogueBody> split_epilogue(const Program& body) {
  const auto product = std::ranges::find_if_not(body.instructions, graph::is_number);
  if (product == body.instructions.end() || !takes_epilogue(body, *product)) return {};
  if (body.outputs.size() != 1 || body.outputs[0].value == product->result() ||
      body.type(body.outputs[0].value) != body.type(product->result()))
    return {};
  const auto is_parameter = [&](Value v) {
    return v == graph::no_value ||
           std::ranges::any_of(body.parameters, [&](const Parameter& p) { return p.value == v; });
  };
  if (!std::ranges::all_of(product->operands, is_parameter)) return {};

  EpilogueBody split{&*product, {}, {.symbols = body.symbols, .types = body.types}};
  Value before = product->result();
  std::vector<const Instruction*> rest;
  for (const Instruction& i : body.instructions)
    if (&i != &*product) rest.push_back(&i);
  take_affine(body, split, before, rest);

  split.chain.parameters.push_back({ParameterKind::input, "product", before, {}});
  for (const Instruction* i : rest) split.chain.instructions.push_back(*i);
  for (const Parameter& parameter : body.parameters) {
    if (parameter.kind != ParameterKind::input) return {};
    if (std::ranges::any_of(rest, [&](const Instruction* i) {
          return std::ranges::count(i->operands, parameter.value) > 0;
        }))
      split.chain.parameters.push_back(parameter);
  }
  split.chain.outputs = body.outputs;
  if (body.outputs[0].value != before && !runs_over_tiles(split.chain)) return {};
  return split;
}

}  // namespace tandem::runtime
