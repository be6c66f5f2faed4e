#include "tandem/trace/trace.h"

#include <algorithm>
#include <optional>
#include <set>

#include "tandem/base/attempt.h"
#include "tandem/graph/check.h"
#include "tandem/graph/live_values.h"
#include "tandem/graph/number_values.h"
#include "tandem/graph/recorder.h"
#include "tandem/ops/create.h"
#include "tandem/ops/generator.h"
#include "tandem/passes/dead_code.h"
#include "tandem/passes/expand_composites.h"
#include "tandem/trace/sample_points.h"
#include "tandem/trace/unify.h"

namespace tandem {
namespace {

using graph::Output;
using graph::ParameterKind;
using graph::Recorder;
using graph::Recording;
using graph::Sizes;
using graph::Symbols;

/// While it lives, gradients of the state may be anything; afterwards they are as before.
class SavedGradients {
 public:
  explicit SavedGradients(const NamedTensors& state) {
    for (const auto& [name, t] : state)
      if (t.impl()->requires_grad) saved_.emplace_back(t, t.grad());
  }
  SavedGradients(const SavedGradients&) = delete;
  ~SavedGradients() {
    for (auto& [t, gradient] : saved_) t.set_grad(std::move(gradient));
  }

 private:
  std::vector<std::pair<Tensor, Tensor>> saved_;
};

/// Traces one function, as often as it takes.
class Tracing {
 public:
  Tracing(const Function& f, const std::vector<InputSpec>& inputs, const TraceOptions& options)
      : f_(f), inputs_(inputs), options_(options), samples_(inputs), saved_(options.state) {}

  Traced run() {
    std::vector<Program> traces;
    for (const Sizes& sizes : samples_.traced) traces.push_back(expanded_at(sizes));
    Traced traced;
    traced.program =
        samples_.symbols.empty() ? std::move(traces[0]) : unify_and_verify(std::move(traces));
    graph::check(traced.program);
    add_state(traced);
    return traced;
  }

 private:
  /// Sizes of results are known from shape rules at many points; numbers that the function computes
  /// itself only where it is run. So it is run at a few points more where it has such numbers. What
  /// does not agree there joins the traces.
  Program unify_and_verify(std::vector<Program> traces) {
    Program program = trace_detail::unify(traces, samples_);
    const trace_detail::AttributeUse use = trace_detail::attribute_use(program);
    if (!use.sizes) return program;
    for (const Sizes& sizes : samples_.held_out(use.expressions)) {
      std::optional<Program> traced;
      if (attempt([&] { traced = expanded_at(sizes); })) continue;  // it does not take these sizes
      if (trace_detail::agrees(program, *traced, sizes)) continue;
      traces.push_back(std::move(*traced));
      samples_.traced.push_back(sizes);
      program = trace_detail::unify(traces, samples_);
    }
    return program;
  }

  Program expanded_at(const Sizes& sizes) {
    Program program = trace_at(sizes);
    if (options_.expand_composites) program = passes::expand_composites(std::move(program));
    // What the function did once and nothing reads has left gaps in one trace alone.
    return graph::number_values(std::move(program));
  }

  Program trace_at(const Sizes& sizes) {
    Program program = settle_gradients(record(sizes, true));
    if (gradients_outlive_a_call(program) && !gradients_remain_) {
      // A step that ends with zero_grad() reads the gradients that the step before dropped. It is
      // the same step without them, if it also starts without.
      Program without = record(sizes, false);
      if (updated_names(without, false) == updated_names(program, false))
        return passes::remove_dead_code(std::move(without));
    }
    return passes::remove_dead_code(std::move(program));
  }

  /// One run of the function. `with_gradients`: the state has gradients, which are state as well.
  Program record(const Sizes& sizes, bool with_gradients) {
    Recorder recorder(options_.name);
    std::vector<Tensor> in;
    for (const InputSpec& input : inputs_)
      in.push_back(recorder.input(input.name, samples_.type_at(input, sizes)));
    for (const auto& [name, t] : options_.state) recorder.state(name, t);
    std::vector<std::string> gradients;
    gradients_remain_ = false;
    for (const auto& [name, t] : options_.state) {
      if (!t.impl()->requires_grad) continue;
      t.set_grad({});
      if (!with_gradients) continue;
      gradients.push_back(name);
      t.set_grad(recorder.state(gradient_state(name), t.type()));
    }
    Generator generator(Generator::default_seed, default_generator().kind());
    generator.advance(
        recorder.state(std::string(generator_state), default_generator().state().type()));

    const UseGenerator draw(generator);
    const Recording on(recorder);
    const NamedTensors outputs = f_(in);
    for (const auto& [name, t] : outputs) recorder.output(name, t);
    for (const std::string& name : gradients) {
      const Tensor& t = options_.state[name];
      const Tensor gradient = t.grad();
      gradients_remain_ |= gradient.defined();
      recorder.update(gradient_state(name),
                      gradient ? gradient : full_at(t.shape(), 0, t.dtype(), Location::current()));
    }
    recorder.update(std::string(generator_state), generator.state());
    recorder.finish();
    return std::move(recorder.program);
  }

  bool is_gradient(std::string_view name) const {
    const std::string_view of = state_of_gradient(name);
    return !of.empty() && options_.state.contains(of);
  }

  /// Keeps the new gradients that somebody can miss: those that the function adds to older ones,
  /// and those that it made for others to use.
  Program settle_gradients(Program program) const {
    std::vector<graph::Value> roots;
    for (const Output& output : program.outputs) roots.push_back(output.value);
    for (const Output& update : program.updates)
      if (!is_gradient(update.name)) roots.push_back(update.value);
    const std::vector<char> live = graph::live_values(program, roots);
    std::erase_if(program.updates, [&](const Output& update) {
      if (!is_gradient(update.name)) return false;
      const graph::Value old = program.find(ParameterKind::state, update.name)->value;
      if (live[std::size_t(old)]) return false;
      const graph::Value root[] = {update.value};
      return !graph::live_values(program, root)[std::size_t(old)] &&
             live[std::size_t(update.value)];
    });
    // A gradient that was dropped, never to be read, need not be zeros.
    std::erase_if(program.updates, [&](const Output& update) {
      if (!is_gradient(update.name)) return false;
      const graph::Value old = program.find(ParameterKind::state, update.name)->value;
      return !live[std::size_t(old)] && is_zeros(program, update.value);
    });
    return program;
  }
  static bool is_zeros(const Program& program, graph::Value value) {
    for (const graph::Instruction& i : program.instructions)
      if (i.result() == value)
        return i.op.info == &info_of<Full> &&
               static_cast<const Full*>(i.op.data())->fill_value->to_double() == 0;
    return false;
  }

  bool gradients_outlive_a_call(const Program& program) const {
    return std::ranges::any_of(program.updates,
                               [&](const Output& u) { return is_gradient(u.name); });
  }
  std::set<std::string> updated_names(const Program& program, bool gradients) const {
    std::set<std::string> names;
    for (const Output& update : program.updates)
      if (gradients || !is_gradient(update.name)) names.insert(update.name);
    return names;
  }

  void add_state(Traced& traced) const {
    for (graph::Parameter& p : traced.program.parameters) {
      if (p.kind == ParameterKind::constant) p.constant = copy_of(p.constant);
      if (p.kind != ParameterKind::state) continue;
      if (const Tensor* t = options_.state.find(p.name)) {
        traced.state.add(p.name, t->detach());
      } else if (p.name == generator_state) {
        traced.state.add(p.name, default_generator().get_state());
      } else {
        const Tensor& t = options_.state[state_of_gradient(p.name)];
        traced.state.add(p.name, full_at(t.shape(), 0, t.dtype(), Location::current()));
      }
    }
  }

  const Function& f_;
  const std::vector<InputSpec>& inputs_;
  const TraceOptions& options_;
  trace_detail::SamplePoints samples_;
  SavedGradients saved_;
  bool gradients_remain_ = false;  // at the end of the last record()
};

}  // namespace

bool is_at(const Program& fixed, const Program& program, const Sizes& sizes) {
  return trace_detail::agrees(program, fixed, sizes);
}

Traced trace(const Function& f, const std::vector<InputSpec>& inputs, const TraceOptions& options) {
  if (mode.tracer)
    fail(ErrorCode::unsupported, "trace", "a traced function cannot be traced inside another one");
  return Tracing(f, inputs, options).run();
}

}  // namespace tandem
