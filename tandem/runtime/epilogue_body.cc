#include "tandem/runtime/epilogue_body.h"

#include <algorithm>

#include "tandem/cpu/product_kernel.h"
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

  EpilogueBody split{&*product, {.symbols = body.symbols, .types = body.types}, {}};
  split.chain.parameters.push_back({ParameterKind::input, "product", product->result(), {}});
  for (const Instruction& i : body.instructions)
    if (&i != &*product) split.chain.instructions.push_back(i);
  for (std::size_t p = 0; p < body.parameters.size(); ++p) {
    const Parameter& parameter = body.parameters[p];
    if (parameter.kind != ParameterKind::input) return {};
    if (std::ranges::any_of(split.chain.instructions, [&](const Instruction& i) {
          return std::ranges::count(i.operands, parameter.value) > 0;
        })) {
      split.chain.parameters.push_back(parameter);
      split.operands.push_back(p);
    }
  }
  split.chain.outputs = body.outputs;
  if (!runs_over_tiles(split.chain)) return {};
  return split;
}

}  // namespace tandem::runtime
