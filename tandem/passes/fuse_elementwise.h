#pragma once
#include <functional>

#include "tandem/graph/program.h"

namespace tandem::passes {

/// May a back end run this instruction as part of a `fused` body? Asked of instructions with one
/// result; the CPU's answer is runtime::can_fuse.
using CanFuse = std::function<bool(const Program& program, const graph::Instruction&)>;

/// Elementwise ops of one shape that feed each other become one `fused` instruction, so that values
/// between them never reach memory; those that something else reads are results of it. Reductions
/// of such values, over the same dims, are its end. An activation and its gradient from the same
/// input (gradient_from_input) go together too. It stands where the last of them stood: one whose
/// value is read before that stays outside, and so does one that would keep more alive until then
/// than it spares. The same ops on the same operands, so the same bits.
Program fuse_elementwise(Program program, const CanFuse& can_fuse);

}  // namespace tandem::passes
