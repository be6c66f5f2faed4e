#include "tandem/autograd/backward.h"

#include <map>
#include <unordered_map>

#include "tandem/autograd/tape.h"
#include "tandem/ops/autocast.h"
#include "tandem/ops/define.h"
#include "tandem/ops/functions.h"

namespace tandem {
namespace {

/// The gradient of a broadcast operand is summed over the dims that were repeated.
Tensor sum_to(const Tensor& g, const Dims& shape) {
  if (g.shape() == shape) return g;
  const int added = g.dim() - shape.size();
  Dims repeated;
  for (int i = 0; i < g.dim(); ++i)
    if (i < added || (shape[i - added] == 1 && g.shape()[i] != 1)) repeated.push_back(i);
  if (repeated.empty()) return reshape(g, shape);
  const Tensor s = sum(g, repeated, true);
  return s.shape() == shape ? s : reshape(s, shape);
}

/// Does nobody else see the elements of `t`?
bool owns_elements(const Tensor& t) {
  return t.impl()->refs == 1 && t.impl()->storage->refs == 1 && !t.impl()->view;
}

/// Walks from the outputs towards the leaves, deepest node first, so that a node is visited after
/// everything that used its results; equal depths in order of discovery, never of address.
class Walk {
 public:
  struct Release {
    void operator()(Node* node) const { release(node); }
  };
  /// What a checkpoint recomputed is held by the walk alone, and goes with its last step there.
  using Held = std::unique_ptr<Node, Release>;

  void add(Node* node, int result, Tensor g) {
    Tensor& sum = sum_of(node, result);
    sum = sum ? sum + g : std::move(g);  // move the first, add later ones
  }
  /// Adds g where the view `op` shows the operand, which is of type `whole`: slices of one tensor
  /// fill one gradient, instead of each making its own and all of them being added.
  void add_part(Node* node, int result, const Type& whole, const OpInfo& info, const void* op,
                const Tensor& g) {
    Tensor& sum = sum_of(node, result);
    const bool first = !sum;
    if (first) sum = full(whole.shape, 0, whole.dtype);
    const auto part = [&] {
      const Tensor* in[] = {&sum};
      return apply(info, op, in, mode.where);
    };
    if (mode.grad || mode.tracer) {
      sum = info.rules->write(op, sum, first ? g : part() + g);
    } else if (first) {
      part().copy_(g);
    } else {
      if (!owns_elements(sum)) sum = clone(sum);
      part().add_(g);
    }
  }
  Held next() {
    if (pending_.empty()) return nullptr;
    return std::move(pending_.extract(std::prev(pending_.end())).mapped());
  }
  std::vector<Tensor> take(Node* node) { return std::move(entries_.extract(node).mapped()); }

 private:
  Tensor& sum_of(Node* node, int result) {
    auto [it, fresh] = entries_.try_emplace(node);
    if (fresh) {
      retain(node);
      pending_[{node->depth, ~discovered_++}] = Held(node);
      it->second.resize(std::size_t(std::max<int>(node->result_count, 1)));
    }
    return it->second[std::size_t(result)];
  }

  uint32_t discovered_ = 0;
  std::unordered_map<Node*, std::vector<Tensor>> entries_;
  std::map<std::pair<uint32_t, uint32_t>, Held> pending_;
};

[[gnu::cold, gnu::noinline]] void freed(const Node* node) {
  fail(ErrorCode::autograd, "backward", "Trying to backward through the graph a second time: what ",
       node->name(), " (", node->where, ") kept was freed at ", node->freed,
       ". Pass retain_graph = true there, or detach() a state that is carried between steps");
}

void run_hooks(Node* node, std::vector<Tensor>& dys) {
  for (auto& [index, id, hook] : node->extra->hooks)
    if (dys[index])
      if (Tensor replaced = hook(dys[index])) dys[index] = replaced;
  NodeExtra& extra = *node->extra;
  for (std::size_t i = 0; i < extra.retained.size(); ++i) {
    const Tensor& g = dys[extra.retained[i]];
    Tensor& kept = extra.retained_gradient[i];
    if (g) kept = kept ? kept + g : g;
  }
}

void free_kept(Node* node, Location where) {
  node->is_freed = true;
  node->freed = where;
  for (Operand& o : node->operands())
    if (o.kept) o.kept = Tensor();
  for (Result& r : node->results())
    if (r.kept) r.kept = Tensor();
  if (node->extra && node->extra->rule) node->extra->rule->release();
}

/// Goes on through the history of what a checkpoint computed again.
bool step_into(Walk& walk, Node* node, std::span<const Tensor> dys) {
  if (node->info) return false;
  const std::vector<Tensor> again = node->extra->rule->recompute();
  for (std::size_t i = 0; i < again.size(); ++i)
    if (dys[i] && again[i] && needs_grad(again[i].impl()))
      walk.add(again[i].impl()->node, again[i].impl()->result_index, dys[i]);
  return !again.empty();
}

/// A view that shows some elements of its operand, each of them once.
bool is_part(const Call& call) {
  const OpInfo* info = call.node.info;
  return info && info->view && info->rules && info->rules->write &&
         call.result_type().shape.product() < call.type(0).shape.product();
}

void step_back(Walk& walk, Node* node, std::span<const Tensor> dys) {
  if (step_into(walk, node, dys)) return;
  At line(node->where);
  Grads grads;
  const Call call{*node, dys};
  if (is_part(call)) {
    const Operand& o = node->operands()[0];
    if (o.producer && dys[0])
      walk.add_part(o.producer, o.result_index, call.type(0), *node->info, node->op(), dys[0]);
    return;
  }
  if (node->info) {
    if (!node->info->rules || !node->info->rules->vjp) {
      if (!node->info->rules || !node->info->rules->decompose)
        fail(ErrorCode::unsupported, node->name(), "has no gradient rule");
      vjp_by_decomposition(*node->info, node->op(), call, &grads);
    } else {
      node->info->rules->vjp(node->op(), call, &grads);
    }
  } else {
    grads = node->extra->rule->vjp(dys);
  }
  for (int i = 0; i < node->operand_count; ++i) {
    const Operand& o = node->operands()[std::size_t(i)];
    if (!o.producer) continue;
    if (Tensor g = grads.take(i)) {
      if (node->info) g = sum_to(g, call.type(i).shape);
      walk.add(o.producer, o.result_index, std::move(g));
    }
  }
}

struct Options {
  bool retain_graph, create_graph;
  Location where;
};

void check_seed(const Tensor& output, const Tensor& seed) {
  if (!output.requires_grad())
    fail(ErrorCode::autograd, "backward",
         "element 0 of tensors does not require grad and does not have a grad_fn: no leaf with "
         "requires_grad_() took part in computing this output of shape ",
         output.shape());
  if (!seed && output.numel() != 1)
    fail(ErrorCode::autograd, "backward",
         "grad can be implicitly created only for scalar outputs; "
         "got an output of shape ",
         output.shape(), ": pass a gradient of that shape, or sum() it");
  if (seed && seed.shape() != output.shape())
    fail(ErrorCode::shape, "backward", "expected a gradient of shape ", output.shape(),
         " like the output, got ", seed.shape());
}

/// `found(node, dys)` is told every node with its gradients and says whether the walk ends there.
template <class Found>
void run_backward(std::span<const Tensor> outputs, std::span<const Tensor> seeds, Options options,
                  Found&& found) {
  GradMode recording(options.create_graph);
  const Autocast off(false);  // gradients have the dtypes of what was computed
  Walk walk;
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& y = outputs[i];
    Tensor seed = i < seeds.size() ? seeds[i] : Tensor();
    check_seed(y, seed);
    TensorImpl* t = y.impl();
    if (!seed) {
      At line(t->node->where);
      seed = full(y.shape(), 1, y.dtype());
    } else if (seed.dtype() != y.dtype()) {
      seed = cast(seed, y.dtype());
    }
    walk.add(t->node, t->result_index, seed);
  }
  while (const Walk::Held held = walk.next()) {
    Node* node = held.get();
    std::vector<Tensor> dys = walk.take(node);
    if (node->extra) run_hooks(node, dys);
    if (found(node, dys) || node->is_leaf()) continue;
    if (node->is_freed) freed(node);
    step_back(walk, node, dys);
    if (!options.retain_graph) free_kept(node, options.where);
  }
}

void accumulate(Node* leaf, const Tensor& g, bool create_graph) {
  if (!leaf->gradient) {
    // The gradient becomes the user's, who may write to it: it must not share memory.
    leaf->gradient = owns_elements(g) || create_graph || mode.tracer ? g : clone(g);
  } else if (create_graph || mode.tracer) {
    leaf->gradient = leaf->gradient + g;
  } else {
    leaf->gradient.add_(g);
  }
}

}  // namespace

void vjp_through_parts(const OpInfo& info, const void* op, const Call& call, Grads* grads) {
  // Each operand gets a node of its own, so that x*x counts twice. Where the gradient is not
  // differentiated again the node is a leaf: a walk past it would free the graph of the caller.
  const std::size_t n = std::size_t(call.operands());
  std::vector<Tensor> x(n), y(std::size_t(info.results));
  std::vector<const Tensor*> in(n);
  const bool create_graph = mode.grad;
  {
    GradMode recording(true);
    for (std::size_t i = 0; i < n; ++i) {
      x[i] = call.operand(int(i));
      if (call.needs(int(i)))
        x[i] = create_graph ? reshape(x[i], x[i].shape()) : x[i].detach().requires_grad_();
      in[i] = &x[i];
    }
    decompose(info, op, in, y.data());
  }
  std::vector<Tensor> outputs, seeds, inputs;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < y.size(); ++i)
    if (call.dys[i] && needs_grad(y[i].impl())) {
      outputs.push_back(y[i]);
      seeds.push_back(call.dys[i]);
    }
  for (std::size_t i = 0; i < n; ++i)
    if (call.needs(int(i))) {
      inputs.push_back(x[i]);
      index.push_back(i);
    }
  std::vector<Tensor> all(n);
  if (!outputs.empty()) {
    std::vector<Tensor> g = grad(outputs, inputs, seeds, create_graph, create_graph);
    for (std::size_t i = 0; i < g.size(); ++i) all[index[i]] = std::move(g[i]);
  }
  *grads = Grads(std::move(all));
}

std::vector<Tensor> grad(std::span<const Tensor> outputs, std::span<const Tensor> inputs,
                         std::span<const Tensor> seeds, bool retain_graph, bool create_graph,
                         Location where) {
  std::vector<Tensor> grads(inputs.size());
  uint32_t shallowest = ~0u;
  for (const Tensor& x : inputs) {
    if (!x.requires_grad())
      fail(ErrorCode::autograd, "grad", "an input of shape ", x.shape(), " does not require grad");
    shallowest = std::min(shallowest, x.impl()->node->depth);
  }
  run_backward(outputs, seeds, {retain_graph || create_graph, create_graph, where},
               [&](Node* node, std::span<const Tensor> dys) {
                 for (std::size_t i = 0; i < inputs.size(); ++i)
                   if (inputs[i].impl()->node == node)
                     grads[i] = dys[inputs[i].impl()->result_index];
                 return node->depth <= shallowest;
               });
  return grads;
}

std::vector<Tensor> grad(const Tensor& output, std::span<const Tensor> inputs, bool create_graph,
                         Location where) {
  return grad(std::span(&output, 1), inputs, {}, false, create_graph, where);
}

void backward(std::span<const Tensor> outputs, std::span<const Tensor> seeds, bool retain_graph,
              bool create_graph, Location where) {
  run_backward(outputs, seeds, {retain_graph || create_graph, create_graph, where},
               [&](Node* node, std::span<Tensor> dys) {
                 if (node->is_leaf()) {
                   const Tensor g = std::move(dys[0]);
                   accumulate(node, g, create_graph);
                 }
                 return node->is_leaf();
               });
}

void Tensor::backward(const Tensor& gradient, bool retain_graph, bool create_graph,
                      Location where) const {
  tandem::backward(std::span(this, 1), std::span(&gradient, 1), retain_graph, create_graph, where);
}

Tensor Tensor::grad() const {
  const Node* node = known()->node;
  if (!node) return {};
  if (node->is_leaf()) return node->gradient;
  if (node->extra)
    for (std::size_t i = 0; i < node->extra->retained.size(); ++i)
      if (node->extra->retained[i] == impl_->result_index) return node->extra->retained_gradient[i];
  return {};
}

void Tensor::set_grad(Tensor gradient) const {
  if (!known()->requires_grad)
    fail(ErrorCode::autograd, "set_grad", "only a leaf that requires grad has a gradient to set");
  if (gradient && gradient.type() != type())
    fail(ErrorCode::shape, "set_grad", "expected a gradient of ", type(), ", got ",
         gradient.type());
  impl_->node->gradient = std::move(gradient);
}

void Tensor::retain_grad() const {
  if (!needs_grad(known()))
    fail(ErrorCode::autograd, "retain_grad",
         "can't retain_grad on a tensor that does not require grad");
  if (impl_->node->is_leaf()) return;
  NodeExtra& extra = impl_->node->more();
  for (uint16_t r : extra.retained)
    if (r == impl_->result_index) return;
  extra.retained.push_back(impl_->result_index);
  extra.retained_gradient.emplace_back();
}

}  // namespace tandem
