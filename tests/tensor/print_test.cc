#include "tandem/tensor/print.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tandem/tandem.h"

namespace tandem {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class DefaultOptions {
 public:
  ~DefaultOptions() { set_print_options({}); }
};

DType dtype_named(const std::string& name) {
  for (int i = 0; i < dtype_count; ++i)
    if (long_name(DType(i)) == name || (name == "bool" && i == 0)) return DType(i);
  throw std::runtime_error("no dtype " + name);
}

/// The tensor that a line of golden/print.jsonl describes.
Tensor tensor_of(const json& line) {
  const DType dtype = dtype_named(line["dtype"]);
  Dims shape;
  for (int64_t n : line["shape"]) shape.push_back(n);
  std::vector<double> floating;
  std::vector<int64_t> integral;
  if (line.contains("formula")) {
    const json& f = line["formula"];
    for (int64_t i = 0; i < shape.product(); ++i)
      floating.push_back(f[0].get<double>() *
                             double(i * f[1].get<int64_t>() % f[2].get<int64_t>()) +
                         f[3].get<double>());
  } else {
    for (const json& value : line["values"]) {
      const auto v = value.get<std::string>();
      floating.push_back(std::strtod(v.c_str(), nullptr));
      integral.push_back(std::strtoll(v.c_str(), nullptr, 10));
    }
  }
  const bool exact = !is_floating(dtype) && !line.contains("formula");
  Tensor t = cast(exact ? from_data(integral, shape) : from_data(floating, shape), dtype);
  if (line.contains("permute")) {
    Dims order;
    for (int64_t d : line["permute"]) order.push_back(d);
    t = permute(t, order);
  }
  return line.contains("requires_grad") ? t.detach().requires_grad_() : t;
}

TEST(Print, AsPyTorch) {
  DefaultOptions restore;
  std::ifstream file(TANDEM_SOURCE_FOLDER "/tests/tensor/golden/print.jsonl");
  int lines = 0;
  for (std::string text; std::getline(file, text); ++lines) {
    const json line = json::parse(text);
    PrintOptions o;
    if (line.contains("options")) {
      const json& set = line["options"];
      o.precision = set.value("precision", o.precision);
      o.threshold = set.value("threshold", o.threshold);
      o.edgeitems = set.value("edgeitems", o.edgeitems);
      o.linewidth = set.value("linewidth", o.linewidth);
      if (set.contains("sci_mode")) o.sci_mode = set["sci_mode"].get<bool>();
    }
    set_print_options(o);
    EXPECT_EQ(to_string(tensor_of(line)), line["text"].get<std::string>()) << "line " << lines + 1;
  }
  EXPECT_GT(lines, 300);
}

TEST(Print, GradFnIsNamedAfterTheOp) {
  Tensor w = from_data<float>({1, 2}, {2}).requires_grad_();
  EXPECT_EQ(to_string(w), "tensor([1., 2.], requires_grad=True)");
  EXPECT_EQ(to_string(w * 2), "tensor([2., 4.], grad_fn=<MulBackward0>)");
  EXPECT_EQ(to_string(leaky_relu(w)), "tensor([1., 2.], grad_fn=<LeakyReluBackward0>)");
  EXPECT_EQ(to_string((w * 2).detach()), "tensor([2., 4.])");
  // A view that was made before the write that gave its base a history.
  Tensor base = full({2}, 1, float32), view = reshape(base, {2, 1});
  base.copy_(w);
  EXPECT_THAT(to_string(view), HasSubstr("grad_fn=<ReshapeBackward0>"));
}

TEST(Print, StreamsAndTextTakeTensors) {
  std::ostringstream s;
  s << full({2}, 1.5, float32);
  EXPECT_EQ(s.str(), "tensor([1.5000, 1.5000])");
  EXPECT_EQ(text("x = ", full({}, 3, int64)), "x = tensor(3)");
  EXPECT_EQ(to_string(Tensor()), "tensor(undefined)");
}

TEST(Print, NegativeNanHasNoSign) {
  EXPECT_EQ(to_string(from_data<float>({-std::nanf("")}, {1})), "tensor([nan])");
}

TEST(Print, OptionsAreChecked) {
  PrintOptions o;
  o.precision = -1;
  EXPECT_THROW(set_print_options(o), Error);
  EXPECT_EQ(print_options().precision, 4);
}

}  // namespace
}  // namespace tandem
