// Gradients: modes, backward, hooks, the graph behind a result, checks.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/binding/callback.h"
#include "python/binding/define_method.h"
#include "python/binding/location.h"
#include "python/binding/tensor_caster.h"
#include "python/binding/unlocked.h"
#include "tandem/autograd/anomaly.h"
#include "tandem/autograd/backward.h"
#include "tandem/autograd/checkpoint.h"
#include "tandem/autograd/gradcheck.h"
#include "tandem/autograd/hooks.h"
#include "tandem/autograd/tape.h"
#include "tandem/ops/autocast.h"
#include "tandem/ops/functions.h"

namespace tandem::python {
namespace {

using namespace nb::literals;

/// A tensor, None, or a sequence of such, as PyTorch takes them.
std::vector<Tensor> tensors_of(nb::handle o, std::string_view function, std::string_view argument) {
  std::vector<Tensor> list;
  if (o.is_none()) return list;
  if (is_tensor(o.ptr())) return {tensor_of(o.ptr())};
  if (!PySequence_Check(o.ptr()))
    raise_argument(function, argument, "Tensor or a sequence of Tensors", o.ptr());
  for (nb::handle item : nb::borrow<nb::sequence>(o)) {
    if (!item.is_none() && !is_tensor(item.ptr()))
      raise_argument(function, argument, "a sequence of Tensors", item.ptr());
    list.push_back(item.is_none() ? Tensor() : tensor_of(item.ptr()));
  }
  return list;
}

/// On this thread: tells compile() whether a function differentiates by itself.
thread_local int64_t backward_passes = 0;

void run_backward(std::span<const Tensor> outputs, std::span<const Tensor> seeds,
                  const std::vector<Tensor>& inputs, bool retain_graph, bool create_graph) {
  const Location where = python_line();
  const Unlocked threads(true);
  ++backward_passes;
  if (inputs.empty()) return backward(outputs, seeds, retain_graph, create_graph, where);
  const std::vector<Tensor> gradients =
      grad(outputs, inputs, seeds, retain_graph, create_graph, where);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (!gradients[i]) continue;
    const Tensor before = inputs[i].grad();
    inputs[i].set_grad(before ? before + gradients[i] : gradients[i]);
  }
}

nb::list run_grad(nb::handle outputs, nb::handle inputs, nb::handle seeds,
                  std::optional<bool> retain_graph, bool create_graph, bool allow_unused,
                  bool materialize) {
  const auto out = tensors_of(outputs, "grad", "outputs"),
             in = tensors_of(inputs, "grad", "inputs"),
             seed = tensors_of(seeds, "grad", "grad_outputs");
  const Location where = python_line();
  std::vector<Tensor> gradients;
  ++backward_passes;
  {
    const Unlocked threads(true);
    gradients = grad(out, in, seed, retain_graph.value_or(create_graph), create_graph, where);
  }
  nb::list list;
  for (std::size_t i = 0; i < gradients.size(); ++i) {
    if (!gradients[i] && materialize) gradients[i] = zeros_like(in[i]);
    if (!gradients[i] && !allow_unused)
      fail(ErrorCode::autograd, "grad",
           "One of the differentiated Tensors appears to not have been used in the graph (input ",
           i, " of shape ", in[i].shape(),
           "). Set allow_unused=True if this is the desired behavior.");
    list.append(gradients[i]);
  }
  return list;
}

/// A hook or a function of the user's, called from wherever a backward pass runs.
Tensor call_hook(const Callback& hook, const Tensor& gradient) {
  Locked lock;
  nb::object result = hook.get()(gradient);
  if (result.is_none()) return {};
  if (!is_tensor(result.ptr())) raise_argument("hook", "result", "Tensor or None", result.ptr());
  return tensor_of(result.ptr());
}

TensorFunction tensor_function(nb::object f) {
  return [f = Callback(std::move(f))](std::span<const Tensor> inputs) {
    Locked lock;
    nb::list arguments;
    for (const Tensor& t : inputs) arguments.append(t);
    nb::object result = f.get()(*nb::tuple(arguments));
    return tensors_of(result, "function", "result");
  };
}

/// x.grad_fn
class NodeObject {
 public:
  NodeObject(Node* node, std::string name, Tensor leaf)
      : node_(node), name_(std::move(name)), leaf_(std::move(leaf)) {
    retain(node_);
  }
  NodeObject(const NodeObject& o) : NodeObject(o.node_, o.name_, o.leaf_) {}
  ~NodeObject() { release(node_); }
  const Node* node() const { return node_; }
  const std::string& name() const { return name_; }
  const Tensor& leaf() const { return leaf_; }
  std::string location() const { return text(node_->where); }

  nb::tuple next() const {
    nb::list list;
    for (const Operand& o : node_->operands()) {
      if (!o.producer) {
        list.append(nb::make_tuple(nb::none(), 0));
        continue;
      }
      list.append(nb::make_tuple(NodeObject(o.producer, name_of(o.producer, o.kept), {}),
                                 int(o.result_index)));
    }
    return nb::tuple(list);
  }

  static std::string name_of(Node* n, const Tensor&) {
    if (n->is_leaf()) return "AccumulateGrad";
    // The name comes from a tensor's node, so one is lent to a tensor for the question.
    Tensor t = type_only({});
    retain(t.impl()->node = n);
    return tape->gradient_name(t.impl());
  }

 private:
  Node* node_;
  std::string name_;
  Tensor leaf_;
};

nb::object grad_fn(nb::handle self) {
  const Tensor& t = tensor_of(self.ptr());
  if (!t || !needs_grad(t.impl()) || t.is_leaf()) return nb::none();
  return nb::cast(NodeObject(t.impl()->node, tape->gradient_name(t.impl()), {}));
}

void bind_modes(nb::module_& m) {
  m.def("_backward_passes", [] { return backward_passes; });
  m.def("is_grad_enabled", [] { return mode.grad; }, "Are ops recorded for gradients?");
  m.def("is_inference_mode_enabled", [] { return mode.inference; });
  m.def(
      "_set_autocast",
      [](bool enabled, DType dtype) {
        const std::pair before(mode.autocast != nullptr, mode.autocast_dtype);
        set_autocast(enabled, dtype);
        return before;
      },
      "enabled"_a, "dtype"_a, "Switches autocast on or off; gives what was before.");
  m.def(
      "_modes",
      [] { return int(mode.grad) | (mode.autocast ? 2 + 4 * int(mode.autocast_dtype) : 0); },
      "What programs depend on besides their arguments: is a gradient recorded (bit 0), autocast.");
  m.def(
      "_autocast", [] { return std::pair(mode.autocast != nullptr, mode.autocast_dtype); },
      "Is autocast on, and which dtype does it lower to?");
  m.def(
      "_set_grad_enabled", [](bool on) { return std::exchange(mode.grad, on); }, "mode"_a,
      "What Python's scopes are made of; returns what it was.");
  m.def("_set_inference", [](bool on) { return std::exchange(mode.inference, on); });
  m.def("_set_detect_anomaly", [](bool on) { return std::exchange(mode.detect_anomaly, on); });
  m.def("is_anomaly_enabled", [] { return mode.detect_anomaly; });
}

void bind_methods() {
  define_method(
      "backward",
      [](const Tensor& t, nb::handle gradient, std::optional<bool> retain_graph, bool create_graph,
         nb::handle inputs) {
        const std::vector<Tensor> seeds = tensors_of(gradient, "backward", "gradient");
        run_backward({&t, 1}, seeds, tensors_of(inputs, "backward", "inputs"),
                     retain_graph.value_or(create_graph), create_graph);
      },
      "gradient"_a = nb::none(), "retain_graph"_a = nb::none(), "create_graph"_a = false,
      "inputs"_a = nb::none(), "Accumulates the gradients of its leaves.");
  define_method(
      "register_hook",
      [](const Tensor& t, nb::object hook) {
        return register_hook(
            t, [hook = Callback(std::move(hook))](const Tensor& g) { return call_hook(hook, g); });
      },
      "hook"_a, "Calls hook(gradient) in each backward pass; a Tensor it returns replaces it.");
  nb::handle type = reinterpret_cast<PyObject*>(tensor_type);
  type.attr("grad_fn") =
      nb::module_::import_("builtins").attr("property")(nb::cpp_function(grad_fn));
}

}  // namespace

void bind_autograd(nb::module_& m) {
  nb::class_<HookHandle>(m, "RemovableHandle", "Undoes a register_hook().")
      .def("remove", &HookHandle::remove)
      .def("__enter__", [](nb::object self) { return self; })
      .def("__exit__", [](HookHandle& h, nb::args) { h.remove(); });
  nb::class_<NodeObject>(m, "Node", "How a result was computed: a step of the gradient's graph.")
      .def("name", &NodeObject::name)
      .def_prop_ro("next_functions", &NodeObject::next)
      .def_prop_ro("location", &NodeObject::location, "The line of the forward op: file:line.")
      .def("__eq__",
           [](const NodeObject& a, nb::handle b) {
             NodeObject* other = nullptr;
             return nb::try_cast(b, other) && other && other->node() == a.node();
           })
      .def("__hash__", [](const NodeObject& n) { return std::hash<const void*>()(n.node()); })
      .def("__repr__", [](const NodeObject& n) { return text("<", n.name(), ">"); });
  bind_modes(m);
  bind_methods();
  m.def(
      "_backward",
      [](nb::handle tensors, nb::handle seeds, std::optional<bool> retain_graph, bool create_graph,
         nb::handle inputs) {
        run_backward(tensors_of(tensors, "backward", "tensors"),
                     tensors_of(seeds, "backward", "grad_tensors"),
                     tensors_of(inputs, "backward", "inputs"), retain_graph.value_or(create_graph),
                     create_graph);
      },
      "tensors"_a, "grad_tensors"_a = nb::none(), "retain_graph"_a = nb::none(),
      "create_graph"_a = false, "inputs"_a = nb::none());
  m.def("_grad", run_grad, "outputs"_a, "inputs"_a, "grad_outputs"_a = nb::none(),
        "retain_graph"_a = nb::none(), "create_graph"_a = false, "allow_unused"_a = false,
        "materialize_grads"_a = false);
  m.def(
      "_gradcheck",
      [](nb::object f, nb::handle inputs, double eps, double atol, double rtol, bool second) {
        const auto in = tensors_of(inputs, "gradcheck", "inputs");
        const TensorFunction function = tensor_function(std::move(f));
        return second ? gradgradcheck(function, in, eps, atol, rtol)
                      : gradcheck(function, in, eps, atol, rtol);
      },
      "func"_a, "inputs"_a, "eps"_a, "atol"_a, "rtol"_a, "second"_a);
  m.def(
      "_checkpoint",
      [](nb::object f, nb::handle inputs, bool preserve_rng_state) {
        nb::list list;
        for (const Tensor& t :
             checkpoint(tensor_function(std::move(f)), tensors_of(inputs, "checkpoint", "inputs"),
                        preserve_rng_state, python_line()))
          list.append(t);
        return list;
      },
      "function"_a, "inputs"_a, "preserve_rng_state"_a = true,
      "function(*inputs), computed again in backward instead of kept.");
}

}  // namespace tandem::python
