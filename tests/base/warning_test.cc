#include "tandem/base/warning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tandem {
namespace {

using ::testing::ElementsAre;

struct Collected {
  std::vector<std::string> messages;
  WarningHandler before = set_warning_handler(
      [this](std::string_view message, Location) { messages.emplace_back(message); });
  ~Collected() { set_warning_handler(before); }
};

TEST(Warning, IsSaidOnceALineAndMessage) {
  Collected collected;
  for (int i = 0; i < 3; ++i) warn("careful", Location::current());
  for (const char* text : {"careful", "more careful"}) warn(text, Location::current());
  EXPECT_THAT(collected.messages, ElementsAre("careful", "careful", "more careful"));
}

TEST(Warning, GoesToStderrWithFileAndLine) {
  const WarningHandler before = set_warning_handler({});
  ::testing::internal::CaptureStderr();
  warn("careful", Location::current());
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, ::testing::MatchesRegex(".*warning_test\\.cc:[0-9]+: warning: careful\n"));
  set_warning_handler(before);
}

/// A handler may warn itself, and may warn of what it is told.
TEST(Warning, HandlersMayWarn) {
  int calls = 0;
  const WarningHandler before = set_warning_handler([&](std::string_view, Location) {
    ++calls;
    warn("from the handler", Location::current());
  });
  warn("careful", Location::current());
  EXPECT_EQ(calls, 2);
  set_warning_handler(before);
}

}  // namespace
}  // namespace tandem
