#include <fmt/format.h>

#include "tandem/cli/print_json.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/compile/optimized.h"
#include "tandem/cpu/tile_program.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

/// `budget`, where it is 0 or more, is what values may need at once.
runtime::Plan plan_of(const PlanOptions& options, std::string_view op, int64_t budget = -1) {
  initialize();
  const ProgramFile file = load_program(options.path);
  const Program& program = chosen_program(file.programs, options.program, op);
  const std::vector<Type> types = input_types(program, options.sizes, op);
  passes::OptimizeOptions optimizing = cpu_options();
  if (budget >= 0) optimizing.budget = budget;
  const auto optimized = [&](Program p) { return passes::optimize(std::move(p), optimizing); };
  return runtime::Session(file.programs, file.state,
                          {.pack_weights = options.pack_weights, .rewrite = optimized})
      .plan(program.name, types);
}

Json location(const Location& where) { return where.line() ? Json(text(where)) : Json(nullptr); }

Json json_of(const runtime::Plan& plan, int32_t ref) {
  if (ref < 0) return nullptr;
  const runtime::Ref& r = plan.refs[std::size_t(ref)];
  const runtime::Buffer& buffer = plan.buffer_of(r);
  Json json = {{"value", ref},
               {"type", text(r.type)},
               {"strides", std::vector<int64_t>(r.strides.begin(), r.strides.end())},
               {"home", name(buffer.home)},
               {"buffer", r.buffer},
               {"offset", r.offset}};
  if (buffer.home == runtime::Home::arena) json["arena_offset"] = buffer.offset;
  return json;
}

Json json_of(const runtime::Plan& plan) {
  Json steps = Json::array();
  for (const runtime::Step& step : plan.steps) {
    Json operands = Json::array(), results = Json::array(), bodies = Json::array();
    for (const int32_t ref : step.operands) operands.push_back(json_of(plan, ref));
    for (const int32_t ref : step.results) results.push_back(json_of(plan, ref));
    for (const runtime::Plan& body : step.bodies) bodies.push_back(json_of(body));
    Json json = {{"op", step.op.info->name()},
                 {"where", location(step.where)},
                 {"operands", operands},
                 {"results", results}};
    if (step.product_operands >= 0) json["epilogue"] = runtime::chain_ops(step);
    if (step.packed >= 0) json["packed_bytes"] = plan.buffers[std::size_t(step.packed)].bytes;
    if (step.workspace >= 0)
      json["workspace_bytes"] = plan.buffers[std::size_t(step.workspace)].bytes;
    if (!step.bodies.empty()) json["bodies"] = bodies;
    steps.push_back(std::move(json));
  }
  return {{"program", plan.program},
          {"arena_bytes", plan.arena_bytes},
          {"arena_lower_bound", plan.lower_bound},
          {"packed_bytes", plan.packed_bytes},
          {"steps", steps}};
}

Json json_of(const runtime::Forecast& f) {
  Json tensors = Json::array(), lines = Json::array();
  for (const auto& t : f.tensors)
    tensors.push_back({{"name", t.name},
                       {"type", t.type.empty() ? Json(nullptr) : Json(t.type)},
                       {"home", name(t.home)},
                       {"where", location(t.where)},
                       {"bytes", t.bytes}});
  for (const auto& l : f.lines) lines.push_back({{"where", location(l.where)}, {"bytes", l.bytes}});
  return {{"program", f.program}, {"total", f.total()},
          {"arena", f.arena},     {"arena_lower_bound", f.arena_lower_bound},
          {"state", f.state},     {"constants", f.constants},
          {"inputs", f.inputs},   {"outputs", f.outputs},
          {"packed", f.packed},   {"tensors", tensors},
          {"lines", lines}};
}

}  // namespace

void plan(const PlanOptions& options) {
  const runtime::Plan plan = plan_of(options, "plan");
  if (options.json)
    print_json(json_of(plan));
  else
    fmt::print("{}", to_text(plan));
}

void forecast(const PlanOptions& options) {
  const int64_t budget = options.budget.empty() ? -1 : byte_count(options.budget, "forecast");
  runtime::Plan plan = plan_of(options, "forecast");
  runtime::Forecast forecast = runtime::forecast(plan);
  if (budget >= 0 && forecast.total() > budget) {
    // What is no value of the program's own takes its share of the budget.
    plan = plan_of(options, "forecast",
                   std::max<int64_t>(budget - (forecast.total() - forecast.arena), 0));
    forecast = runtime::forecast(plan);
  }
  if (budget >= 0) runtime::check_budget(plan, budget);
  if (options.json) {
    Json json = json_of(forecast);
    if (budget >= 0) json["budget"] = budget;
    print_json(json);
    return;
  }
  fmt::print("{}", to_text(forecast, std::size_t(options.most)));
  if (budget >= 0)
    fmt::print("fits in {}, with {} to spare\n", runtime::readable_bytes(budget),
               runtime::readable_bytes(budget - forecast.total()));
}

}  // namespace tandem::cli
