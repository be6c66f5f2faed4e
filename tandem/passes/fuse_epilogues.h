#pragma once
#include <functional>

#include "tandem/graph/program.h"

namespace tandem::passes {

/// Can a back end run a chain of elementwise ops on the parts of this instruction's result while
/// they are in the cache? Asked of instructions with one result; the CPU's answer is
/// runtime::takes_epilogue.
using TakesEpilogue = std::function<bool(const Program& program, const graph::Instruction&)>;

/// A product, and the elementwise op or `fused` chain that alone reads it, become one `fused`
/// instruction that begins with the product: the value between them never reaches memory. Only
/// where the chain has one result, of the product's type, and stands right behind the product, so
/// that nothing is kept alive for longer. The same ops on the same operands, so the same bits.
Program fuse_epilogues(Program program, const TakesEpilogue& takes_epilogue);

}  // namespace tandem::passes
