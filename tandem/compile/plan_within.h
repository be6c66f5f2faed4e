// A program's plan at concrete sizes, in as much memory as there is.
#pragma once
#include <optional>
#include <span>
#include <string_view>

#include "tandem/runtime/plan.h"

namespace tandem {

struct PlanWithin {
  runtime::Plan plan;
  int64_t without_budget = 0;  // bytes that it takes where no budget asks for less
};

/// `budget` counts all that runtime::Forecast does; as far as it takes, values are computed twice
/// (passes::rematerialize). `pack_weights`: as of runtime::SessionOptions. Error: code value,
/// naming what needs most, where nothing makes it fit.
PlanWithin plan_within(const ProgramSet& programs, const NamedTensors& state,
                       std::string_view program, std::span<const Type> inputs,
                       std::optional<int64_t> budget, bool pack_weights = false);

/// "512MB", "1.5GiB", "4096". Error: code value for anything else.
int64_t byte_count(std::string_view argument, std::string_view op);

}  // namespace tandem
