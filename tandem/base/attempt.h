// Catching what raise() raises: the one place that knows whether there are exceptions.
//
//   if (const auto error = attempt([&] { check(program); })) lexer.error(place, error->what());
//
// Built without exceptions (CMake's TANDEM_LEAN), raise() leaves by longjmp, past the destructors
// between it and attempt(): what those frames own is lost, and nothing of it is used again. So a
// body keeps no lock, and an error there costs memory; programs that run without errors lose none.
#pragma once
#include <exception>
#include <optional>
#include <utility>

#ifndef __cpp_exceptions
#include <csetjmp>
#endif

#include "tandem/base/error.h"

namespace tandem {

#ifdef __cpp_exceptions

/// Any failure of a body, kept to be raised again, perhaps in another thread.
using Failure = std::exception_ptr;

/// Runs body; the Error that it raised, if it did. Whatever else it throws passes through.
template <class Body>
std::optional<Error> attempt(Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (Error& error) {
    return std::move(error);
  }
  return std::nullopt;
}

/// Runs body; false-like when it ended well.
template <class Body>
Failure capture(Body&& body) {
  try {
    std::forward<Body>(body)();
  } catch (...) {
    return std::current_exception();
  }
  return nullptr;
}

[[noreturn]] inline void raise_again(Failure failure) {
  std::rethrow_exception(std::move(failure));
}

#else

namespace detail {

/// Where raise() jumps to; the newest of a thread is asked first.
struct JumpTarget {
  JumpTarget();
  ~JumpTarget();
  std::jmp_buf jump;
  JumpTarget* const outer;
  std::optional<Error> error;
};

}  // namespace detail

using Failure = std::optional<Error>;

// Not inlined: the caller's variables must not live in registers that the jump restores.
template <class Body>
[[gnu::noinline]] std::optional<Error> attempt(Body&& body) {
  detail::JumpTarget target;
  if (setjmp(target.jump) == 0) std::forward<Body>(body)();
  return std::move(target.error);
}

template <class Body>
Failure capture(Body&& body) {
  return attempt(std::forward<Body>(body));
}

[[noreturn]] inline void raise_again(Failure failure) { raise(std::move(*failure)); }

#endif

bool is_out_of_memory(const Failure& failure);
std::string message_of(const Failure& failure);

}  // namespace tandem
