#include "tandem/runtime/session.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/attempt.h"
#include "tandem/graph/bind_shapes.h"
#include "tandem/graph/check.h"
#include "tandem/runtime/check_state.h"
#include "tandem/runtime/cpu_kernel.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/layout.h"

namespace tandem::runtime {
namespace {

using graph::Parameter;
using graph::ParameterKind;

bool is_updated(const ProgramSet& programs, std::string_view name) {
  for (const Program& p : programs.programs)
    for (const graph::Output& u : p.updates)
      if (u.name == name) return true;
  return false;
}

/// A copy that lies as `t` does, if that is dense, else row-major.
Tensor copy_as_it_lies(const Tensor& t) {
  if (!is_dense(t.shape(), t.strides())) return copy_of(t);
  const Tensor copy = empty(t.shape(), t.dtype());
  std::memcpy(copy.impl()->data, t.impl()->data, std::size_t(t.nbytes()));
  copy.impl()->strides = t.strides();
  copy.impl()->contiguous = t.is_contiguous();
  return copy;
}

/// By the kernel, as it may be an input of every call.
Tensor row_major(const Tensor& t) {
  const auto ref = [](const Tensor& of) {
    const TensorImpl* impl = of.impl();
    return TensorRef{impl->data, &impl->type, &impl->strides, impl->contiguous};
  };
  Tensor result = empty(t.shape(), t.dtype());
  copy(ref(t), ref(result));
  return result;
}

bool has_gaps(const Tensor& t) {
  return t && !t.is_contiguous() && !is_dense(t.shape(), t.strides());
}

/// Empty for those in row-major order.
std::vector<Dims> strides_of(std::span<const Tensor> tensors) {
  std::vector<Dims> strides;
  for (const Tensor& t : tensors) strides.push_back(t.is_contiguous() ? Dims() : t.strides());
  return strides;
}

/// Runs body while nobody else runs one. An error leaves behind the lock: without exceptions it
/// runs no destructor, and the next call would wait for ever.
template <class Body>
void exclusively(std::mutex& mutex, Body&& body) {
  Failure failure;
  {
    const std::lock_guard lock(mutex);
    failure = capture(std::forward<Body>(body));
  }
  if (failure) raise_again(std::move(failure));
}

void check_readable(std::string_view name, const Tensor& t) {
  if (!t) fail(ErrorCode::value, name, "the tensor is undefined");
  if (t.device().type != DeviceType::cpu || !t.impl()->data)
    fail(ErrorCode::unsupported, name, "has no elements on the CPU");
}

std::vector<Type> types_of(const Program& program, std::span<const Tensor> inputs) {
  const std::vector<const Parameter*> parameters = program.of_kind(ParameterKind::input);
  std::vector<Type> types;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    check_readable(i < parameters.size() ? std::string_view(parameters[i]->name) : program.name,
                   inputs[i]);
    types.push_back(inputs[i].type());
  }
  return types;
}

}  // namespace

Session::Session(ProgramSet programs, const NamedTensors& state, const SessionOptions& options)
    : programs_(std::move(programs)), options_(options) {
  graph::check(programs_);
  set_state(state);
}

void Session::set_state(const NamedTensors& state) {
  NamedTensors kept;
  for (const auto& [name, tensor] : state) {
    check_readable(name, tensor);
    const bool updated = is_updated(programs_, name);
    if (options_.share_state && updated && !is_dense(tensor.shape(), tensor.strides()))
      fail(ErrorCode::value, name, "a shared state must be dense, got shape ", tensor.shape(),
           " with strides ", tensor.strides());
    kept.add(name, updated && !options_.share_state ? copy_as_it_lies(tensor) : tensor.detach());
  }
  check_state(programs_, kept, ErrorCode::value, "session", "");
  const std::lock_guard lock(running_);
  specialized_.clear();
  state_ = std::move(kept);
}

NamedTensors Session::run(std::string_view name, const NamedTensors& inputs) {
  const Program& program = programs_[name];
  const std::vector<const Parameter*> parameters = program.of_kind(ParameterKind::input);
  std::vector<Tensor> in;
  for (const Parameter* p : parameters) {
    const Tensor* found = inputs.find(p->name);
    if (!found)
      fail(ErrorCode::value, program.name, "input '", p->name,
           "' is missing: ", graph::to_string(program.type(p->value), program.symbols));
    in.push_back(*found);
  }
  for (const auto& [input, tensor] : inputs)
    if (!program.find(ParameterKind::input, input)) {
      std::string names;
      for (const Parameter* p : parameters) names += text(names.empty() ? "" : ", ", p->name);
      fail(ErrorCode::index, program.name, "there is no input '", input, "'; it takes ", names);
    }
  const std::vector<Tensor> out = run(program, in);
  NamedTensors outputs;
  for (std::size_t o = 0; o < out.size(); ++o) outputs.add(program.outputs[o].name, out[o]);
  return outputs;
}

std::vector<Tensor> Session::run(std::string_view name, std::span<const Tensor> inputs) {
  return run(programs_[name], inputs);
}

std::vector<Tensor> Session::run(const Program& program, std::span<const Tensor> inputs) {
  std::vector<Tensor> outputs;
  exclusively(running_, [&] { outputs = run_alone(program, inputs); });
  return outputs;
}

std::vector<Tensor> Session::run_alone(const Program& program, std::span<const Tensor> inputs) {
  std::vector<Tensor> dense;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    if (has_gaps(inputs[i])) {
      if (dense.empty()) dense.assign(inputs.begin(), inputs.end());
      dense[i] = row_major(inputs[i]);
    }
  if (!dense.empty()) inputs = dense;
  Specialized* s = find_specialized(program, inputs);
  if (!s) s = &specialize(program, types_of(program, inputs), strides_of(inputs));
  for (std::size_t i = 0; i < inputs.size(); ++i) s->inputs[i] = inputs[i].impl()->data;
  std::vector<Tensor> outputs = s->executable.new_outputs();
  for (std::size_t o = 0; o < outputs.size(); ++o) s->outputs[o] = outputs[o].impl()->data;
  s->run(s->inputs, s->outputs);
  return outputs;
}

void Session::run(std::string_view program, std::span<const Type> types,
                  std::span<const std::byte* const> inputs, std::span<std::byte* const> outputs) {
  exclusively(running_, [&] { specialized(programs_[program], types).run(inputs, outputs); });
}

const Plan& Session::prepare(std::string_view program, std::span<const Type> types) {
  const Plan* plan = nullptr;
  exclusively(running_, [&] { plan = &specialized(programs_[program], types).executable.plan(); });
  return *plan;
}

void Session::Specialized::run(std::span<const std::byte* const> in,
                               std::span<std::byte* const> out) {
  if (executable.plan().packed_bytes)
    if (const uint64_t now = packed_versions(); now != versions) {
      executable.repack();
      versions = now;
    }
  executable.run(in, state_data, out);
  for (std::size_t i = 0; i < state.size(); ++i)
    if (executable.plan().state[i].updated) ++state[i].impl()->storage->version;
}

/// Versions only grow, so their sum tells whether one has changed.
uint64_t Session::Specialized::packed_versions() const {
  uint64_t sum = 0;
  for (std::size_t i = 0; i < state.size(); ++i)
    if (executable.plan().state[i].fixed) sum += state[i].impl()->storage->version;
  for (const Tensor& constant : executable.plan().constant_tensors)
    sum += constant.impl()->storage->version;
  return sum;
}

namespace {

bool is_of(const Type& type, const Dims& strides, const Type& input) {
  return type == input && strides.empty();
}
bool is_of(const Type& type, const Dims& strides, const Tensor& t) {
  return t && t.type() == type && (strides.empty() ? t.is_contiguous() : t.strides() == strides) &&
         t.impl()->data && t.device().type == DeviceType::cpu;
}

}  // namespace

template <class Inputs>
Session::Specialized* Session::find_specialized(const Program& program, Inputs inputs) {
  const auto fits = [&](const Specialized& s) {
    if (s.program != &program || s.types.size() != inputs.size()) return false;
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (!is_of(s.types[i], s.strides[i], inputs[i])) return false;
    return true;
  };
  const auto s = std::ranges::find_if(specialized_, fits);
  if (s == specialized_.end()) return nullptr;
  specialized_.splice(specialized_.begin(), specialized_, s);
  return &specialized_.front();
}

Session::Specialized& Session::specialized(const Program& program, std::span<const Type> types) {
  Specialized* s = find_specialized(program, types);
  return s ? *s : specialize(program, types, std::vector<Dims>(types.size()));
}

Session::Specialized& Session::specialize(const Program& program, std::span<const Type> types,
                                          std::vector<Dims> strides) {
  Plan made = plan_at(program, graph::bind_shapes(program, types, state_types(program)), strides);
  if (!arena_ || arena_->bytes() < made.arena_bytes) {
    arena_ = std::make_shared<const Arena>(made.arena_bytes);
    for (Specialized& s : specialized_) s.executable.move_to(arena_);
  }
  specialized_.push_front({.program = &program,
                           .types = {types.begin(), types.end()},
                           .strides = std::move(strides),
                           .executable = Executable(std::move(made), arena_)});
  ++specializations_;
  Specialized& s = specialized_.front();
  for (const Outside& o : s.executable.plan().state) {
    s.state.push_back(state_[o.name]);
    s.state_data.push_back(s.state.back().impl()->data);
  }
  s.inputs.resize(types.size());
  s.outputs.resize(program.outputs.size());
  while (specialized_.size() > std::max<std::size_t>(options_.plans, 1)) specialized_.pop_back();
  return s;
}

std::vector<Type> Session::state_types(const Program& program) const {
  std::vector<Type> types;
  for (const Parameter* p : program.of_kind(ParameterKind::state))
    types.push_back(state_[p->name].type());
  return types;
}

Plan Session::plan_at(const Program& program, const graph::Sizes& sizes,
                      std::span<const Dims> input_strides) const {
  Program concrete = graph::bind(program, sizes);
  if (options_.rewrite) concrete = options_.rewrite(std::move(concrete));
  PlanOptions options{.row_major_outputs = options_.row_major_outputs,
                      .pack_weights = options_.pack_weights,
                      .budget = options_.budget};
  std::size_t inputs = 0;
  for (const Parameter& p : concrete.parameters) {
    const bool is_state = p.kind == ParameterKind::state;
    const bool is_input = p.kind == ParameterKind::input;
    options.strides.push_back(is_state   ? state_[p.name].strides()
                              : is_input ? input_strides[inputs++]
                                         : Dims());
    options.fixed_state.push_back(is_state && !is_updated(programs_, p.name));
  }
  return runtime::plan(concrete, options);
}

Plan Session::plan(std::string_view program, std::span<const Type> inputs) const {
  const Program& p = programs_[program];
  return plan_at(p, graph::bind_shapes(p, inputs, state_types(p)),
                 std::vector<Dims>(inputs.size()));
}

Forecast Session::forecast(std::string_view program, std::span<const Type> inputs) const {
  return runtime::forecast(plan(program, inputs));
}

}  // namespace tandem::runtime
