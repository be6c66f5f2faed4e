#include "tandem/runtime/epilogue_body.h"

#include <algorithm>

#include "tandem/cpu/product_kernel.h"
#include "tandem/ops/activation.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/matmul.h"
#include "tandem/runtime/tile_body.h"

namespace tandem::runtime {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;
using graph::Value;

bool takes_epilogue(const Program& program, const Instruction& i) {
  // Rows of a matrix by a vector: to the kernel a column, to a chain the last dim.
  const bool by_vector =
      &i.info() == &info_of<Matmul> && program.type(i.operands[1]).shape.size() == 1;
  return i.results.size() == 1 && i.bodies.empty() && !by_vector &&
         cpu::product_kernel(i.info(), program.type(i.result()).dtype);
}

namespace {

/// Takes what the product's kernel does in registers (cpu/epilogue.h) from the begin of `rest`;
/// `before` becomes its result.
class IntoRegisters {
 public:
  IntoRegisters(const Program& body, EpilogueBody& split, Value& before,
                std::vector<const Instruction*>& rest)
      : body_(body),
        split_(split),
        before_(before),
        rest_(rest),
        result_(body.type(before).at({})) {}

  void take() {
    const Instruction& product = *split_.product;
    const bool is_conv = &product.info() == &info_of<Conv2d>;
    const bool has_bias = product.operands.size() > 2 && product.operands[2] != graph::no_value;
    if (is_conv && result_.dtype == DType::f32 && !has_bias) take_affine();
    const Instruction* i = only_reader(before_);
    if (!i) return;
    const bool is_hardtanh = &i->info() == &info_of<Hardtanh>;
    if (&i->info() != &info_of<Relu> && !(is_hardtanh && is_conv)) return;
    if (is_conv && result_.dtype != DType::f32) return;
    split_.activation = i;
    before_ = i->result();
    std::erase(rest_, i);
  }

 private:
  void take_affine() {
    std::vector<const Instruction*> taken;
    std::vector<Value> affine;
    Value sum = before_;
    for (const OpInfo* wanted : {&info_of<Sub>, &info_of<Mul>, &info_of<Add>}) {
      const Instruction* i = only_reader(sum);
      if (!i || &i->info() != wanted || i->operands[0] != sum || !is_by_channel(i->operands[1]))
        break;
      affine.push_back(i->operands[1]);
      taken.push_back(i);
      sum = i->result();
    }
    if (affine.size() < 2) return;
    split_.affine = std::move(affine);
    before_ = sum;
    std::erase_if(rest_, [&](const Instruction* i) { return std::ranges::count(taken, i) > 0; });
  }

  /// Null: others read it too, or it is the result.
  const Instruction* only_reader(Value v) const {
    const Instruction* only = nullptr;
    std::ptrdiff_t readers = v == body_.outputs[0].value;
    for (const Instruction* i : rest_)
      if (const auto times = std::ranges::count(i->operands, v)) only = i, readers += times;
    return readers == 1 ? only : nullptr;
  }

  /// A parameter [1, C, 1, 1], as channels of a convolution's result are broadcast.
  bool is_by_channel(Value v) const {
    const auto& type = body_.type(v);
    return type.dtype == result_.dtype && type.is_constant() &&
           type.at({}).shape == Dims{1, result_.shape[1], 1, 1} &&
           std::ranges::any_of(body_.parameters, [&](const Parameter& p) { return p.value == v; });
  }

  const Program& body_;
  EpilogueBody& split_;
  Value& before_;
  std::vector<const Instruction*>& rest_;
  Type result_;
};

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

  EpilogueBody split{.product = &*product, .chain = {.symbols = body.symbols, .types = body.types}};
  Value before = product->result();
  std::vector<const Instruction*> rest;
  for (const Instruction& i : body.instructions)
    if (&i != &*product) rest.push_back(&i);
  IntoRegisters(body, split, before, rest).take();
  if (body.outputs[0].value == before) rest.clear();  // numbers that nothing reads any more

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
  if (!rest.empty() && !runs_over_tiles(split.chain)) return {};
  return split;
}

}  // namespace tandem::runtime
