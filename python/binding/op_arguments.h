// Python's arguments of a call as an op's operands and attributes.
#pragma once
#include <string>
#include <vector>

#include "python/binding/python.h"
#include "tandem/ops/public_functions.h"

namespace tandem::python {

inline constexpr int max_parameters = 16, max_operands = 12;

/// What one op is called with: its public parameters, by name.
struct Parameters {
  const OpInfo* info;
  int count;
  int spread;  // takes the rest of the positional arguments: zeros(2, 3), einsum(f, a, b); -1: none
  bool is_factory;                    // takes device=, requires_grad= and so on
  PyObject* keyword[max_parameters];  // interned

  explicit Parameters(const OpInfo& info);
  /// "sum(input, dim=(), keepdim=False, dtype=None)"
  std::string signature(std::string_view name) const;
  /// What it takes, as stubs annotate it: "Tensor", "int | None".
  std::string_view type(int parameter) const;
  /// Its default, as Python has it; none: it must be given.
  Ref initial(int parameter) const;
};

/// Why arguments do not fit.
struct Mismatch {
  enum Kind { none, too_many, missing, unknown, twice, type } kind = none;
  int parameter = 0;
  PyObject* object = nullptr;  // borrowed: the keyword, or the argument

  explicit operator bool() const { return kind != none; }
};

/// The arguments of one call. Borrows from Python's, which outlive it.
class Arguments {
 public:
  explicit Arguments(const Parameters& parameters) : of_(parameters) {}
  Arguments(const Arguments&) = delete;

  Mismatch parse(PyObject* const* args, Py_ssize_t count, PyObject* keywords);
  /// Raises what parse() found.
  [[noreturn]] void raise(const Mismatch& mismatch, std::string_view function) const;

  std::span<const NumArg> operands() const { return {operand_, std::size_t(of_.info->operands)}; }
  PublicCall call(Location where);
  /// The Python line, if a tape or a tracer will want it.
  Location line() const;
  /// Elements of all operands.
  int64_t elements() const;
  bool requires_grad() const { return requires_grad_; }
  PyObject* out() const { return out_; }

 private:
  Mismatch set(int parameter, PyObject* value);
  Mismatch set_operand(int operand, int parameter, PyObject* value);
  Mismatch set_list(int parameter, PyObject* const* items, Py_ssize_t count);
  Mismatch set_keyword(PyObject* name, PyObject* value);
  bool set_common_keyword(PyObject* name, PyObject* value, Mismatch& mismatch);

  const Parameters& of_;
  uint32_t seen_ = 0;
  bool requires_grad_ = false;
  PyObject* out_ = nullptr;
  std::vector<Tensor> list_, made_;
  union {
    NumArg operand_[max_operands];
  };
  alignas(8) std::byte op_[AnyOp::capacity];
};

}  // namespace tandem::python
