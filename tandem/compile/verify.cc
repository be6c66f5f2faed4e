#include "tandem/compile/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <optional>

#include "tandem/base/thread_pool.h"
#include "tandem/compile/optimized.h"
#include "tandem/compile/tensor_diff.h"
#include "tandem/graph/interpret.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/random.h"
#include "tandem/runtime/session.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;
using graph::Value;

class Threads {
 public:
  Threads() : before_(num_threads()) {}
  Threads(const Threads&) = delete;
  ~Threads() { set_num_threads(before_); }

 private:
  int before_;
};

bool same_bits(const Tensor& a, const Tensor& b) {
  const Tensor x = contiguous(a), y = contiguous(b);
  return x.nbytes() == 0 || std::memcmp(x.data_ptr(), y.data_ptr(), std::size_t(x.nbytes())) == 0;
}

/// `difference` as a part of the largest finite value.
double relative_to(const Tensor& expected, double difference) {
  if (difference == 0) return 0;
  double largest = 0;
  for (double v : expected.to_vector<double>())
    if (std::isfinite(v)) largest = std::max(largest, std::fabs(v));
  return largest > 0 ? difference / largest : HUGE_VAL;
}

/// An element in row-major order, as text.
std::string element(const Tensor& t, int64_t at) {
  return text(select(reshape(t, {-1}), 0, at).item());
}

/// "element [0, 19] "; of a tensor without dims "".
std::string place(const Tensor& t, int64_t at) {
  if (t.dim() == 0) return "";
  std::string index;
  for (int d = t.dim() - 1; d >= 0; --d) {
    index = text(at % t.size(d), index.empty() ? "" : ", ", index);
    at /= t.size(d);
  }
  return text("element [", index, "] ");
}

std::string ulps(uint64_t n) { return text(n, n == 1 ? " ulp" : " ulps"); }

bool is_result(const ProgramValues::Entry& e) {
  return e.name.starts_with("result ") || e.name.starts_with("update ");
}

using Entry = ProgramValues::Entry;

/// The op of a value that differs, its line, its operands and the worst element.
std::string difference(const Entry& expected, const Entry& actual) {
  const Tensor &e = expected.value, &a = actual.value;
  const std::string value =
      text(expected.name, expected.operands.empty() ? "" : text(" of ", expected.operands),
           expected.where.line() ? text(" at ", expected.where) : std::string(), ": ", e.type());
  const TensorDiff d = diff_tensors(e, a);
  if (d.at < 0) return value + ", NaNs of other bits";
  std::string far;
  if (is_floating(e.dtype()))
    far = text(" (", ulps(d.ulps_at), d.ulps > d.ulps_at ? text("; elsewhere up to ", d.ulps) : "",
               ")");
  return text(value, ", ", place(e, d.at), "is ", element(a, d.at), ", expected ", element(e, d.at),
              far);
}

/// How far results are from each other; it has passed unless they cannot be compared.
Verdict measured(const Program& program, std::string how, bool promised_bits,
                 const ProgramValues& expected, const ProgramValues& actual) {
  Verdict verdict{program.name, std::move(how), promised_bits};
  if (expected.entries.size() != actual.entries.size()) {
    verdict.fail(text(actual.entries.size(), " values instead of ", expected.entries.size()));
    return verdict;
  }
  for (std::size_t i = 0; i < expected.entries.size(); ++i) {
    const auto &e = expected.entries[i], &a = actual.entries[i];
    if (e.value.type() != a.value.type())
      fail(ErrorCode::shape, "verify", e.name, " is ", a.value.type(), ", expected ",
           e.value.type());
    if (!is_result(e) || same_bits(e.value, a.value)) continue;
    const TensorDiff d = diff_tensors(e.value, a.value);
    verdict.ulps = std::max(verdict.ulps, d.ulps);
    if (const double relative = relative_to(e.value, d.largest); relative > verdict.relative)
      verdict.relative = relative, verdict.worst = e.name;
  }
  return verdict;
}

Tensor share(const Tensor& t) { return t; }
/// Floating numbers with their last bit changed, up or down.
Tensor nudge(const Tensor& t) {
  if (!is_floating(t.dtype())) return t;
  const double last_bit = t.dtype() == DType::f64   ? 0x1p-52
                          : t.dtype() == DType::f32 ? 0x1p-23
                          : t.dtype() == DType::f16 ? 0x1p-10
                                                    : 0x1p-7;
  const Tensor up_or_down = cast(randint(0, 2, t.shape()) * 2 - 1, DType::f64);
  return cast(cast(t, DType::f64) * (up_or_down * last_bit + 1), t.dtype());
}

/// What each op gives here for the operands that it had when it gave `there`, as `seen` makes them.
ProgramValues values_for(const Program& program, const NamedTensors& inputs,
                         const NamedTensors& state, const ProgramValues& there,
                         Tensor (*seen)(const Tensor&)) {
  Generator generator(Generator::default_seed);
  const UseGenerator draw(generator);
  const auto all = [&](const NamedTensors& tensors) {
    NamedTensors as_seen;
    for (const auto& [name, t] : tensors) as_seen.add(name, seen(t));
    return as_seen;
  };
  ProgramValues values = named_values(program);
  std::size_t next = 0;
  const graph::Results results = graph::interpret(program, all(inputs), all(state),
                                                  [&](const Instruction& i, std::span<Tensor> out) {
                                                    if (graph::is_number(i)) return;
                                                    for (Tensor& t : out) {
                                                      values.entries[next].value = copy_of(t);
                                                      t = seen(there.entries[next++].value);
                                                    }
                                                  });
  values.add_results(results.outputs, results.updates);
  return values;
}

}  // namespace

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

ProgramValues compiled_values(const Program& program, const NamedTensors& inputs,
                              const NamedTensors& state, bool pack_weights) {
  const runtime::SessionOptions options{.pack_weights = pack_weights, .rewrite = optimized};
  // The results as they are, then every value as an output.
  ProgramValues values = named_values(program);
  {
    Program all = program;
    all.outputs.clear();
    for (const Instruction& i : program.instructions) {
      if (graph::is_number(i)) continue;
      for (Value v : i.results) all.outputs.push_back({text("v", all.outputs.size()), v});
    }
    ProgramSet set;
    set.programs.push_back(std::move(all));
    runtime::Session session(set, state, options);
    const NamedTensors outputs = session.run(program.name, inputs);
    std::size_t k = 0;
    for (const auto& [name, t] : outputs) values.entries[k++].value = t;
  }
  ProgramSet set;
  set.programs.push_back(program);
  runtime::Session session(set, state, options);
  const NamedTensors outputs = session.run(program.name, inputs);
  NamedTensors updates;
  for (const graph::Output& u : program.updates) updates.add(u.name, session.state()[u.name]);
  values.add_results(outputs, updates);
  return values;
}

Verdict judge_bits(const Program& program, std::string how, const ProgramValues& expected,
                   const ProgramValues& actual) {
  Verdict verdict = measured(program, std::move(how), true, expected, actual);
  if (!verdict.passed) return verdict;
  for (std::size_t i = 0; i < expected.entries.size() && verdict.passed; ++i)
    if (!same_bits(expected.entries[i].value, actual.entries[i].value))
      verdict.fail(difference(expected.entries[i], actual.entries[i]));
  return verdict;
}

Verdict judge_ops(const Program& program, std::string how, const NamedTensors& inputs,
                  const NamedTensors& state, const ProgramValues& expected,
                  const ProgramValues& actual, double tolerance) {
  Verdict verdict = measured(program, std::move(how), false, expected, actual);
  if (!verdict.passed) return verdict;
  const ProgramValues here = values_for(program, inputs, state, actual, share);
  std::optional<ProgramValues> nudged;  // made where it is needed
  for (std::size_t i = 0; i < here.entries.size(); ++i) {
    const auto &e = here.entries[i], &a = actual.entries[i];
    if (is_result(e) || same_bits(e.value, a.value)) continue;
    const double largest = diff_tensors(e.value, a.value).largest;
    if (relative_to(e.value, largest) <= tolerance) continue;
    if (is_floating(e.value.dtype())) {
      if (!nudged) nudged = values_for(program, inputs, state, actual, nudge);
      constexpr double margin = 8;  // what is nudged at random is seldom nudged the worst way
      if (largest <= margin * diff_tensors(e.value, nudged->entries[i].value).largest) continue;
    }
    verdict.fail(difference(e, a));
    return verdict;
  }
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
        verdicts.push_back(
            judge_bits(program, "eager" + with, expected, eager_values(program, inputs, state)));
      verdicts.push_back(judge_bits(program, "compiled" + with, expected,
                                    compiled_values(program, inputs, state)));
      if (threads == most)
        verdicts.push_back(judge_bits(program, "compiled with packed weights" + with, expected,
                                      compiled_values(program, inputs, state, true)));
    }
  }
  return verdicts;
}

}  // namespace tandem
