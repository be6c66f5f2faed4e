// Public functions by their op: what front ends of other languages call, since the functions do
// more than apply(): they resolve numbers, promotion and batch dims.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// Arguments of a public function, as its op's record describes them.
struct PublicCall {
  const OpInfo& info;
  void* op;                          // the attributes
  std::span<const NumArg> operands;  // fixed ones; no tensor: a number; undefined: left out
  std::span<const Tensor> list;      // of a list op
  Location where;

  /// Error: code dtype when it is a number.
  Arg tensor(int i) const {
    if (!operands[std::size_t(i)].tensor) [[unlikely]]
      fail(ErrorCode::dtype, info.name(), "operand ", i, " must be a tensor, got a number");
    return {*operands[std::size_t(i)].tensor, where};
  }
  OptArg optional_tensor(int i) const { return {*tensor(i).tensor, where}; }
  const NumArg& number(int i) const { return operands[std::size_t(i)]; }
  OptNumArg optional_number(int i) const {
    const NumArg& a = operands[std::size_t(i)];
    if (!a.tensor) return {a.number, where};
    return a.tensor->defined() ? OptNumArg(*a.tensor, where) : OptNumArg();
  }
  ListArg tensors() const { return {list, where}; }
  template <class T>
  const T& attribute(int i) const {
    return *static_cast<const T*>(info.attribute[i].in(op));
  }
};

struct PublicFunction {
  std::string_view name;
  void (*call)(const PublicCall& call, Tensor* out);
  /// The function `name_`, which writes over operand 0 and gives it back; null: there is none.
  Tensor (*call_in_place)(const PublicCall& call);
};

/// Those of all ops but the random ones, whose functions take a generator: ops/random.h.
std::span<const PublicFunction> public_functions();

}  // namespace tandem
