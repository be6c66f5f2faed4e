#include "tandem/runtime/plan.h"

#include "tandem/graph/memory_order.h"
#include "tandem/runtime/forecast.h"
#include "tandem/runtime/lower.h"
#include "tandem/runtime/reuse.h"

namespace tandem::runtime {
namespace {

void add_workspaces(Plan& plan) {
  for (Step& step : plan.steps) {
    const int64_t bytes = workspace_bytes(plan, step);
    if (!bytes) continue;
    step.workspace = add_buffer(plan, Home::arena, bytes);
    plan.buffers.back().workspace = true;
  }
}

/// One behind the other: all are there at once.
void add_packed(Plan& plan) {
  for (Step& step : plan.steps) {
    const int64_t bytes = packed_bytes(plan, step);
    if (!bytes) continue;
    step.packed = add_buffer(plan, Home::packed, bytes);
    plan.buffers.back().offset = plan.packed_bytes;
    plan.packed_bytes += aligned(bytes);
  }
}

void place_arena(Plan& plan) {
  std::vector<Lifetime> lifetimes;
  std::vector<Buffer*> placed;
  for (Buffer& b : plan.buffers)
    if (b.home == Home::arena) {
      lifetimes.push_back({b.bytes, b.first, b.last});
      placed.push_back(&b);
    }
  const Placement placement = place(lifetimes);
  for (std::size_t i = 0; i < placed.size(); ++i) placed[i]->offset = placement.offsets[i];
  plan.arena_bytes = placement.bytes;
  plan.lower_bound = placement.lower_bound;
  plan.fullest_step = placement.fullest_step;
}

}  // namespace

std::string_view name(Home home) {
  constexpr std::string_view names[] = {"arena", "input", "state", "constant", "packed", "output"};
  return names[std::size_t(home)];
}

Plan plan(const Program& program, const PlanOptions& options) {
  Draft draft = lower(graph::order_for_memory(program), options);
  share_memory(draft, options);
  Plan plan = std::move(draft.plan);
  add_workspaces(plan);
  if (options.pack_weights) add_packed(plan);
  find_lifetimes(plan);
  place_arena(plan);
  if (options.budget) check_budget(plan, *options.budget);
  return plan;
}

}  // namespace tandem::runtime
