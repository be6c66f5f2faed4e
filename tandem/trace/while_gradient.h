// The gradient of `while`: a loop whose length nobody knows keeps as much of its way as has room.
//
// Going forward, what is carried is kept before every step, in a fixed number of slots; when they
// are full every other one is dropped and only every second step is kept from then on, and so on.
// Going backward, the steps between two slots are taken again, from the first slot on, and kept in
// as many slots once more. So the memory is known before the loop is run, and beside what the
// gradient of a step computes itself, loops of up to slots / 2 steps compute none again, those of
// up to some slots * slots each once, longer ones each a few times.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::trace_detail {

/// What a loop kept of its way.
struct Checkpoints {
  std::vector<Tensor> carries;  // [slots, ...] each, every `stride`-th step
  Tensor end, stride;           // i64[]; steps are counted from slots / 2 on
};

/// Records the loop of this `while` instruction so that it keeps its way. The last instruction that
/// it adds gives, first, the loop's results.
Checkpoints record_with_checkpoints(const graph::Instruction& loop,
                                    std::span<const Tensor> operands);

/// Gradients, one an operand. `dys`: of the results, then of way.carries.
std::vector<Tensor> while_gradient(const graph::Instruction& loop, std::span<const Tensor> operands,
                                   const Checkpoints& way, std::span<const Tensor> dys);

}  // namespace tandem::trace_detail
