// Writes down the ops of a function while it runs on tensors that have no values.
#pragma once
#include <string>
#include <unordered_map>
#include <vector>

#include "tandem/graph/program.h"
#include "tandem/tensor/apply.h"

namespace tandem::graph {

/// A traced tensor knows its value by `TensorImpl::traced`. A storage that is written in place
/// moves on to the next value; views made before the write are made anew from it when they are
/// read, and a write to a view is a write to what it is a view of. So the program has neither views
/// that share nor writes.
class Recorder final : public Tracer {
 public:
  /// Ops inside a body of control flow go to a recorder of its own, whose `outer` gives it what the
  /// body takes from outside.
  explicit Recorder(std::string name, Recorder* outer = nullptr);
  Recorder(const Recorder&) = delete;
  ~Recorder();
  /// Of a body: the recorder of the program around it.
  Recorder* outer() const { return outer_; }

  Tensor input(std::string name, const Type& type);
  /// `t`, which has a value, is state: read and written by name. A tensor that is there already
  /// keeps its first name. Error: code value when it shares memory with other state.
  void state(const std::string& name, const Tensor& t);
  /// State that no tensor stands for yet: a placeholder for it.
  Tensor state(const std::string& name, const Type& type);
  void output(std::string name, const Tensor& t);
  /// State became `t`.
  void update(const std::string& name, const Tensor& t);
  /// Adds an update for each state that was written.
  void finish();

  /// Adds an instruction whose types are known, and gives its results.
  std::vector<Tensor> add(Instruction instruction, std::span<const Type> results);
  /// The value of a tensor as it is now: traced, state, or else a constant of the program.
  Value value_of(const Tensor& t, Location where);
  /// What a body took from the outer program, in the order of its last inputs: the tensor, with its
  /// history, and its value there.
  struct Captured {
    Tensor tensor;
    Value value;
  };
  const std::vector<Captured>& captured() const { return captured_; }
  Tensor placeholder(Value value, const Type& type);

  void emit(const OpInfo&, const void* op, Operands in, std::span<const Tensor> out,
            Location) override;
  void assign(const Tensor& target, const Tensor& source, Location) override;
  bool tracks(const Tensor& t) const override;

  Program program;

 private:
  /// What a TensorImpl::traced number stands for: a value, and the version of its storage then.
  struct Traced {
    Value value;
    uint32_t version;
  };
  /// A storage that is state, or that was written in place.
  struct Written {
    Tensor base;  // keeps the storage alive, so that its address stays its own
    Value value;  // what `base` is now
    bool is_state = false;
    bool requires_grad = false;
  };

  void mark(TensorImpl* t, Value value, uint32_t version);
  Value remake_view(TensorImpl* t);
  Value constant(const Tensor& t, Location where);
  Value capture(const Tensor& t);
  void write(TensorImpl* target, Value value, Location where);
  bool owns(const TensorImpl* t) const { return traced_.contains(t->traced); }

  Recorder* outer_;
  std::unordered_map<int32_t, Traced> traced_;
  std::unordered_map<const Storage*, Written> written_;
  std::unordered_map<const TensorImpl*, std::pair<Tensor, Value>> constants_;
  std::vector<std::string> state_names_;
  std::vector<const Storage*> states_;
  std::vector<Captured> captured_;
};

/// Ops of this thread go to the recorder until the end of the scope.
class Recording {
 public:
  explicit Recording(Tracer& recorder) : saved_(std::exchange(mode.tracer, &recorder)) {}
  Recording(const Recording&) = delete;
  ~Recording() { mode.tracer = saved_; }

 private:
  Tracer* saved_;
};

}  // namespace tandem::graph
