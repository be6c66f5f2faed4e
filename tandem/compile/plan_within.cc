#include "tandem/compile/plan_within.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "tandem/compile/optimized.h"
#include "tandem/runtime/forecast.h"
#include "tandem/runtime/session.h"

namespace tandem {

PlanWithin plan_within(const ProgramSet& programs, const NamedTensors& state,
                       std::string_view program, std::span<const Type> inputs,
                       std::optional<int64_t> budget, bool pack_weights) {
  const auto plan_with = [&](std::optional<int64_t> for_values) {
    passes::OptimizeOptions optimizing = cpu_options();
    optimizing.budget = for_values;
    const auto rewrite = [&](Program p) { return passes::optimize(std::move(p), optimizing); };
    return runtime::Session(programs, state,
                            {.share_state = true, .pack_weights = pack_weights, .rewrite = rewrite})
        .plan(program, inputs);
  };
  PlanWithin found{plan_with({})};
  const runtime::Forecast forecast = runtime::forecast(found.plan);
  found.without_budget = forecast.total();
  if (!budget) return found;
  // What is no value of the program's own takes its share of the budget. The pass estimates what
  // values need: where the plan needs more it is asked for less, at last for the least there is.
  constexpr int attempts = 8;
  int64_t total = found.without_budget, for_values = forecast.arena;
  for (int attempt = 1; total > *budget && for_values > 0; ++attempt) {
    const int64_t less = std::max(total - *budget, attempt > 1 ? for_values / attempts : 0);
    for_values = attempt < attempts ? std::max<int64_t>(for_values - less, 0) : 0;
    runtime::Plan plan = plan_with(for_values);
    const int64_t needed = runtime::forecast(plan).total();
    if (needed < total) found.plan = std::move(plan), total = needed;
  }
  runtime::check_budget(found.plan, *budget);
  return found;
}

int64_t byte_count(std::string_view argument, std::string_view op) {
  double number = 0;
  const char* end = argument.data() + argument.size();
  const auto read = std::from_chars(argument.data(), end, number);
  const std::string_view unit(read.ptr, std::size_t(end - read.ptr));
  constexpr std::pair<std::string_view, double> units[] = {
      {"", 1},     {"B", 1},     {"kB", 1e3},      {"KB", 1e3},      {"MB", 1e6},
      {"GB", 1e9}, {"TB", 1e12}, {"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}};
  const auto* found = std::ranges::find(units, unit, [](const auto& u) { return u.first; });
  if (read.ec != std::errc() || found == std::end(units) || !(number >= 0) ||
      number * found->second > 9e18)
    fail(ErrorCode::value, op, "'", argument, "': expected a number of bytes, as 512MB or 1.5GiB");
  return int64_t(std::llround(number * found->second));
}

}  // namespace tandem
