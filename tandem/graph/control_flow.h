// Ops whose meaning is in their sub-programs. They stand in programs alone: eager code has C++'s or
// Python's own `if` and `while`, and what traces them is in trace/.
//
// Bodies are pure programs without state: everything from outside reaches them as an operand.
#pragma once
#include "tandem/graph/program.h"
#include "tandem/ops/define.h"

namespace tandem::graph {

/// bodies[0] where `condition` holds, else bodies[1]; both map the operands to the results.
/// condition: bool[].
struct If {
  static constexpr Signature signature = "if(condition, *operands)";
  Type infer(const Type& condition, Types operands) const;
};

/// While bodies[0] gives true, bodies[1] replaces the first `carries` operands, which at the end
/// are the results; the operands after them are the same each time. bodies[0]: operands -> bool[];
/// bodies[1]: operands -> carries.
struct While {
  static constexpr Signature signature = "while(*operands, carries)";
  Required<int64_t> carries;
  Type infer(Types operands) const;
};

/// bodies[0] for each index of the sequences' first dim, from the last one on when `reverse`.
/// Operands: `carries` values, then `sequences` tensors of equal first dim, then what is the same
/// each time. bodies[0]: carries, an element of each sequence, the rest -> the new carries, then
/// what to collect. Results: the last carries, then the collected values stacked along dim 0, each
/// at the index it was made for.
struct Scan {
  static constexpr Signature signature = "scan(*operands, carries, sequences, reverse)";
  Required<int64_t> carries;
  Required<int64_t> sequences;
  bool reverse = false;
  Type infer(Types operands) const;
};

/// bodies[0] over tiles: elementwise ops of one shape after broadcasting, perhaps with a reduction
/// at the end or a product at the beginning. The same bits as its ops one by one.
struct Fused {
  static constexpr Signature signature = "fused(*operands)";
  Type infer(Types operands) const;
};

struct ControlFlowOps : List<If, While, Scan, Fused> {};

/// How many bodies an op has; 0 for the registry's ops.
int body_count(const OpInfo& info);
/// What the text calls a body: "then" and "else", "condition" and "body", "body".
std::string_view body_name(const OpInfo& info, int body);
/// An op of the registry or one of these; null when there is none of this name.
const OpInfo* find_instruction(std::string_view name);

}  // namespace tandem::graph
