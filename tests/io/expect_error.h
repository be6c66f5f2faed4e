// EXPECT_ERROR(expression, code, "part of the message")
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/base/error.h"

#define EXPECT_ERROR(expression, expected_code, part)       \
  try {                                                     \
    (void)(expression);                                     \
    ADD_FAILURE() << "expected an error: " << (part);       \
  } catch (const ::tandem::Error& error) {                  \
    EXPECT_EQ(error.code(), expected_code) << error.what(); \
    EXPECT_THAT(error.what(), ::testing::HasSubstr(part));  \
  }
