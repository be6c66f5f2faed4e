#include "tandem/compile/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/graph/interpret.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/random.h"
#include "tandem/passes/pipeline.h"
#include "tandem/runtime/session.h"

namespace tandem {
namespace {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;
using graph::Value;

/// Numbers of a value's printed name: as the text counts them.
std::string value_name(int64_t number, const Instruction& instruction) {
  return text("%", number, " = ", instruction.info().name());
}

/// Distance in representable numbers; infinite between a NaN and a number.
template <class T>
double ulps_between(T a, T b) {
  if (a == b || (std::isnan(double(a)) && std::isnan(double(b)))) return 0;
  if (!std::isfinite(double(a)) || !std::isfinite(double(b))) return HUGE_VAL;
  if constexpr (sizeof(T) == 8) {
    int64_t x, y;
    std::memcpy(&x, &a, 8), std::memcpy(&y, &b, 8);
    const auto ordered = [](int64_t i) {
      return i < 0 ? double(INT64_MIN) - double(i) : double(i);
    };
    return std::fabs(ordered(x) - ordered(y));
  } else {
    const float f = float(a), g = float(b);
    int32_t x, y;
    std::memcpy(&x, &f, 4), std::memcpy(&y, &g, 4);
    const auto ordered = [](int32_t i) {
      return i < 0 ? double(INT32_MIN) - double(i) : double(i);
    };
    // Half-precision numbers are 2^13 or 2^16 float32 apart.
    const double step = sizeof(T) == 4 ? 1 : std::is_same_v<T, Half> ? 8192 : 65536;
    return std::fabs(ordered(x) - ordered(y)) / step;
  }
}

class Threads {
 public:
  Threads() : before_(num_threads()) {}
  Threads(const Threads&) = delete;
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

void add_results(ProgramValues& values, const NamedTensors& outputs, const NamedTensors& updates) {
  for (const auto& [name, t] : outputs) values.entries.push_back({"result " + name, {}, t});
  for (const auto& [name, t] : updates) values.entries.push_back({"update @" + name, {}, t});
}

bool is_result(const ProgramValues::Entry& e) {
  return e.name.starts_with("result ") || e.name.starts_with("update ");
}

}  // namespace

Difference compare(const Tensor& expected, const Tensor& actual) {
  if (expected.type() != actual.type())
    fail(ErrorCode::shape, "compare", "expected ", expected.type(), ", got ", actual.type());
  Difference d;
  const Tensor a = copy_of(expected), b = copy_of(actual);
  const auto bytes = std::size_t(a.nbytes());
  if (bytes == 0 || std::memcmp(a.data_ptr(), b.data_ptr(), bytes) == 0) return d;
  d.same_bits = false;
  with_dtype(a.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T *x = static_cast<const T*>(a.data_ptr()), *y = static_cast<const T*>(b.data_ptr());
    double largest = 0, worst = -1;
    for (int64_t i = 0; i < a.numel(); ++i) {
      largest = std::max(largest, std::fabs(double(x[i])));
      const double apart = std::fabs(double(x[i]) - double(y[i]));
      if constexpr (is_floating(dtype_of<T>)) d.ulps = std::max(d.ulps, ulps_between(x[i], y[i]));
      const bool both_nan = std::isnan(double(x[i])) && std::isnan(double(y[i]));
      const double bad = both_nan ? 0 : std::isnan(apart) ? HUGE_VAL : apart;
      if (bad > worst) {
        worst = bad;
        d.element = i;
        d.expected = text(double(x[i])), d.actual = text(double(y[i]));
      }
    }
    d.relative = worst == 0 ? 0 : largest > 0 ? worst / largest : HUGE_VAL;
    if constexpr (!is_floating(dtype_of<T>)) d.ulps = worst;
  });
  return d;
}

NamedTensors example_inputs(const Program& program, const VerifyOptions& options) {
  graph::Sizes sizes;
  for (std::size_t i = 0; i < program.symbols.size(); ++i)
    sizes.push_back(options.size + int64_t(i));
  Generator generator(options.seed);
  const UseGenerator draw(generator);
  NamedTensors inputs;
  for (const Parameter* p : program.of_kind(ParameterKind::input)) {
    if (const Tensor* given = options.inputs.find(p->name)) {
      inputs.add(p->name, *given);
      continue;
    }
    const Type type = program.type(p->value).at(sizes);
    if (is_floating(type.dtype))
      inputs.add(p->name, cast(randn(type.shape), type.dtype));
    else
      inputs.add(p->name,
                 cast(randint(0, type.dtype == DType::u8 ? 256 : 2, type.shape), type.dtype));
  }
  return inputs;
}

ProgramValues eager_values(const Program& program, const NamedTensors& inputs,
                           const NamedTensors& state) {
  ProgramValues values;
  int64_t number = 1;
  const graph::Results results = graph::interpret(
      program, inputs, state, [&](const Instruction& i, std::span<const Tensor> out) {
        if (graph::is_number(i)) return;
        for (const Tensor& t : out)
          values.entries.push_back({value_name(number++, i), i.where, copy_of(t)});
      });
  add_results(values, results.outputs, results.updates);
  return values;
}

Program optimized(Program program) { return passes::optimize(std::move(program)); }

ProgramValues compiled_values(const Program& program, const NamedTensors& inputs,
                              const NamedTensors& state) {
  // The results as they are, then every value as an output.
  ProgramValues values;
  {
    Program all = program;
    all.outputs.clear();
    std::vector<Location> where;
    int64_t number = 1;
    for (const Instruction& i : program.instructions) {
      if (graph::is_number(i)) continue;
      for (Value v : i.results) {
        all.outputs.push_back({text("v", number), v});
        where.push_back(i.where);
        values.entries.push_back({value_name(number++, i), i.where, {}});
      }
    }
    ProgramSet set;
    set.programs.push_back(std::move(all));
    runtime::Session session(set, state, {.rewrite = optimized});
    const NamedTensors outputs = session.run(program.name, inputs);
    std::size_t k = 0;
    for (const auto& [name, t] : outputs) values.entries[k++].value = t;
  }
  ProgramSet set;
  set.programs.push_back(program);
  runtime::Session session(set, state, {.rewrite = optimized});
  const NamedTensors outputs = session.run(program.name, inputs);
  NamedTensors updates;
  for (const graph::Output& u : program.updates) updates.add(u.name, session.state()[u.name]);
  add_results(values, outputs, updates);
  return values;
}

Verdict judge(const Program& program, std::string how, bool promised_bits,
              const ProgramValues& expected, const ProgramValues& actual, double tolerance) {
  Verdict verdict{program.name, std::move(how), promised_bits};
  if (expected.entries.size() != actual.entries.size()) {
    verdict.passed = false;
    verdict.first_difference =
        text(actual.entries.size(), " values instead of ", expected.entries.size());
    return verdict;
  }
  std::string first;
  for (std::size_t i = 0; i < expected.entries.size(); ++i) {
    const auto &e = expected.entries[i], &a = actual.entries[i];
    const Difference d = compare(e.value, a.value);
    if (is_result(e)) {
      verdict.ulps = std::max(verdict.ulps, d.ulps);
      verdict.relative = std::max(verdict.relative, d.relative);
      if (promised_bits ? !d.same_bits : !(d.relative <= tolerance)) verdict.passed = false;
    } else if (promised_bits && !d.same_bits) {
      verdict.passed = false;
    }
    if (first.empty() && (promised_bits ? !d.same_bits : !(d.relative <= tolerance)))
      first = text(e.name, e.where.line() ? text(" at ", e.where) : std::string(), ": ",
                   e.value.type(), ", element ", d.element, " is ", d.actual, ", expected ",
                   d.expected, " (", d.ulps, " ulps)");
  }
  if (!verdict.passed) verdict.first_difference = first;
  return verdict;
}

std::vector<Verdict> verify(const ProgramSet& programs, const NamedTensors& state,
                            const VerifyOptions& options) {
  const Threads restore;
  const int most = options.max_threads > 0 ? options.max_threads : num_threads();
  std::vector<Verdict> verdicts;
  for (const Program& program : programs.programs) {
    const NamedTensors inputs = example_inputs(program, options);
    set_num_threads(1);
    const ProgramValues expected = eager_values(program, inputs, state);
    for (int threads = 1; threads <= most; ++threads) {
      set_num_threads(threads);
      const std::string with = text(", ", threads, threads == 1 ? " thread" : " threads");
      if (threads > 1)
        verdicts.push_back(judge(program, "eager" + with, true, expected,
                                 eager_values(program, inputs, state), options.tolerance));
      verdicts.push_back(judge(program, "compiled" + with, true, expected,
                               compiled_values(program, inputs, state), options.tolerance));
    }
  }
  return verdicts;
}

}  // namespace tandem
