// Every public error says which op, what was passed and what was expected.
#pragma once
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tandem/base/text.h"

namespace tandem {

/// What kind of mistake it was; front ends map it to the exception of their language.
enum class ErrorCode : uint8_t {
  shape,        // shapes, ranks or sizes that do not fit together
  index,        // an index or a dim out of range
  dtype,        // a dtype an op does not take
  value,        // any other argument out of range
  autograd,     // gradients that cannot be had: version errors, freed graphs
  io,           // files, networks, full disks
  format,       // untrusted bytes that are not what they claim to be
  unsupported,  // no kernel, no rule, no device
  memory,       // more than there is; only where there is no std::bad_alloc to throw
};
std::string_view name(ErrorCode code);

/// What every public function throws. what() reads "op: message".
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, std::string_view op, std::string_view message)
      : std::runtime_error(text(op, ": ", message)), code_(code), op_(op) {}
  ErrorCode code() const { return code_; }
  const std::string& op() const { return op_; }

 private:
  ErrorCode code_;
  std::string op_;
};

/// The one place where an error is raised: thrown, or, where there are no exceptions, handed to the
/// innermost attempt() of this thread (base/attempt.h); without any it is printed and ends the
/// program.
[[noreturn]] void raise(Error error);

/// Throws std::bad_alloc, or raises ErrorCode::memory where there are no exceptions.
[[noreturn]] void raise_out_of_memory(std::string_view op, std::size_t bytes);

[[noreturn]] void fail_with(ErrorCode code, std::string_view op,
                            std::initializer_list<TextPart> parts);

/// fail(ErrorCode::index, "softmax", "dim ", dim, " is out of range for input of shape ", shape)
template <class... Parts>
[[noreturn, gnu::cold, gnu::noinline]] void fail(ErrorCode code, std::string_view op,
                                                 const Parts&... parts) {
  fail_with(code, op, {TextPart(parts)...});
}

}  // namespace tandem
