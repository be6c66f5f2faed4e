#include "tests/expect_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {

std::string error_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "no error";
}

void expect_error(const std::function<void()>& f, ErrorCode code, std::string_view part,
                  std::source_location where) {
  const ::testing::ScopedTrace at(where.file_name(), int(where.line()), "EXPECT_ERROR");
  try {
    f();
    ADD_FAILURE() << "expected an error: " << part;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_THAT(error.what(), ::testing::HasSubstr(std::string(part)));
  }
}

}  // namespace tandem
