// Nodes whose rule is an object instead of an op.
#pragma once
#include <memory>
#include <span>

#include "tandem/autograd/tape.h"

namespace tandem {

/// Gives the floating results a node with this rule, if an input needs a gradient and recording is
/// on. A result that is also an input (or looks into its storage) is replaced by a view without
/// history first. Gives the node, which owns the rule; null where no result has one.
Node* attach_custom_rule(std::unique_ptr<CustomRule> rule, std::span<const Tensor> inputs,
                         std::span<Tensor> results, Location where);

}  // namespace tandem
