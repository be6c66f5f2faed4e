#include "tandem/graph/recorder.h"

#include "tandem/tensor/view_of.h"

namespace tandem::graph {
namespace {

/// Numbers of traced tensors: unique in a thread, so that a tensor of an earlier trace is known for
/// what it is.
thread_local int32_t next_traced = 0;

/// The line without the folders of the machine it was compiled on.
Location short_location(Location where) {
  const std::string_view file = where.file_name();
  return make_location(file.substr(file.rfind('/') + 1), where.line());
}

/// Traced tensors have no place that a flipped or transposed view could be told by.
bool is_same_view(const TensorImpl* a, const TensorImpl* b) {
  if (a->type != b->type) return false;
  return a->data || b->data ? a->strides == b->strides && a->data == b->data
                            : a->traced == b->traced;
}

}  // namespace

Recorder::Recorder(std::string name, Recorder* outer) : outer_(outer) {
  program.name = std::move(name);
}
Recorder::~Recorder() = default;

Tensor Recorder::placeholder(Value value, const Type& type) {
  Tensor t = type_only(type);
  TensorImpl* i = t.impl();
  set_contiguous_strides(type.shape, i->strides);
  i->storage = Storage::make(0);
  mark(i, value, 0);
  return t;
}

void Recorder::mark(TensorImpl* t, Value value, uint32_t version) {
  t->traced = next_traced++;
  traced_[t->traced] = {value, version};
}

Tensor Recorder::input(std::string name, const Type& type) {
  const SymbolicType symbolic(type);
  return placeholder(program.add_parameter(ParameterKind::input, std::move(name), symbolic), type);
}

void Recorder::state(const std::string& name, const Tensor& t) {
  const Storage* storage = t.impl()->storage;
  if (const auto it = written_.find(storage); it != written_.end()) {
    if (is_same_view(t.impl(), it->second.base.impl())) return;
    fail(ErrorCode::value, "trace", "state '", name, "' of ", t.type(),
         " shares memory with other state: clone(x) one of them first");
  }
  const Value value = program.add_parameter(ParameterKind::state, name, SymbolicType(t.type()));
  written_.emplace(storage, Written{t.detach(), value, true, t.impl()->requires_grad});
  states_.push_back(storage);
  state_names_.push_back(name);
}

Tensor Recorder::state(const std::string& name, const Type& type) {
  return placeholder(program.add_parameter(ParameterKind::state, name, SymbolicType(type)), type);
}

void Recorder::output(std::string name, const Tensor& t) {
  if (!t) fail(ErrorCode::value, "trace", "output '", name, "' is an undefined tensor");
  program.outputs.push_back({std::move(name), value_of(t, Location::current())});
}

void Recorder::update(const std::string& name, const Tensor& t) {
  const Value value = value_of(t, Location::current());
  if (value != program.find(ParameterKind::state, name)->value)
    program.updates.push_back({name, value});
}

void Recorder::finish() {
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const Value now = written_.at(states_[i]).value;
    if (now != program.find(ParameterKind::state, state_names_[i])->value)
      program.updates.push_back({state_names_[i], now});
  }
}

bool Recorder::tracks(const Tensor& t) const {
  return written_.contains(t.impl()->storage) || (outer_ && outer_->tracks(t));
}

Value Recorder::value_of(const Tensor& t, Location where) {
  TensorImpl* i = t.impl();
  const auto traced = traced_.find(i->traced);
  if (const auto it = written_.find(i->storage); it != written_.end()) {
    const Written& written = it->second;
    if (mode.grad && i->requires_grad && written.is_state && !written.requires_grad)
      fail(ErrorCode::value, "trace", "a parameter of ", i->type, " used at ", where,
           " stands detached in the state, so its gradients would not be seen: pass named_state(), "
           "not state_dict(), or trace under NoGrad");
    if (is_same_view(i, written.base.impl())) return written.value;
    if (traced != traced_.end() && traced->second.version == i->storage->version)
      return traced->second.value;
    if (i->view) return remake_view(i);
    fail(ErrorCode::unsupported, "trace", "a detached view of shape ", i->type.shape,
         " is read at ", where,
         " after what it is a view of was written in place: detach() after "
         "the write");
  }
  if (traced != traced_.end()) return traced->second.value;
  if (outer_ && (i->traced >= 0 || outer_->tracks(t))) return capture(t);
  if (!i->data)
    fail(ErrorCode::value, "trace", "a tensor of ", i->type, " used at ", where,
         " belongs to a trace that has ended");
  return outer_ ? capture(t) : constant(t, where);
}

Value Recorder::constant(const Tensor& t, Location where) {
  TensorImpl* i = t.impl();
  if (i->requires_grad)
    fail(ErrorCode::value, "trace", "a parameter of ", i->type, " used at ", where,
         " is neither an input nor named in the state of the trace");
  const auto it = constants_.find(i);
  if (it != constants_.end()) return it->second.second;
  const Value value = program.add_parameter(
      ParameterKind::constant, program.unused_name(ParameterKind::constant, "constant"),
      SymbolicType(i->type), t.detach());
  constants_.emplace(i, std::pair(t, value));
  return value;
}

Value Recorder::capture(const Tensor& t) {
  // Reading it in the outer program now fixes which of its values the body sees.
  const Value outer_value = outer_->value_of(t, Location::current());
  const auto name = [](std::size_t k) { return text("captured", k); };
  for (std::size_t k = 0; k < captured_.size(); ++k)
    if (captured_[k].value == outer_value)
      return program.find(ParameterKind::input, name(k))->value;
  captured_.push_back({t, outer_value});
  return program.add_parameter(ParameterKind::input, name(captured_.size() - 1),
                               SymbolicType(t.type()));
}

Value Recorder::remake_view(TensorImpl* t) {
  const ViewOf& view = *t->view;
  const Tensor parent = Tensor::share(view.parent);
  Instruction again{.op = AnyOp(*view.info, view.op()), .where = short_location(view.where)};
  again.operands = {value_of(parent, view.where)};
  again.results = {program.add_value(SymbolicType(t->type))};
  mark(t, again.results[0], t->storage->version);
  program.instructions.push_back(std::move(again));
  return program.instructions.back().result();
}

std::vector<Tensor> Recorder::add(Instruction instruction, std::span<const Type> results) {
  std::vector<Tensor> out;
  for (const Type& type : results) {
    instruction.results.push_back(program.add_value(SymbolicType(type)));
    out.push_back(placeholder(instruction.results.back(), type));
  }
  instruction.where = short_location(instruction.where);
  program.instructions.push_back(std::move(instruction));
  return out;
}

void Recorder::emit(const OpInfo& info, const void* op, Operands in, std::span<const Tensor> out,
                    Location where) {
  Instruction instruction{.op = AnyOp(info, op), .where = short_location(where)};
  for (std::size_t k = 0; k < in.size(); ++k) {
    if (!in[k]->defined()) {
      instruction.operands.push_back(no_value);
      continue;
    }
    if (info.random && k == 0 && !tracks(*in[k]) && in[k]->impl()->traced < 0)
      fail(
          ErrorCode::value, "trace", info.name(), " at ", where,
          " draws from a Generator of its own, or from one that was seeded in the traced function: "
          "a program draws from the default one, whose state it keeps; call manual_seed() before");
    instruction.operands.push_back(value_of(*in[k], where));
  }
  for (const Tensor& t : out) {
    instruction.results.push_back(program.add_value(SymbolicType(t.type())));
    mark(t.impl(), instruction.results.back(), t.impl()->storage->version);
  }
  program.instructions.push_back(std::move(instruction));
}

void Recorder::assign(const Tensor& target, const Tensor& source, Location where) {
  const Value value = value_of(source, where);
  write(target.impl(), value, where);
}

void Recorder::write(TensorImpl* target, Value value, Location where) {
  if (target->type.shape.product() == 0) return;  // an optimizer's unused buffer, say
  if (!target->view) {
    auto it = written_.find(target->storage);
    if (it == written_.end()) {
      if (outer_ && !owns(target))
        fail(ErrorCode::unsupported, "trace", "a body of control flow writes in place at ", where,
             " to a tensor from outside: give it back as a result instead");
      if (target->data)
        fail(ErrorCode::value, "trace", "a tensor of ", target->type, " is written in place at ",
             where,
             ", but is neither made by the traced function nor named in its state. (An "
             "optimizer makes its state at the first step: call initialize_state() before)");
      it = written_.emplace(target->storage, Written{Tensor::adopt(alias(target)), value}).first;
    } else if (!is_same_view(target, it->second.base.impl())) {
      fail(ErrorCode::unsupported, "trace", "a detached view of shape ", target->type.shape,
           " is written in place at ", where, ": write to the view itself");
    }
    it->second.value = value;
    return;
  }
  const ViewOf& view = *target->view;
  if (!view.info->rules || !view.info->rules->write)
    fail(ErrorCode::unsupported, view.info->name(), "an in-place write at ", where,
         " to this view cannot be traced: clone(x) it first");
  const Tensor parent = Tensor::share(view.parent);
  const Tensor before = placeholder(value_of(parent, where), view.parent->type);
  NoGrad off;
  At line(where);
  const Tensor after = view.info->rules->write(view.op(), before, placeholder(value, target->type));
  write(view.parent, value_of(after, where), where);
  // The caller counts the write after this.
  mark(target, value, target->storage->version + 1);
}

}  // namespace tandem::graph
