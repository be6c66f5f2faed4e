#include "tandem/runtime/tile_body.h"

#include <algorithm>
#include <optional>

#include "tandem/cpu/row_of.h"
#include "tandem/ops/reduce.h"
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

struct Reduced {
  cpu::Reduction kind;
  bool mean;
  Dims dim;  // as the op has it
};

/// A reduction in the dtype of its operand.
std::optional<Reduced> reduction_of(const Program& program, const Instruction& i) {
  std::optional<Reduced> reduced;
  const auto is = [&]<class Op>(const Op*, cpu::Reduction kind, bool mean = false) {
    if (i.op.info == &info_of<Op>) reduced = {kind, mean, static_cast<const Op*>(i.op.data())->dim};
  };
  is((Sum*)nullptr, cpu::Reduction::sum);
  is((Mean*)nullptr, cpu::Reduction::sum, true);
  is((Prod*)nullptr, cpu::Reduction::prod);
  is((Amax*)nullptr, cpu::Reduction::max);
  is((Amin*)nullptr, cpu::Reduction::min);
  // A number has no dim to run over: `dim` 0 and -1 stand for none of it.
  if (!reduced || !i.solved.empty() || program.type(i.operands[0]).shape.empty()) return {};
  const DType dtype = program.type(i.operands[0]).dtype;
  const bool fits =
      (dtype == DType::f32 || dtype == DType::f64) && program.type(i.result()).dtype == dtype;
  return fits ? reduced : std::nullopt;
}

/// Which dims of a tensor of this rank are reduced.
std::vector<char> reduced_dims(const Dims& dim, std::size_t rank) {
  std::vector<char> is(rank, dim.empty());
  for (int64_t d : dim) is[std::size_t(d < 0 ? d + int64_t(rank) : d)] = 1;
  return is;
}

}  // namespace

bool can_fuse(const Program& program, const Instruction& i) {
  return row_of(program, i) != nullptr || reduction_of(program, i).has_value();
}

bool runs_over_tiles(const Program& body) {
  const graph::SymbolicType* first = nullptr;  // what every op makes
  std::vector<char> made(body.types.size()), asked(body.types.size());
  std::optional<std::vector<char>> dims;
  DType dtype = DType::f32;
  for (const Instruction& i : body.instructions) {
    if (graph::is_number(i)) continue;
    if (row_of(body, i)) {
      for (graph::Value v : i.operands)
        if (made[std::size_t(v)] == 2) return false;
      if (first && body.type(i.result()).shape != first->shape) return false;
      first = &body.type(i.result());
      made[std::size_t(i.result())] = 1;
      continue;
    }
    const std::optional<Reduced> reduced = reduction_of(body, i);
    if (!reduced || made[std::size_t(i.operands[0])] != 1) return false;
    const auto now = reduced_dims(reduced->dim, first->shape.size());
    if (dims && (*dims != now || dtype != body.type(i.result()).dtype)) return false;
    dims = now;
    dtype = body.type(i.result()).dtype;
    made[std::size_t(i.result())] = 2;
  }
  // Results are made here, and each is asked for once.
  return !body.outputs.empty() && std::ranges::all_of(body.outputs, [&](const graph::Output& o) {
    return made[std::size_t(o.value)] && !std::exchange(asked[std::size_t(o.value)], 1);
  });
}

TileBody::TileBody(const Program& body, std::span<const TensorRef> operands, int64_t columns)
    : number_(body.types.size(), -1) {
  for (const TensorRef& t : operands) values_.push_back({*t.type, *t.strides, t.contiguous});
  int next = 0;
  for (const ParameterKind kind : {ParameterKind::input, ParameterKind::constant})
    for (const Parameter& p : body.parameters)
      if (p.kind == kind) number_[std::size_t(p.value)] = next++;
  for (const Instruction& i : body.instructions)
    if (graph::is_number(i)) number_[std::size_t(i.result())] = next++;
  for (const Instruction& i : body.instructions)
    if (!graph::is_number(i) && row_of(body, i)) add_op(body, i);
  const int chain_values = int(values_.size());
  for (const Instruction& i : body.instructions)
    if (!graph::is_number(i) && !row_of(body, i)) add_reduction(body, i);

  for (const graph::Output& o : body.outputs) outputs_.push_back(number_[std::size_t(o.value)]);
  for (std::size_t o = 0; o < outputs_.size(); ++o)
    if (outputs_[o] < chain_values) {
      chain_.results.push_back(outputs_[o]);
      results_.push_back(o);
    }
  // In the order of the reductions, those that nobody asked for left out.
  std::vector<cpu::TileReduce> asked;
  for (std::size_t k = 0; k < reductions_.size(); ++k) {
    const auto o = std::ranges::find(outputs_, chain_values + int(k));
    if (o == outputs_.end()) continue;
    asked.push_back(reductions_[k]);
    results_.push_back(std::size_t(o - outputs_.begin()));
  }
  reductions_ = std::move(asked);
  lay_out(operands, columns);
}

void TileBody::add_op(const Program& body, const Instruction& i) {
  const Type type = body.type(i.result()).at({});
  cpu::TileChain::Op op{i.op, row_of(body, i), {}, type.dtype};
  std::vector<TensorRef> in;
  for (graph::Value v : i.operands) {
    op.operands.push_back(number_[std::size_t(v)]);
    in.push_back(values_[std::size_t(op.operands.back())].ref());
  }
  Value made{type, contiguous_strides(type.shape), true};
  made.contiguous = follow_layout(i.info().layout, in, type, made.strides);
  number_[std::size_t(i.result())] = int(values_.size());
  values_.push_back(std::move(made));
  chain_.ops.push_back(std::move(op));
  chain_.shape = type.shape;
}

void TileBody::add_reduction(const Program& body, const Instruction& i) {
  const Reduced reduced = *reduction_of(body, i);
  kept_ = kept_shape(i.info().name(), chain_.shape, reduced.dim);
  reductions_.push_back({chain_.watched.size(), reduced.kind, reduced.mean});
  chain_.watched.push_back(number_[std::size_t(i.operands[0])]);
  const Type type = body.type(i.result()).at({});
  number_[std::size_t(i.result())] = int(values_.size());
  values_.push_back({type, contiguous_strides(type.shape), true});
}

void TileBody::lay_out(std::span<const TensorRef> operands, int64_t columns) {
  std::vector<TensorRef> in, out;
  for (std::size_t v = 0; v < operands.size(); ++v) in.push_back(values_[v].ref());
  for (int v : chain_.results) out.push_back(values_[std::size_t(v)].ref());
  if (reductions_.empty()) {
    const Dims& order = values_[std::size_t(chain_.results[0])].strides;
    program_ = std::make_shared<const cpu::TileProgram>(chain_, in, out, order, columns);
    return;
  }
  const Value& first = values_[std::size_t(chain_.watched[0])];
  for (int v : chain_.watched)
    if (values_[std::size_t(v)].strides != first.strides) return;
  reduction_ = cpu::TileReduction::make(chain_, reductions_, in, out, first.type.dtype,
                                        first.strides, kept_);
  if (reduction_) program_ = {reduction_, &reduction_->program()};
}

}  // namespace tandem::runtime
