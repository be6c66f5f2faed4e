#include "tandem/tensor/attribute_value.h"

#include <gtest/gtest.h>

#include <limits>

#include "tandem/tensor/attribute_of.h"

namespace tandem {

// Reflection names members of types with linkage only.
struct Everything {
  int64_t integer = -3;
  double number = 0.1;
  Scalar scalar = 2.0;
  bool flag = true;
  Dims dims = {1, -1};
  DType dtype = float16;
  Required<Name> name = Name("a \"b\" \\ \n\x01");
  std::optional<int64_t> maybe_integer = 7;
  std::optional<double> maybe_number;
  std::optional<DType> maybe_dtype;
};

namespace {

template <std::size_t I>
std::string shown(const Everything& e) {
  constexpr AttributeInfo a = attribute_of<Everything, I>();
  std::string s = text(a.name, a.required ? "! = " : " = ");
  append_attribute(s, a, &e);
  return s;
}

TEST(AttributeValue, IsShownAsInPrograms) {
  const Everything e;
  EXPECT_EQ(shown<0>(e), "integer = -3");
  EXPECT_EQ(shown<1>(e), "number = 0.1");
  EXPECT_EQ(shown<2>(e), "scalar = 2.0");
  EXPECT_EQ(shown<3>(e), "flag = true");
  EXPECT_EQ(shown<4>(e), "dims = [1, -1]");
  EXPECT_EQ(shown<5>(e), "dtype = f16");
  EXPECT_EQ(shown<6>(e), R"(name! = "a \"b\" \\ \n\x01")");
  EXPECT_EQ(shown<7>(e), "maybe_integer = 7");
  EXPECT_EQ(shown<8>(e), "maybe_number = none");
  EXPECT_EQ(shown<9>(e), "maybe_dtype = none");
}

TEST(AttributeValue, ScalarsKeepTheirCategory) {
  const auto of = [](Scalar s) { return shown<2>({.scalar = s}); };
  EXPECT_EQ(of(2), "scalar = 2");
  EXPECT_EQ(of(true), "scalar = true");
  EXPECT_EQ(of(1e300), "scalar = 1e+300");
  EXPECT_EQ(of(-std::numeric_limits<double>::infinity()), "scalar = -inf");
  EXPECT_EQ(of(0.5), "scalar = 0.5");
}

TEST(AttributeValue, IsWrittenInPlace) {
  Everything e;
  visit_attribute(attribute_of<Everything, 7>(), &e, [&]<class T>(T& value) {
    if constexpr (std::is_same_v<T, std::optional<int64_t>>) value = 8;
  });
  EXPECT_EQ(e.maybe_integer, 8);
}

}  // namespace
}  // namespace tandem
