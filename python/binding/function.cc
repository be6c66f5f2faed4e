// What torch.autograd.Function stands on: a node whose rule is Python's.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/binding/callback.h"
#include "python/binding/location.h"
#include "python/binding/tensor_caster.h"
#include "tandem/autograd/custom_node.h"
#include "tandem/ops/functions.h"

namespace tandem::python {
namespace {

using namespace nb::literals;

/// A saved result would own the node that owns it, so it is kept without its history, which is
/// given back when backward asks for it.
struct Saved {
  Tensor tensor;
  int result = -1;  // which result of the node it is
  uint32_t version = 0;
};

class PythonRule final : public CustomRule {
 public:
  PythonRule(std::string name, Callback backward, std::vector<Type> types, bool materialize)
      : name_(std::move(name)),
        backward_(std::move(backward)),
        types_(std::move(types)),
        materialize_(materialize) {}

  void save(const std::vector<Tensor>& tensors, std::span<const Tensor> results) {
    for (const Tensor& t : tensors) {
      Saved s{t, -1, t ? t.version() : 0};
      for (std::size_t i = 0; i < results.size(); ++i)
        if (t && results[i].is_same(t)) s = {t.detach(), int(i), t.version()};
      saved_.push_back(std::move(s));
    }
  }
  void belongs_to(Node* node) { node_ = node; }

  std::string_view name() const override { return name_; }
  void release() override {
    freed_ = true;
    saved_.clear();
  }

  Grads vjp(std::span<const Tensor> dys) override {
    if (freed_)
      fail(ErrorCode::autograd, name_,
           "Trying to backward through the graph a second time (or directly access saved tensors "
           "after they have already been freed). Pass retain_graph=True to the first backward");
    Locked lock;
    nb::list saved, gradients;
    for (const Saved& s : saved_) saved.append(restored(s));
    for (std::size_t i = 0; i < dys.size(); ++i)
      gradients.append(dys[i] || !materialize_ ? dys[i] : zeros(types_[i].shape, types_[i].dtype));
    nb::object result = backward_.get()(saved, gradients);
    std::vector<Tensor> list;
    for (nb::handle g : nb::borrow<nb::sequence>(result)) {
      if (!g.is_none() && !is_tensor(g.ptr()))
        raise_argument(name_, "result of backward", "Tensor or None", g.ptr());
      list.push_back(g.is_none() ? Tensor() : tensor_of(g.ptr()));
    }
    return Grads(std::move(list));
  }

 private:
  Tensor restored(const Saved& s) const {
    if (!s.tensor) return {};
    if (s.tensor.version() != s.version)
      fail(ErrorCode::autograd, name_,
           "one of the variables needed for gradient computation has been modified by an inplace "
           "operation: ",
           s.tensor.type(), " saved for backward is at version ", s.tensor.version(),
           "; expected version ", s.version, " (written at ", s.tensor.impl()->storage->written,
           ")");
    if (s.result < 0) return s.tensor;
    Tensor again = s.tensor.detach();
    set_node(again.impl(), node_, s.result);
    return again;
  }

  std::string name_;
  Callback backward_;
  std::vector<Type> types_;  // of the results
  bool materialize_;
  bool freed_ = false;
  Node* node_ = nullptr;
  std::vector<Saved> saved_;
};

nb::list attach(const std::string& name, nb::object backward, const std::vector<Tensor>& inputs,
                std::vector<Tensor> results, const std::vector<std::optional<Tensor>>& saved,
                const std::vector<bool>& differentiable, bool materialize) {
  std::vector<Type> types;
  for (const Tensor& t : results) types.push_back(t.type());
  auto rule = std::make_unique<PythonRule>(name, Callback(std::move(backward)), std::move(types),
                                           materialize);
  PythonRule* const r = rule.get();
  std::vector<Tensor> keep;
  for (const auto& t : saved) keep.push_back(t.value_or(Tensor()));
  r->save(keep, results);
  attach_custom_rule(std::move(rule), inputs, results, python_line());
  for (const Tensor& t : results)
    if (Node* n = t.impl()->node; n && n->extra && n->extra->rule.get() == r) r->belongs_to(n);
  nb::list list;
  for (std::size_t i = 0; i < results.size(); ++i)
    list.append(differentiable[i] ? results[i] : results[i].detach());
  return list;
}

}  // namespace

void bind_function(nb::module_& m) {
  m.def("_attach_function", attach, "name"_a, "backward"_a, "inputs"_a, "results"_a, "saved"_a,
        "differentiable"_a, "materialize_grads"_a,
        "Gives results of a function a node whose rule is backward(saved, gradients).");
  m.def("_needs_grad", [](const Tensor& t) { return mode.grad && needs_grad(t.impl()); });
}

}  // namespace tandem::python
