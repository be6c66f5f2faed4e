#include "tandem/trace/body_gradients.h"

#include "tandem/autograd/backward.h"
#include "tandem/graph/replay.h"
#include "tandem/ops/functions.h"
#include "tandem/trace/emit_control_flow.h"

namespace tandem::trace_detail {

using graph::Instruction;

std::vector<Tensor> replay_traced(const Program& body, std::span<const Tensor> inputs) {
  return graph::replay(
      body, inputs, {},
      [](const Instruction& inner, std::span<const Tensor> operands, std::span<const int64_t>) {
        return emit_control_flow(*current_recorder(), inner.op, inner.bodies, operands,
                                 inner.where);
      });
}

std::vector<Tensor> body_gradients(const Program& body, std::vector<Tensor> inputs,
                                   const std::vector<bool>& wanted, std::span<const Tensor> seeds,
                                   std::span<const Tensor> sums) {
  std::vector<Tensor> leaves, outputs, dys, gradients;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!wanted[i]) continue;
    leaves.push_back(inputs[i] = inputs[i].detach().requires_grad_());
    if (i < sums.size() && sums[i]) {
      outputs.push_back(inputs[i]);
      dys.push_back(sums[i]);
    }
  }
  {
    const EnableGrad on;
    const std::vector<Tensor> all = replay_traced(body, inputs);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (i < seeds.size() && seeds[i] && needs_grad(all[i].impl())) {
        outputs.push_back(all[i]);
        dys.push_back(seeds[i]);
      }
  }
  gradients.resize(leaves.size());
  if (!outputs.empty()) gradients = grad(outputs, leaves, dys, false, false);
  for (std::size_t i = 0; i < leaves.size(); ++i)
    if (!gradients[i]) gradients[i] = zeros(leaves[i].shape(), leaves[i].dtype());
  return gradients;
}

std::vector<bool> wanted_of(std::span<const Tensor> operands) {
  std::vector<bool> wanted;
  for (const Tensor& t : operands) wanted.push_back(needs_grad(t.impl()));
  return wanted;
}

Tensor empty_sum(const Tensor& like) { return full(like.shape(), -0.0, like.dtype()); }

}  // namespace tandem::trace_detail
