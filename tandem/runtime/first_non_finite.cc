#include "tandem/runtime/first_non_finite.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "tandem/base/attempt.h"
#include "tandem/graph/interpret.h"
#include "tandem/graph/names.h"

namespace tandem::runtime {
namespace {

using graph::Instruction;
using graph::Value;

/// Six digits: what is shown is how large a number is.
std::string rounded(double number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.6g", number);
  return digits;
}

std::string instruction_text(const Instruction& i, const std::vector<std::string>& names,
                             std::span<const Tensor> results) {
  std::string left, right, types;
  for (const Value v : i.results) left += text(left.empty() ? "" : ", ", names[std::size_t(v)]);
  for (const Value v : i.operands) {
    const std::string_view name =
        v == graph::no_value ? "none" : std::string_view(names[std::size_t(v)]);
    right += text(right.empty() ? "" : ", ", name.empty() ? "number" : name);
  }
  for (const Tensor& t : results) types += text(types.empty() ? "" : ", ", t.type());
  return text(left, " = ", i.info().name(), "(", right, ") : ", types);
}

class Watch {
 public:
  Watch(const Program& program, const NamedTensors& inputs, const NamedTensors& state)
      : names_(graph::value_names(program)), values_(program.types.size()) {
    for (const graph::Parameter& p : program.parameters)
      values_[std::size_t(p.value)] = p.kind == graph::ParameterKind::input   ? inputs[p.name]
                                      : p.kind == graph::ParameterKind::state ? state[p.name]
                                                                              : p.constant;
  }

  void operator()(const Instruction& i, std::span<const Tensor> results) {
    if (found) return;
    const bool given = i.operands.empty();  // its numbers stand in the program
    bool nan = given, infinite = given;     // what the operands have
    for (const Value v : i.operands)
      if (v != graph::no_value) {
        const NonFinite bad = count_non_finite(values_[std::size_t(v)]);
        nan |= bad.nans > 0;
        infinite |= bad.infinities > 0;
      }
    for (std::size_t r = 0; r < results.size(); ++r) {
      values_[std::size_t(i.results[r])] = results[r];
      if (nan) continue;
      const NonFinite bad = count_non_finite(results[r]);
      if (bad.nans || (bad.infinities && !infinite)) {
        found = describe(i, results, r, bad.nans ? bad.first_nan : bad.first_infinity);
        return;
      }
    }
  }

  std::optional<FirstNonFinite> found;

 private:
  FirstNonFinite describe(const Instruction& i, std::span<const Tensor> results, std::size_t r,
                          int64_t at) const {
    FirstNonFinite first{instruction_text(i, names_, results), i.where, {}, {}, at};
    for (const Value v : i.operands)
      if (v != graph::no_value && !names_[std::size_t(v)].empty())
        first.operands.push_back({names_[std::size_t(v)], values_[std::size_t(v)]});
    first.result = {names_[std::size_t(i.results[r])], results[r]};
    return first;
  }

  std::vector<std::string> names_;
  std::vector<Tensor> values_;  // by value; kept to the end, so that all can be shown
};

Dims position_of(int64_t at, const Dims& shape) {
  Dims position = shape;
  for (int d = shape.size() - 1; d >= 0; --d) {
    position[d] = at % shape[d];
    at /= shape[d];
  }
  return position;
}

/// The element of `t` that broadcasting to `shape` shows at `position`; absent where `t` does not
/// broadcast to it.
std::optional<double> broadcast_element(const Tensor& t, const Dims& shape, const Dims& position) {
  const int more = shape.size() - t.dim();
  if (more < 0) return {};
  int64_t at = 0;
  for (int d = 0; d < t.dim(); ++d) {
    const int64_t size = t.shape()[d];
    if (size != 1 && size != shape[d + more]) return {};
    at = at * size + (size == 1 ? 0 : position[d + more]);
  }
  return t.to_vector<double>()[std::size_t(at)];
}

std::string summary(const Tensor& t) {
  const std::vector<double> values = t.to_vector<double>();
  double low = INFINITY, high = -INFINITY, sum = 0;
  int64_t finite = 0;
  for (const double v : values)
    if (std::isfinite(v)) {
      low = std::min(low, v);
      high = std::max(high, v);
      sum += v;
      ++finite;
    }
  const NonFinite bad = count_non_finite(t);
  std::string s = text(t.type());
  if (finite)
    s += text("  from ", rounded(low), " to ", rounded(high), ", mean ",
              rounded(sum / double(finite)));
  if (bad.nans) s += text(", ", bad.nans, " NaN");
  if (bad.infinities) s += text(", ", bad.infinities, " infinite");
  return s;
}

/// The elements beside one, along the last dim.
std::string around(const Tensor& t, int64_t at) {
  constexpr int64_t beside = 3;
  const int64_t row = t.dim() ? t.shape()[t.dim() - 1] : 1;
  const int64_t begin = at / row * row;
  const int64_t from = std::max(begin, at - beside), to = std::min(begin + row, at + beside + 1);
  const std::vector<double> values = t.to_vector<double>();
  std::string s = from > begin ? "… " : "";
  for (int64_t i = from; i < to; ++i)
    s += text(i > from ? "  " : "", i == at ? "[" : "", rounded(values[std::size_t(i)]),
              i == at ? "]" : "");
  return s + (to < begin + row ? " …" : "");
}

}  // namespace

std::optional<FirstNonFinite> find_first_non_finite(const Program& program,
                                                    const NamedTensors& inputs,
                                                    const NamedTensors& state) {
  Watch watch(program, inputs, state);
  // An op that refuses the numbers that follow from it is no news.
  Failure failure = capture([&] { graph::interpret(program, inputs, state, std::ref(watch)); });
  if (failure && !watch.found) raise_again(std::move(failure));
  return std::move(watch.found);
}

std::string to_text(const FirstNonFinite& found) {
  const Tensor& result = found.result.value;
  const NonFinite bad = count_non_finite(result);
  const Dims position = position_of(found.at, result.shape());
  std::string s = text(found.instruction, "\n");
  if (found.where.line()) s += text("  at ", found.where, "\n");
  s += text("  gives the first ", bad.nans ? "NaN" : "infinity", ": ",
            bad.nans ? bad.nans : bad.infinities, " of ", result.numel(),
            " elements, the first at ", position, "\n");
  s += text("  ", found.result.name, " there: ", around(result, found.at), "\n");
  for (const FirstNonFinite::Operand& operand : found.operands) {
    s += text("  ", operand.name, ": ", summary(operand.value), "\n");
    if (const auto value = broadcast_element(operand.value, result.shape(), position))
      s += text("    at the same place: ", rounded(*value), "\n");
  }
  return s;
}

}  // namespace tandem::runtime
