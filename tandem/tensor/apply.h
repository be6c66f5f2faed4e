// The one funnel: every op, whoever calls it, goes through apply().
//
//   infer  ->  tracing? emit : run  ->  record if a gradient is wanted
#pragma once
#include "tandem/tensor/op_info.h"

namespace tandem {

/// Receives ops instead of the kernels while a function is being traced.
struct Tracer {
  virtual void emit(const OpInfo&, const void* op, Operands in, std::span<const Tensor> out,
                    Location) = 0;
  virtual void assign(const Tensor& target, const Tensor& source, Location) = 0;
  /// Is this a tensor whose elements, though they can be read, are not those of every run?
  virtual bool tracks(const Tensor&) const { return false; }

 protected:
  ~Tracer() = default;
};

using Apply = void (*)(const OpInfo& info, const void* op, Operands in, Tensor* out,
                       Location where);

/// The state of the calling thread that apply() looks at, in one cache line.
struct Mode {
  Tracer* tracer = nullptr;
  Apply autocast = nullptr;  // takes apply()'s place and chooses dtypes (ops/autocast.h)
  DType autocast_dtype = DType::bf16;
  bool grad = true;
  bool inference = false;
  bool detect_anomaly = false;
  bool relocated = false;  // `where` overrides the location an op was called from
  Location where;
};
inline constinit thread_local Mode mode;

/// A scope, not an assignment: a rule that throws must leave the mode as it was.
class GradMode {
 public:
  explicit GradMode(bool on) : saved_(std::exchange(mode.grad, on)) {}
  GradMode(const GradMode&) = delete;
  ~GradMode() { mode.grad = saved_; }

 private:
  bool saved_;
};
/// Inside, nothing is recorded for gradients.
struct NoGrad : GradMode {
  NoGrad() : GradMode(false) {}
};
/// Inside a NoGrad, recording again.
struct EnableGrad : GradMode {
  EnableGrad() : GradMode(true) {}
};
/// NoGrad, and what is made inside may never take part in recorded computation: views keep no
/// parents and the tape is out of the way.
class InferenceMode {
 public:
  InferenceMode() : saved_(std::exchange(mode.inference, true)) {}
  InferenceMode(const InferenceMode&) = delete;
  ~InferenceMode() { mode.inference = saved_; }

 private:
  NoGrad off_;
  bool saved_;
};

/// Ops called inside belong to this line: the forward op of a gradient, the op being decomposed,
/// the module's call, the Python line. The outermost line wins.
class At {
 public:
  explicit At(Location where) : relocated_(mode.relocated), saved_(mode.where) {
    if (!relocated_) mode.relocated = true, mode.where = where;
  }
  At(const At&) = delete;
  ~At() { mode.relocated = relocated_, mode.where = saved_; }

 private:
  bool relocated_;
  Location saved_;
};

/// Applies an op; out has info.results entries, which are overwritten and are none of the operands.
void apply(const OpInfo& info, const void* op, Operands in, Tensor* out, Location where);

/// The same, without autocast's choice for this op; its parts still choose.
void apply_as_is(const OpInfo& info, const void* op, Operands in, Tensor* out, Location where);

inline Tensor apply(const OpInfo& info, const void* op, Operands in, Location where) {
  Tensor out;
  apply(info, op, in, &out, where);
  return out;
}

/// Like apply(), and results replace the operands that info.in_place names: their kernel writes
/// straight over them where nothing is recorded or traced. Returns operand 0.
void apply_in_place(const OpInfo& info, const void* op, Operands in, Location where);

/// Runs the kernel (or makes a view) for operands whose result types stand in `out`.
void run(const OpInfo& info, const void* op, Operands in, std::span<TensorImpl* const> out,
         Location where);

/// Replaces an op by its definition.
void decompose(const OpInfo& info, const void* op, Operands in, Tensor* out);

TensorImpl* new_impl();
/// Gives `t`, whose type is known, a storage of its own and row-major strides.
void allocate(TensorImpl* t);
/// A tensor that has a type and nothing else.
Tensor type_only(const Type& type);
/// A row-major copy without history, made without an op.
Tensor copy_of(const Tensor& t);
/// No negative size, and no more bytes than int64 counts.
inline bool has_valid_size(const Type& type) {
  int64_t bytes = size_of(type.dtype);
  bool fits = true;
  for (int64_t n : type.shape) fits &= n >= 0 && !__builtin_mul_overflow(bytes, n | !n, &bytes);
  return fits;
}
/// Error: code shape.
[[noreturn, gnu::cold]] void fail_size(std::string_view op, const Type& type);
inline void check_size(std::string_view op, const Type& type) {
  if (!has_valid_size(type)) [[unlikely]]
    fail_size(op, type);
}
/// A second impl on the same elements, without history. Same strides, storage, traced value.
TensorImpl* alias(const TensorImpl* t);

/// autograd/tape.cc, by pointer so that the runtime links without a tape.
struct Tape {
  void (*record)(const OpInfo&, const void* op, Operands in, std::span<Tensor> out, Location);
  void (*release_node)(Node*);
  /// The storage of a view was written since its node was made: makes the node anew.
  void (*refresh_view)(TensorImpl*);
  /// `target` is about to be overwritten by `value`: what value's gradient reads of it is copied.
  void (*keep_overwritten)(const TensorImpl* target, const Tensor& value);
  /// `target` was overwritten by `value` in place: gives it, and what it is a view of, its history.
  void (*rebase)(TensorImpl* target, const Tensor& value, Location);
  /// The node as PyTorch names its class: "MulBackward0"; empty for a leaf.
  std::string (*gradient_name)(const TensorImpl*);
  /// Names the op and line that made the first NaN.
  void (*check_anomaly)(const OpInfo&, std::span<const Tensor> out, Location);
};
inline constinit const Tape* tape = nullptr;

/// Is a gradient wanted for what is computed from `t`?
inline bool needs_grad(TensorImpl* t) {
  if (t->view && t->node_version != t->storage->version) [[unlikely]]
    if (tape) tape->refresh_view(t);
  return t->node;
}

}  // namespace tandem
