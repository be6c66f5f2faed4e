// The passes, in an order that works.
#pragma once
#include <functional>
#include <optional>

#include "tandem/passes/fuse_elementwise.h"
#include "tandem/passes/fuse_epilogues.h"

namespace tandem::passes {

struct OptimizeOptions {
  /// Bytes that values may need at once: what rematerialize() aims at. Needs concrete types. Not
  /// given: with concrete types, whatever takes next to no time is computed again.
  std::optional<int64_t> budget = {};
  /// What the back end can run as part of a `fused` body; null: nothing is fused.
  CanFuse can_fuse = {};
  /// What the back end can run with a chain of elementwise ops behind it; null: nothing.
  TakesEpilogue takes_epilogue = {};
  /// graph::check() after each pass; debug builds always do.
  bool check = false;
  /// Called with the name of each pass that changed something, and with the program as it is then.
  std::function<void(std::string_view pass, const Program& program)> after_pass = {};
};

/// The same function of the same inputs, bit for bit, in fewer and cheaper ops. With concrete types
/// (graph::bind) composites are expanded; with symbolic dims they stay, and one program goes on
/// serving all sizes.
Program optimize(Program program, const OptimizeOptions& options = {});

/// Do the two differ in nothing but the elements of constants?
bool is_same_program(const Program& a, const Program& b);

}  // namespace tandem::passes
