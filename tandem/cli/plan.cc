#include <fmt/format.h>

#include <optional>

#include "tandem/cli/print_json.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/compile/plan_within.h"
#include "tandem/runtime/forecast.h"
#include "tandem/runtime/program_file.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

PlanWithin plan_of(const PlanOptions& options, std::string_view op) {
  initialize();
  const ProgramFile file = load_program(options.path);
  const Program& program = chosen_program(file.programs, options.program, op);
  std::optional<int64_t> budget;
  if (!options.budget.empty()) budget = byte_count(options.budget, op);
  return plan_within(file.programs, file.state, program.name,
                     input_types(program, options.sizes, op), budget, options.pack_weights);
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
  const runtime::Plan plan = plan_of(options, "plan").plan;
  if (options.json)
    print_json(json_of(plan));
  else
    fmt::print("{}", to_text(plan));
}

void forecast(const PlanOptions& options) {
  const auto [plan, without_budget] = plan_of(options, "forecast");
  const runtime::Forecast forecast = runtime::forecast(plan);
  const int64_t budget = options.budget.empty() ? -1 : byte_count(options.budget, "forecast");
  if (options.json) {
    Json json = json_of(forecast);
    if (budget >= 0) json["budget"] = budget, json["without_budget"] = without_budget;
    print_json(json);
    return;
  }
  fmt::print("{}", to_text(forecast, std::size_t(options.most)));
  if (budget < 0) return;
  fmt::print("fits in {}, with {} to spare", runtime::readable_bytes(budget),
             runtime::readable_bytes(budget - forecast.total()));
  if (without_budget > budget)
    fmt::print("; what is cheap is computed twice, else it takes {}",
               runtime::readable_bytes(without_budget));
  fmt::print("\n");
}

}  // namespace tandem::cli
