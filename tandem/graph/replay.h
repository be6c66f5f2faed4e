// A program's instructions applied again, to tensors of the caller's: run, traced or recorded for
// gradients, whatever the thread's mode is.
#pragma once
#include <functional>

#include "tandem/graph/program.h"

namespace tandem::graph {

/// What to do with an instruction that has bodies: its operands to its results.
using ControlFlow = std::function<std::vector<Tensor>(
    const Instruction&, std::span<const Tensor> operands, std::span<const int64_t> sizes)>;

/// Runs the bodies that the operands' values ask for.
std::vector<Tensor> run_control_flow(const Instruction& instruction,
                                     std::span<const Tensor> operands,
                                     std::span<const int64_t> sizes);

/// Is told each instruction of the program, not of its bodies, with its results. What it puts in
/// their places is what later instructions read.
using Observer = std::function<void(const Instruction&, std::span<Tensor> results)>;

/// One tensor a parameter, in their order; gives the outputs, then the updates. `sizes` are those
/// of the symbolic dims.
std::vector<Tensor> replay(const Program& program, std::span<const Tensor> parameters,
                           std::span<const int64_t> sizes = {},
                           const ControlFlow& control_flow = run_control_flow,
                           const Observer& observer = {});

}  // namespace tandem::graph
