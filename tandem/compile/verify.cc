#include "tandem/compile/verify.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/compile/optimized.h"
#include "tandem/compile/tensor_diff.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/random.h"
#include "tandem/runtime/session.h"

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

bool is_result(const ProgramValues::Entry& e) {
  return e.name.starts_with("result ") || e.name.starts_with("update ");
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
    if (e.value.type() != a.value.type())
      fail(ErrorCode::shape, "verify", e.name, " is ", a.value.type(), ", expected ",
           e.value.type());
    if (same_bits(e.value, a.value)) continue;
    const TensorDiff d = diff_tensors(e.value, a.value);
    const double relative = relative_to(e.value, d.largest);
    if (is_result(e)) {
      verdict.ulps = std::max(verdict.ulps, d.ulps);
      verdict.relative = std::max(verdict.relative, relative);
    }
    const bool is_wrong = promised_bits || !(relative <= tolerance);
    if (!is_wrong) continue;
    if (is_result(e) || promised_bits) verdict.passed = false;
    if (!first.empty()) continue;
    first = text(e.name, e.operands.empty() ? "" : text(" of ", e.operands),
                 e.where.line() ? text(" at ", e.where) : std::string(), ": ", e.value.type());
    if (d.at >= 0)
      first += text(", element ", d.at, " is ", element(a.value, d.at), ", expected ",
                    element(e.value, d.at), " (", d.ulps, " ulps)");
    else
      first += ", NaNs of other bits";
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
      if (threads == most)
        verdicts.push_back(judge(program, "compiled with packed weights" + with, true, expected,
                                 compiled_values(program, inputs, state, true), options.tolerance));
    }
  }
  return verdicts;
}

}  // namespace tandem
