#include "tandem/runtime/lower.h"

#include "tandem/cpu/product_kernel.h"
#include "tandem/graph/control_flow.h"
#include "tandem/runtime/control.h"
#include "tandem/runtime/cpu_kernel.h"
#include "tandem/runtime/epilogue_body.h"
#include "tandem/runtime/tile_body.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/layout.h"
#include "tandem/tensor/strides.h"

namespace tandem::runtime {
namespace {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;
using graph::Value;

/// Strides are known and elements are not yet; a null pointer would mean a left-out operand.
std::byte* const somewhere = reinterpret_cast<std::byte*>(alignment);

TensorRef kernel_ref(const Plan& plan, int32_t ref) {
  if (ref < 0) return {};
  const Ref& r = plan.refs[std::size_t(ref)];
  return {somewhere, &r.type, &r.strides, r.contiguous};
}

std::vector<TensorRef> kernel_refs(const Plan& plan, std::span<const int32_t> refs) {
  std::vector<TensorRef> to;
  for (int32_t r : refs) to.push_back(kernel_ref(plan, r));
  return to;
}

/// Does its memory hold the same in every run?
bool is_fixed(const Plan& plan, int32_t ref) {
  if (ref < 0) return false;
  const Buffer& b = plan.buffer_of(plan.refs[std::size_t(ref)]);
  if (b.home != Home::state) return b.home == Home::constant;
  const Outside& state = plan.state[std::size_t(b.index)];
  return state.fixed && !state.updated;
}

[[noreturn]] void fail_no_kernel(const OpInfo& info, Types in, Location where) {
  std::string types;
  for (const Type* t : in) types += text(types.empty() ? "" : ", ", t ? text(*t) : "none");
  if (!info.infer)
    fail(ErrorCode::unsupported, info.name(), "stands for other ops, or the size of its result ",
         "depends on data: a program cannot be planned with it (", where, ")");
  fail(ErrorCode::unsupported, info.name(), "has no kernel for operands (", types,
       "): run passes::expand_composites first (", where, ")");
}

class Lowering {
 public:
  Lowering(const Program& program, const PlanOptions& options) : options_(options) {
    plan().program = program.name;
    std::vector<int32_t> refs(program.types.size(), -1);
    add_parameters(program, refs);
    add_instructions(program, refs);
    for (const graph::Output& o : program.outputs) {
      plan().outputs.push_back({o.name});
      draft_.outputs.push_back(refs[std::size_t(o.value)]);
    }
    for (const graph::Output& u : program.updates) {
      const Parameter* state = program.find(ParameterKind::state, u.name);
      if (state->value == u.value) continue;
      const int32_t index =
          plan().buffer_of(plan().refs[std::size_t(refs[std::size_t(state->value)])]).index;
      plan().state[std::size_t(index)].updated = true;
      draft_.updates.push_back({index, refs[std::size_t(u.value)]});
    }
  }
  Draft take() { return std::move(draft_); }

 private:
  Plan& plan() { return draft_.plan; }

  void add_parameters(const Program& program, std::vector<int32_t>& refs) {
    for (std::size_t i = 0; i < program.parameters.size(); ++i) {
      const Parameter& p = program.parameters[i];
      int32_t& ref = refs[std::size_t(p.value)];
      if (p.kind == ParameterKind::constant) {
        ref = add_constant(p.name, p.constant);
        continue;
      }
      const Type type = program.type(p.value).at({});
      Dims strides = contiguous_strides(type.shape);
      if (i < options_.strides.size() && options_.strides[i].size() == type.shape.size())
        strides = options_.strides[i];
      const bool input = p.kind == ParameterKind::input;
      std::vector<Outside>& list = input ? plan().inputs : plan().state;
      ref = add_ref(plan(), input ? Home::input : Home::state, type, strides, int32_t(list.size()));
      list.push_back({p.name, ref});
      list.back().fixed = !input && i < options_.fixed_state.size() && options_.fixed_state[i];
    }
  }

  int32_t add_constant(std::string name, const Tensor& t) {
    if (!t) fail(ErrorCode::value, plan().program, "constant #", name, " has no elements yet");
    const int32_t ref =
        add_ref(plan(), Home::constant, t.type(), t.strides(), int32_t(plan().constants.size()));
    plan().constants.push_back({std::move(name), ref});
    plan().constant_tensors.push_back(t);
    return ref;
  }

  /// `refs` is by the program's values.
  void add_instructions(const Program& program, std::vector<int32_t>& refs) {
    for (const Instruction& i : program.instructions) {
      std::vector<int32_t> operands;
      for (Value v : i.operands) operands.push_back(v < 0 ? -1 : refs[std::size_t(v)]);
      const std::vector<int32_t> results = add_instruction(program, i, operands);
      for (std::size_t r = 0; r < results.size(); ++r) refs[std::size_t(i.results[r])] = results[r];
    }
  }

  std::vector<int32_t> add_instruction(const Program& program, const Instruction& i,
                                       std::vector<int32_t>& operands) {
    const OpInfo& info = i.info();
    std::vector<Type> types;
    for (Value v : i.results) types.push_back(program.type(v).at({}));
    if (graph::is_number(i)) return {add_number(i, types[0])};
    if constexpr (is_selected<graph::Fused>)
      if (&info == &info_of<graph::Fused>) return add_fused(i, operands);
    if (info.view) {
      const TensorRef in = kernel_ref(plan(), operands[0]);
      if (const View view = info.view(i.op.data(), in, types[0]); view.ok)
        return {add_view(operands[0], view, types[0])};
    }
    Step step{i.op, operands, {}, -1, {}, i.where};
    if (is_control(info)) {
      add_bodies(i, step);
    } else {
      std::vector<const Type*> in;
      for (int32_t r : operands) in.push_back(r < 0 ? nullptr : &plan().refs[std::size_t(r)].type);
      const KernelEntry& kernel = cpu_kernel(info);
      if (!kernel.run || (kernel.supports && !kernel.supports(i.op.data(), in)))
        fail_no_kernel(info, in, i.where);
    }
    for (const Type& type : types) {
      Dims strides = contiguous_strides(type.shape);
      if (info.layout != Layout::contiguous)
        follow_layout(info.layout, kernel_refs(plan(), operands), type, strides);
      step.results.push_back(add_ref(plan(), Home::arena, type, strides));
    }
    plan().steps.push_back(std::move(step));
    return plan().steps.back().results;
  }

  int32_t add_number(const Instruction& i, const Type& type) {
    const Tensor number = empty(type.shape, type.dtype);
    const TensorRef out{number.impl()->data, &number.type(), &number.strides(), true};
    cpu_kernel(i.info()).run({i.op.data(), {&out, 1}, {}, nullptr});
    const Scalar& value = static_cast<const Full*>(i.op.data())->fill_value;
    return add_constant(text(value), number);
  }

  int32_t add_view(int32_t of, const View& view, const Type& type) {
    Ref ref = plan().refs[std::size_t(of)];
    ref.offset += view.offset * size_of(type.dtype);
    ref.type = type;
    ref.strides = view.strides;
    ref.contiguous = is_row_major(type.shape, view.strides);
    plan().refs.push_back(std::move(ref));
    return int32_t(plan().refs.size()) - 1;
  }

  /// One step where every op can be run over tiles of the body's results, else a step an op.
  std::vector<int32_t> add_fused(const Instruction& i, std::span<const int32_t> operands) {
    const Program& body = i.bodies[0];
    if (const auto split = split_epilogue(body))
      if (const auto result = add_with_epilogue(*split, body, operands)) return {*result};
    if (!runs_over_tiles(body)) return inline_body(body, operands);
    Step step{i.op, {operands.begin(), operands.end()}, {}, -1, {}, i.where};
    for (const Parameter& p : body.parameters)
      if (p.kind == ParameterKind::constant)
        step.operands.push_back(add_constant(p.name, p.constant));
    for (const Instruction& inside : body.instructions)
      if (graph::is_number(inside))
        step.operands.push_back(add_number(inside, body.type(inside.result()).at({})));
    const TileBody tiles(body, kernel_refs(plan(), step.operands));
    if (!tiles.program()) return inline_body(body, operands);
    std::vector<int32_t> results(body.outputs.size());
    for (std::size_t o : tiles.results()) {
      results[o] = add_ref(plan(), Home::arena, tiles.type(o), tiles.strides(o));
      step.results.push_back(results[o]);
    }
    step.tiles = tiles.program();
    step.reduction = tiles.reduction();
    plan().steps.push_back(std::move(step));
    return results;
  }

  /// One step where the chain runs over the parts that the product's kernel hands over: its result
  /// lies as the product does, in rows and columns that are loops of the chain.
  std::optional<int32_t> add_with_epilogue(const EpilogueBody& split, const Program& body,
                                           std::span<const int32_t> operands) {
    const Instruction& product = *split.product;
    const auto operand = [&](Value v) {
      const auto p = std::ranges::find(body.parameters, v, &Parameter::value);
      return v < 0 ? -1 : operands[std::size_t(p - body.parameters.begin())];
    };
    Step step{product.op, {}, {}, -1, {}, product.where};
    for (Value v : product.operands) step.operands.push_back(operand(v));
    step.product_operands = int32_t(step.operands.size());

    const Type type = body.type(product.result()).at({});
    Dims strides = contiguous_strides(type.shape);
    const OpInfo& info = product.info();
    if (info.layout != Layout::contiguous)
      follow_layout(info.layout, kernel_refs(plan(), step.operands), type, strides);
    const int columns = cpu::column_dim(info, type.shape.size());
    if (type.shape.product() == 0 || type.shape[columns] == 1 || strides[columns] != 1) return {};

    const auto is_empty = [&](int32_t r) {
      return r >= 0 && plan().refs[std::size_t(r)].type.shape.product() == 0;
    };
    // A sum of nothing is not made in registers.
    const bool in_registers = !split.affine.empty() || split.activation;
    if (in_registers && std::ranges::any_of(step.operands, is_empty)) return {};
    for (Value v : split.affine) {
      step.operands.push_back(operand(v));
      if (plan().refs[std::size_t(step.operands.back())].strides[columns] != 1) return {};
    }
    step.affine_operands = int32_t(split.affine.size());
    if (split.activation) step.activation = std::make_shared<const AnyOp>(split.activation->op);
    if (!split.chain.instructions.empty()) {
      const std::size_t before = step.operands.size();
      for (const Parameter& p : std::span(split.chain.parameters).subspan(1))
        step.operands.push_back(operand(p.value));
      if (!add_chain(split.chain, type, strides, columns, before, step)) return {};
    }
    step.results.push_back(add_ref(plan(), Home::arena, type, strides));
    plan().steps.push_back(std::move(step));
    return plan().steps.back().results[0];
  }

  /// The step's chain, which reads its operands from `first` behind the product. False: the product
  /// cannot hand it parts.
  bool add_chain(const Program& chain, const Type& type, const Dims& strides, int columns,
                 std::size_t first, Step& step) {
    std::vector<const Instruction*> numbers;
    for (const Instruction& inside : chain.instructions)
      if (graph::is_number(inside)) numbers.push_back(&inside);
    std::vector<TensorRef> in{{somewhere, &type, &strides, is_row_major(type.shape, strides)}};
    for (std::size_t o = first; o < step.operands.size(); ++o)
      in.push_back(kernel_ref(plan(), step.operands[o]));
    std::vector<Type> number_types;
    for (const Instruction* number : numbers)
      number_types.push_back(chain.type(number->result()).at({}));
    const Dims scalar;
    for (const Type& number : number_types) in.push_back({somewhere, &number, &scalar, true});

    const TileBody tiles(chain, in, type.shape[columns]);
    if (tiles.strides(0) != strides || !tiles.program()->may_overwrite(0, 0) ||
        !tiles.program()->is_matrix(type.shape.product() / type.shape[columns],
                                    type.shape[columns]))
      return false;
    for (std::size_t n = 0; n < numbers.size(); ++n)
      step.operands.push_back(add_number(*numbers[n], number_types[n]));
    step.tiles = tiles.program();
    return true;
  }

  std::vector<int32_t> inline_body(const Program& body, std::span<const int32_t> operands) {
    std::vector<int32_t> refs(body.types.size(), -1);
    std::size_t next = 0;
    for (const Parameter& p : body.parameters)
      refs[std::size_t(p.value)] =
          p.kind == ParameterKind::constant ? add_constant(p.name, p.constant) : operands[next++];
    add_instructions(body, refs);
    std::vector<int32_t> results;
    for (const graph::Output& o : body.outputs) results.push_back(refs[std::size_t(o.value)]);
    return results;
  }

  /// Bodies read operands where they lie; carried values change place, so they are row-major.
  void add_bodies(const Instruction& i, Step& step) {
    const Loop loop = loop_of(step);
    std::vector<Dims> strides;
    for (std::size_t o = i.info().list ? std::size_t(i.info().operands) : 0;
         o < step.operands.size(); ++o) {
      if (step.operands[o] < 0)
        fail(ErrorCode::format, i.info().name(), "operand ", o, " is left out (", i.where, ")");
      const std::size_t at = strides.size();
      Dims s;
      if (at >= loop.carries) {
        s = plan().refs[std::size_t(step.operands[o])].strides;
        if (at < loop.carries + loop.sequences) s.erase(0);
      }
      strides.push_back(s);
    }
    for (const Program& body : i.bodies) {
      // The condition of `while` only reads.
      const bool carries = &body == &i.bodies.back();
      step.bodies.push_back(runtime::plan(
          body,
          {.strides = strides, .row_major_outputs = true, .carries = carries ? loop.carries : 0}));
    }
  }

  const PlanOptions& options_;
  Draft draft_;
};

}  // namespace

Draft lower(const Program& program, const PlanOptions& options) {
  return Lowering(program, options).take();
}

int32_t add_buffer(Plan& plan, Home home, int64_t bytes, int32_t index) {
  plan.buffers.push_back({.home = home, .index = index, .bytes = bytes});
  return int32_t(plan.buffers.size()) - 1;
}

int32_t add_ref(Plan& plan, Home home, const Type& type, const Dims& strides, int32_t index) {
  plan.refs.push_back({add_buffer(plan, home, bytes_of(type), index), 0, type, strides,
                       is_row_major(type.shape, strides)});
  return int32_t(plan.refs.size()) - 1;
}

void add_copy(Plan& plan, int32_t from, int32_t to, Location where) {
  plan.steps.push_back({AnyOp(info_of<Clone>), {from}, {to}, -1, {}, where});
}

int64_t workspace_bytes(const Plan& plan, const Step& step) {
  if (is_control(*step.op.info)) return divide(plan, step).bytes;
  const KernelEntry& kernel = cpu_kernel(*step.op.info);
  if (!kernel.workspace || (step.tiles && step.product_operands < 0)) return 0;
  const std::vector<TensorRef> in = kernel_refs(plan, own_operands(step)),
                               out = kernel_refs(plan, step.results);
  return int64_t(kernel.workspace({step.op.data(), out, in, nullptr}));
}

int64_t packed_bytes(const Plan& plan, const Step& step) {
  if (step.operands.size() < 2 || step.results.size() != 1 || !is_fixed(plan, step.operands[1]))
    return 0;
  const cpu::ProductKernel* kernel =
      cpu::product_kernel(*step.op.info, plan.refs[std::size_t(step.results[0])].type.dtype);
  if (!kernel) return 0;
  const std::vector<TensorRef> in = kernel_refs(plan, own_operands(step)),
                               out = kernel_refs(plan, step.results);
  return kernel->packed_bytes({step.op.data(), out, in, nullptr});
}

}  // namespace tandem::runtime
