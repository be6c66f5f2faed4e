#include <limits>

#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable elementwise_samples([] {
  const Tensor x = values({2, 3}), y = values({3}, -2, 2, 1), z = values({2, 1}, -1, 1, 2);
  const Tensor positive = values({2, 3}, 0.2, 3), other_positive = values({2, 3}, 0.3, 2, 1);
  const Tensor i = integers({7, -7, 9, -1}), j = integers({2, 2, -4, 5});
  const double inf = std::numeric_limits<double>::infinity();
  const Tensor odd = from_data<double>({inf, -inf, std::nan(""), 0.0, -0.0, 1.0}, {6});
  std::vector<Sample> all = {
      {"add", {x, y}},
      {"add", {i, integers({INT64_MAX})}},
      {"add", {truths({1, 0}, {2}), truths({1, 1}, {2})}},
      {"add", {cast(x, float16), cast(y, float16)}},
      {"add", {cast(x, bfloat16), cast(y, bfloat16)}},
      {"add", {cast(i, uint8), cast(j, uint8)}},
      {.op = "add", .operands = {x, values({2})}, .error = "do not broadcast"},
      {.op = "add", .operands = {x, cast(x, float32)}, .error = "one dtype"},
      {"sub", {x, y}},
      {.op = "sub", .operands = {truths({1}, {1}), truths({1}, {1})}, .error = "bool"},
      {"mul", {x, y}},
      {"mul", {i, j}},
      {"div", {x, positive}},
      {"floor_divide", {i, j}},
      {.op = "floor_divide", .operands = {x, positive}, .gradient = false},
      {.op = "floor_divide", .operands = {i, integers({0})}, .error = "zero"},
      {"remainder", {i, j}},
      {"remainder", {x, other_positive}},
      {.op = "remainder", .operands = {i, integers({0})}, .error = "zero"},
      {"fmod", {i, j}},
      {"fmod", {x, other_positive}},
      {"pow", {positive, y}},
      {"pow", {i, integers({2})}},
      {"pow", {x, full({}, 3, float64)}, {}, false},
      {"neg", {x}},
      {.op = "neg", .operands = {truths({1}, {1})}, .error = "bool"},
      {"positive", {x}},
      {"abs", {x}},
      {"abs", {integers({INT64_MIN, -3, 3})}},
      {"sign", {x}},
      {"square", {x}},
      {"reciprocal", {positive}},
      {"sqrt", {positive}},
      {"rsqrt", {positive}},
      {"maximum", {x, y}},
      {"minimum", {x, y}},
      {"minimum", {odd, full({}, 1, float64)}, {}, false},
      {"clamp_min", {x, z}},
      {"clamp_max", {x, z}},
      {"clamp", {x, values({}, -1, -0.9), values({3}, 0.5, 1)}},
      {"clamp", {x, Tensor(), values({3}, 0.5, 1)}},
      {"lerp", {x, y, values({2, 3}, 0, 1, 3)}},
      {"addcmul", {x, y, z}, {{"value", 0.5}}},
      {"addcdiv", {x, y, other_positive}, {{"value", 2}}},
      {"hypot", {x, positive}},
      {"hypot", {full({2}, 3e200, float64), full({2}, 4e200, float64)}, {}, false},
      {"frac", {x}},
      {"logaddexp", {x, y}},
      {"xlogy", {x, positive}},
      {"logit", {values({5}, 0.1, 0.9)}},
      {"logit", {values({5}, 0.1, 0.9)}, {{"eps", 0.2}}},
      {"sigmoid_backward", {x, y}},
      {"tanh_backward", {x, y}},
      {"atan2", {x, positive}},
      {"where", {truths({1, 0, 1}, {3}), x, y}},
      {.op = "where", .operands = {x, x, y}, .error = "bool condition"},
      {"isclose", {x, x + 1e-9}},
      {"isclose", {odd, odd}, {{"equal_nan", true}}},
      {.op = "isclose", .operands = {x, x}, .attributes = {{"rtol", -1}}, .error = "tolerances"},
      {"nan_to_num", {x}},
      {.op = "nan_to_num",
       .operands = {odd},
       .attributes = {{"nan", 5}, {"posinf", 7}},
       .gradient = false},
  };
  const auto add = [&](std::initializer_list<std::string_view> ops, const std::vector<Tensor>& in) {
    for (std::string_view op : ops) all.push_back({op, in});
  };
  add({"floor",        "ceil",       "round",       "trunc",     "exp",        "exp2",
       "expm1",        "erf",        "erfc",        "sigmoid",   "sin",        "cos",
       "tan",          "atan",       "sinh",        "cosh",      "tanh",       "asinh",
       "relu6",        "selu",       "gelu_none",   "gelu_tanh", "silu",       "softplus",
       "mish",         "logsigmoid", "hardsigmoid", "hardswish", "tanhshrink", "softsign",
       "special_ndtr", "relu",       "leaky_relu",  "elu",       "celu",       "hardshrink",
       "softshrink",   "hardtanh",   "gelu"},
      {x});
  add({"exp", "tanh", "gelu_none", "silu"}, {cast(x, float32)});
  add({"exp", "tanh", "gelu_none", "silu"}, {cast(x, float16)});
  add({"log", "log2", "log10", "log1p"}, {positive});
  add({"asin", "acos", "atanh"}, {values({2, 3}, -0.9, 0.9)});
  add({"acosh"}, {values({2, 3}, 1.1, 4)});
  add({"eq", "ne", "lt", "le", "gt", "ge"}, {x, y});
  add({"eq", "lt"}, {i, j});
  add({"logical_and", "logical_or", "logical_xor"},
      {truths({1, 0, 1, 0}, {4}), truths({1, 1, 0, 0}, {4})});
  add({"logical_and", "logical_or", "logical_xor"}, {i, integers({0, 1, 0, 1})});
  add({"logical_not"}, {i});
  add({"isnan", "isinf", "isfinite", "isposinf", "isneginf", "signbit"}, {odd});
  add({"bitwise_and", "bitwise_or", "bitwise_xor"}, {i, j});
  add({"bitwise_and", "bitwise_or", "bitwise_xor"},
      {truths({1, 0, 1}, {3}), truths({1, 1, 0}, {3})});
  add({"bitwise_not"}, {cast(i, int8)});
  add({"bitwise_left_shift", "bitwise_right_shift"}, {i, integers({2, 1, 0, 5})});
  all.push_back({.op = "bitwise_and", .operands = {x, x}, .error = "integers"});
  const std::vector<Sample> activations = {
      {"relu_backward", {x, y}},
      {"leaky_relu", {x}, {{"negative_slope", 0.1}}},
      {"hardtanh", {x}, {{"min_val", -0.5}, {"max_val", 1.5}}},
      {"hardtanh_backward", {y, x}},
      {"elu", {x}, {{"alpha", 0.5}}},
      {"elu", {full({2}, 800.5, float64)}},
      {"celu", {x}, {{"alpha", 2}}},
      {"gelu_none_backward", {y, x}},
      {"gelu_tanh_backward", {y, x}},
      {"gelu", {x}, {{"approximate", "tanh"}}},
      {.op = "gelu",
       .operands = {x},
       .attributes = {{"approximate", "fast"}},
       .error = "none or tanh"},
      {"silu_backward", {y, x}},
      {"softplus", {x}, {{"beta", 2}, {"threshold", 1.5}}, false},
      {"softplus", {full({2}, 800.5, float64)}},
      {"hardshrink", {x}, {{"lambd", 0.7}}},
      {"softshrink", {x}, {{"lambd", 0.7}}},
      {"threshold", {x}, {{"threshold", 0.1}, {"value", 20}}},
      {"prelu", {x, values({3}, 0.1, 0.9)}},
      {"prelu", {y, values({1}, 0.1, 0.9)}},
      {.op = "prelu", .operands = {x, values({2})}, .error = "1 or 3"},
      {"glu", {values({3, 4})}},
      {"glu", {values({4, 3})}, {{"dim", 0}}},
      {.op = "glu", .operands = {x}, .error = "must be even"},
  };
  all.insert(all.end(), activations.begin(), activations.end());
  return all;
});

}  // namespace
}  // namespace tandem
