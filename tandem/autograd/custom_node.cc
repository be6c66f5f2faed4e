#include "tandem/autograd/custom_node.h"

#include "tandem/autograd/frontier.h"
#include "tandem/tensor/apply.h"

namespace tandem {

void attach_custom_rule(std::unique_ptr<CustomRule> rule, std::span<const Tensor> inputs,
                        std::span<Tensor> results, Location where) {
  bool wanted = false;
  std::vector<const Tensor*> in;
  for (const Tensor& t : inputs) {
    wanted |= t && needs_grad(t.impl());
    in.push_back(&t);
  }
  if (!wanted || !mode.grad) return;
  if (mode.relocated) where = mode.where;
  for (Tensor& t : results)
    if (t && is_floating(t.dtype()) && (t.impl()->node || t.impl()->refs > 1)) t = t.detach();
  if (Frontier* frontier = Frontier::current()) return frontier->note(in, results);
  Node* node = new_node(nullptr, nullptr, in, int(results.size()), where);
  node->more().rule = std::move(rule);
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i] && is_floating(results[i].dtype())) set_node(results[i].impl(), node, int(i));
  release(node);
}

}  // namespace tandem
