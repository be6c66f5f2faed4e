// What a call's tandem::Error says.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <source_location>
#include <string>
#include <string_view>

#include "tandem/base/error.h"

namespace tandem {

/// The text of the Error that f raises; "no error" when it raises none.
std::string error_of(const std::function<void()>& f);

/// Adds a failure unless f raises an Error of this code that says `part`.
void expect_error(const std::function<void()>& f, ErrorCode code, std::string_view part,
                  std::source_location where = std::source_location::current());

}  // namespace tandem

/// EXPECT_ERROR(expression, code, "part of the message")
#define EXPECT_ERROR(expression, code, part) \
  ::tandem::expect_error([&] { (void)(expression); }, code, part)
