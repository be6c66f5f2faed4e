#include "tandem/trace/control_flow.h"

#include "tandem/graph/control_flow.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/trace/emit_control_flow.h"

namespace tandem {
namespace {

using graph::If;
using graph::Recorder;
using graph::Scan;
using graph::While;
using trace_detail::align_captured;
using trace_detail::current_recorder;
using trace_detail::emit_control_flow;
using trace_detail::output_types;
using trace_detail::record_body;
using trace_detail::RecordedBody;
using trace_detail::types_of;

/// Calls `f` and says whether it drew from the default generator, which is as before afterwards.
template <class F>
bool draws(const F& f) {
  const Tensor before = default_generator().state();
  f();
  const bool drew = !default_generator().state().is_same(before);
  default_generator().advance(before);
  return drew;
}

/// `f` with the generator's state as input `in` and as output `out`.
Body with_generator(const Body& f, std::size_t in, std::size_t out) {
  return [&f, in, out](std::span<const Tensor> given) {
    std::vector<Tensor> rest(given.begin(), given.end());
    rest.erase(rest.begin() + std::ptrdiff_t(in));
    const Tensor before = default_generator().state();
    default_generator().advance(given[in]);
    std::vector<Tensor> results = f(rest);
    results.insert(results.begin() + std::ptrdiff_t(out), default_generator().state());
    default_generator().advance(before);
    return results;
  };
}

std::string list_of(std::span<const Type> types) {
  std::string s;
  for (const Type& t : types) s += text(s.empty() ? "" : ", ", t);
  return text("(", s, ")");
}

void check_condition(std::string_view op, const Type& type) {
  if (type != Type{DType::boolean, {}})
    fail(ErrorCode::shape, op, "expected a condition of bool[], got ", type,
         ": reduce it with all() or any()");
}

void check_same(std::string_view op, std::string_view a, std::span<const Type> x,
                std::string_view b, std::span<const Type> y) {
  if (!std::ranges::equal(x, y))
    fail(ErrorCode::shape, op, a, " ", list_of(x), ", but ", b, " ", list_of(y));
}

std::vector<Tensor> traced_if(Recorder& recorder, const Tensor& condition, const Branch& then,
                              const Branch& otherwise, Location where) {
  const Branch* branches[] = {&then, &otherwise};
  constexpr std::string_view names[] = {"then", "else"};
  const auto record = [&](bool threaded) {
    std::vector<RecordedBody> bodies;
    for (int i = 0; i < 2; ++i) {
      const Body f = [&](std::span<const Tensor>) { return (*branches[i])(); };
      const std::vector<Type> state{default_generator().state().type()};
      bodies.push_back(
          threaded ? record_body(recorder, std::string(names[i]), with_generator(f, 0, 0), state)
                   : record_body(recorder, std::string(names[i]), f, {}));
    }
    return bodies;
  };
  std::vector<RecordedBody> bodies;
  const bool drew = draws([&] { bodies = record(false); });
  if (drew) bodies = record(true);
  std::vector<Type> types[2];
  for (int i = 0; i < 2; ++i) types[i] = output_types(bodies[std::size_t(i)].program);
  check_same("if_", "then gives", types[0], "otherwise gives", types[1]);

  std::vector<Tensor> operands{condition};
  if (drew) operands.push_back(default_generator().state());
  align_captured(recorder, bodies, operands);
  std::vector<Tensor> results = emit_control_flow(
      recorder, AnyOp(info_of<If>), {bodies[0].program, bodies[1].program}, operands, where);
  if (drew) {
    default_generator().advance(results[0]);
    results.erase(results.begin());
  }
  return results;
}

std::vector<Tensor> traced_while(Recorder& recorder,
                                 const std::function<Tensor(std::span<const Tensor>)>& condition,
                                 const Body& body, std::vector<Tensor> carries, Location where) {
  RecordedBody bodies[2];
  const std::size_t own = carries.size();
  const auto record = [&](const Body& f) {
    const std::vector<Type> types = types_of(carries);
    const Body test = [&](std::span<const Tensor> x) {
      return std::vector{condition(x.first(own))};
    };
    if (draws([&] { bodies[0] = record_body(recorder, "condition", test, types); }))
      fail(ErrorCode::unsupported, "while_",
           "a traced condition that draws random numbers is not supported: draw in the body");
    bodies[1] = record_body(recorder, "body", f, types);
  };
  const bool drew = draws([&] { record(body); });
  if (drew) {
    carries.push_back(default_generator().state());
    record(with_generator(body, own, own));
  }
  const Program& test = bodies[0].program;
  check_condition("while_", test.type(test.outputs[0].value).at({}));
  check_same("while_", "the carries are", types_of(carries), "the body gives",
             output_types(bodies[1].program));
  const While op{int64_t(carries.size())};
  std::vector<Tensor> operands = std::move(carries);
  align_captured(recorder, bodies, operands);
  std::vector<Tensor> results =
      emit_control_flow(recorder, AnyOp(info_of<While>, &op),
                        {bodies[0].program, bodies[1].program}, operands, where);
  if (drew) {
    default_generator().advance(results.back());
    results.pop_back();
  }
  return results;
}

ScanResult traced_scan(Recorder& recorder, const Body& body, std::vector<Tensor> carries,
                       const std::vector<Tensor>& sequences, bool reverse, Location where) {
  const auto record = [&](const Body& f, const std::vector<Tensor>& before) {
    std::vector<Type> types = types_of(before);
    for (const Tensor& s : sequences) {
      types.push_back(s.type());
      types.back().shape.erase(0);
    }
    return record_body(recorder, "body", f, types);
  };
  RecordedBody recorded;
  const bool drew = draws([&] { recorded = record(body, carries); });
  const std::size_t own = carries.size();
  if (drew) {
    carries.push_back(default_generator().state());
    recorded = record(with_generator(body, own, own), carries);
  }
  const Program& program = recorded.program;
  if (program.outputs.size() < carries.size())
    fail(ErrorCode::value, "scan", "the body gives ", program.outputs.size(),
         " tensors, fewer than "
         "the ",
         own, " carries");
  const std::vector<Type> given = output_types(program);
  check_same("scan", "the carries are", types_of(carries), "the body gives",
             std::span(given).first(carries.size()));
  const Scan op{int64_t(carries.size()), int64_t(sequences.size()), reverse};
  std::vector<Tensor> operands = carries;
  operands.insert(operands.end(), sequences.begin(), sequences.end());
  align_captured(recorder, {&recorded, 1}, operands);
  std::vector<Tensor> all =
      emit_control_flow(recorder, AnyOp(info_of<Scan>, &op), {recorded.program}, operands, where);
  if (drew) default_generator().advance(all[own]);
  return {{all.begin(), all.begin() + std::ptrdiff_t(own)},
          {all.begin() + std::ptrdiff_t(carries.size()), all.end()}};
}

}  // namespace

std::vector<Tensor> if_(const Tensor& condition, const Branch& then, const Branch& otherwise,
                        Location where) {
  check_condition("if_", condition.type());
  if (Recorder* recorder = current_recorder())
    return traced_if(*recorder, condition, then, otherwise, where);
  return condition.item<bool>(where) ? then() : otherwise();
}

Tensor if_(const Tensor& condition, const std::function<Tensor()>& then,
           const std::function<Tensor()>& otherwise, Location where) {
  return if_(condition, Branch([&] { return std::vector{then()}; }),
             Branch([&] { return std::vector{otherwise()}; }), where)[0];
}

std::vector<Tensor> while_(const std::function<Tensor(std::span<const Tensor>)>& condition,
                           const Body& body, std::vector<Tensor> carries, Location where) {
  if (Recorder* recorder = current_recorder())
    return traced_while(*recorder, condition, body, std::move(carries), where);
  const std::vector<Type> types = types_of(carries);
  for (;;) {
    const Tensor go_on = condition(carries);
    check_condition("while_", go_on.type());
    if (!go_on.item<bool>(where)) return carries;
    carries = body(carries);
    check_same("while_", "the carries are", types, "the body gives", types_of(carries));
  }
}

ScanResult scan(const Body& body, std::vector<Tensor> carries, std::vector<Tensor> sequences,
                bool reverse, Location where) {
  if (sequences.empty()) fail(ErrorCode::value, "scan", "expected at least one sequence, got none");
  for (const Tensor& s : sequences)
    if (s.dim() == 0 || s.size(0) != sequences[0].size(0))
      fail(ErrorCode::shape, "scan", "expected sequences of one length along dim 0, got ",
           list_of(types_of(sequences)));
  if (Recorder* recorder = current_recorder())
    return traced_scan(*recorder, body, std::move(carries), sequences, reverse, where);
  const std::size_t count = carries.size();
  const int64_t length = sequences[0].size(0);
  if (length == 0)
    fail(ErrorCode::shape, "scan", "expected sequences of at least one element, got ",
         list_of(types_of(sequences)));
  const std::vector<Type> types = types_of(carries);
  std::vector<std::vector<Tensor>> collected;
  for (int64_t n = 0; n < length; ++n) {
    const int64_t at = reverse ? length - 1 - n : n;
    std::vector<Tensor> in = std::move(carries);
    for (const Tensor& s : sequences) in.push_back(select(s, 0, at));
    std::vector<Tensor> out = body(in);
    if (out.size() < count)
      fail(ErrorCode::value, "scan", "the body gives ", out.size(), " tensors, fewer than the ",
           count, " carries");
    carries.assign(out.begin(), out.begin() + std::ptrdiff_t(count));
    check_same("scan", "the carries are", types, "the body gives", types_of(carries));
    collected.resize(out.size() - count);
    for (std::size_t k = 0; k < collected.size(); ++k) {
      collected[k].resize(std::size_t(length));
      collected[k][std::size_t(at)] = out[count + k];
    }
  }
  ScanResult result{std::move(carries), {}};
  for (const auto& steps : collected) result.collected.push_back(stack(steps));
  return result;
}

}  // namespace tandem
