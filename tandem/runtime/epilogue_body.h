// The body of a `fused` instruction that begins with a product: the product, and the chain of
// elementwise ops that is run on its parts while they are in the cache.
#pragma once
#include <optional>
#include <vector>

#include "tandem/graph/program.h"

namespace tandem::runtime {

/// What fuse_epilogues() may put in front of a chain: an op whose kernel takes an epilogue.
bool takes_epilogue(const Program& program, const graph::Instruction& instruction);

struct EpilogueBody {
  const graph::Instruction* product;  // of the body; its operands are parameters
  /// What the product's kernel does in registers: of a convolution (sum - mean) * scale [+ bias] by
  /// channel, parameters of the body, as a batch norm has them; then an activation, or null.
  std::vector<graph::Value> affine = {};
  const graph::Instruction* activation = nullptr;
  Program chain;  // the rest; its first parameter is the result of what is before it
};

/// Nothing where the body is another: it has to give one result, of the product's type, which
/// nothing else reads than the chain.
std::optional<EpilogueBody> split_epilogue(const Program& body);

}  // namespace tandem::runtime
