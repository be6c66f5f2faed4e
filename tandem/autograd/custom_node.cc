#include "tandem/autograd/custom_node.h"

#include "tandem/autograd/frontier.h"
#include "tandem/tensor/apply.h"

namespace tandem {

Node* attach_custom_rule(std::unique_ptr<CustomRule> rule, std::span<const Tensor> inputs,
                         std::span<Tensor> results, Location where) {
  bool wanted = false;
  std::vector<const Tensor*> in;
  for (const Tensor& t : inputs) {
    wanted |= t && needs_grad(t.impl());
    in.push_back(&t);
  }
  if (!wanted || !mode.grad) return nullptr;
  if (mode.relocated) where = mode.where;
  for (Tensor& t : results)
    if (t && is_floating(t.dtype()) && (t.impl()->node || t.impl()->refs > 1)) t = t.detach();
  if (Frontier* frontier = Frontier::current()) {
    frontier->note(in, results);
    return nullptr;
  }
  Node* node = new_node(nullptr, nullptr, in, int(results.size()), where);
  node->more().rule = std::move(rule);
  bool is_held = false;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (results[i] && is_floating(results[i].dtype())) {
      set_node(results[i].impl(), node, int(i));
      is_held = true;
    }
  release(node);
  return is_held ? node : nullptr;
}

}  // namespace tandem
