#include "tandem/base/attempt.h"

#include <gtest/gtest.h>

#include <new>

namespace tandem {
namespace {

TEST(Attempt, GivesTheErrorOrNone) {
  EXPECT_FALSE(attempt([] {}));
  const auto error = attempt([] { fail(ErrorCode::index, "softmax", "dim ", 3); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code(), ErrorCode::index);
  EXPECT_EQ(error->op(), "softmax");
  EXPECT_STREQ(error->what(), "softmax: dim 3");
}

TEST(Attempt, TheInnermostTakesIt) {
  int reached = 0;
  const auto outer = attempt([&] {
    EXPECT_TRUE(attempt([] { fail(ErrorCode::value, "inner", "no"); }));
    reached = 1;
    fail(ErrorCode::shape, "outer", "no");
  });
  ASSERT_TRUE(outer);
  EXPECT_EQ(outer->op(), "outer");
  EXPECT_EQ(reached, 1);
}

TEST(Attempt, LetsWhatIsNoErrorPass) {
  EXPECT_THROW(static_cast<void>(attempt([] { throw std::bad_alloc(); })), std::bad_alloc);
}

TEST(Capture, KeepsAnyFailureToBeRaisedAgain) {
  EXPECT_FALSE(capture([] {}));
  const Failure memory = capture([] { raise_out_of_memory("scratch", 64); });
  EXPECT_TRUE(is_out_of_memory(memory));
  const Failure refused = capture([] { fail(ErrorCode::value, "op", "no"); });
  ASSERT_TRUE(refused);
  EXPECT_FALSE(is_out_of_memory(refused));
  EXPECT_EQ(message_of(refused), "op: no");
  const auto again = attempt([&] { raise_again(refused); });
  ASSERT_TRUE(again);
  EXPECT_EQ(again->code(), ErrorCode::value);
}

}  // namespace
}  // namespace tandem
