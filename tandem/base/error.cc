#include "tandem/base/error.h"

#include <new>

#include "tandem/base/attempt.h"

#ifndef __cpp_exceptions
#include <cstdio>
#include <cstdlib>
#endif

namespace tandem {

std::string_view name(ErrorCode code) {
  constexpr std::string_view names[] = {"shape", "index",  "dtype",       "value", "autograd",
                                        "io",    "format", "unsupported", "memory"};
  return names[int(code)];
}

void fail_with(ErrorCode code, std::string_view op, std::initializer_list<TextPart> parts) {
  Error error(code, op, join(parts));
  raise(std::move(error));
}

#ifdef __cpp_exceptions

void raise(Error error) { throw std::move(error); }

void raise_out_of_memory(std::string_view, std::size_t) { throw std::bad_alloc(); }

bool is_out_of_memory(const Failure& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::bad_alloc&) {
    return true;
  } catch (...) {
    return false;
  }
}

std::string message_of(const Failure& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {
    return "a failure that is no std::exception";
  }
}

#else

namespace {
thread_local detail::JumpTarget* innermost = nullptr;
}

detail::JumpTarget::JumpTarget() : outer(innermost) { innermost = this; }
detail::JumpTarget::~JumpTarget() { innermost = outer; }

void raise(Error error) {
  if (!innermost) {
    std::fprintf(stderr, "%s\n", error.what());
    std::abort();
  }
  detail::JumpTarget& target = *innermost;
  target.error.emplace(std::move(error));
  std::longjmp(target.jump, 1);
}

void raise_out_of_memory(std::string_view op, std::size_t bytes) {
  fail(ErrorCode::memory, op, "there is no memory for ", bytes, " bytes");
}

bool is_out_of_memory(const Failure& failure) { return failure->code() == ErrorCode::memory; }

std::string message_of(const Failure& failure) { return failure->what(); }

#endif

}  // namespace tandem
