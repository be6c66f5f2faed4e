#include "python/binding/module.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "python/binding/convert.h"
#include "python/binding/location.h"
#include "python/binding/option_value.h"
#include "python/binding/tensor_caster.h"
#include "python/binding/unlocked.h"
#include "tandem/nn/init.h"

namespace tandem::python {
namespace {

using nn::ForwardParameter;

nb::object interned(std::string_view text) {
  PyObject* s = PyUnicode_FromStringAndSize(text.data(), Py_ssize_t(text.size()));
  PyUnicode_InternInPlace(&s);
  return nb::steal(s);
}

const nn::ModuleInfo& known(std::string_view name) {
  if (const nn::ModuleInfo* info = nn::find_module(name)) return *info;
  fail(ErrorCode::value, "nn", "there is no module ", name);
}

/// The bytes of an options struct.
struct Options {
  explicit Options(const nn::ModuleInfo& info) : bytes(new std::byte[info.bytes + 1]) {
    info.defaults(bytes.get());
  }
  void* data() const { return bytes.get(); }
  std::unique_ptr<std::byte[]> bytes;
};

/// A module of C++ behind one of Python. The tensors in Python's dicts are the truth: before a call
/// the core takes those that are not its own yet, after it Python takes the buffers that are new.
class Core {
 public:
  Core(const nn::ModuleInfo& info, std::shared_ptr<nn::Module> module)
      : info_(info), module_(std::move(module)) {
    for (const auto& slot : module_->parameter_slots()) parameters_.push_back(interned(slot->name));
    for (const auto& slot : module_->buffer_slots()) buffers_.push_back(interned(slot->name));
    for (const auto& p : info.forward.parameters) arguments_.push_back(interned(p.name));
    for (const auto& [name, child] : module_->shared_children())
      children_.emplace_back(interned(name), Core(known(child->name()), child));
  }

  static Core make(std::string_view name, nb::dict given, bool draw) {
    const nn::ModuleInfo& info = known(name);
    Options options(info);
    for (const nn::OptionInfo& option : info.options) {
      const nb::str key(option.name.data(), option.name.size());
      if (given.contains(key)) set_option(name, option, options.data(), given[key]);
    }
    std::optional<nn::init::Skip> skip;
    if (!draw) skip.emplace();
    return Core(info, info.make(options.data()));
  }

  nb::dict options() const {
    nb::dict values;
    const void* options = info_.options_of(*module_);
    for (const nn::OptionInfo& option : info_.options)
      values[interned(option.name)] = get_option(option, options);
    return values;
  }
  std::string_view name() const { return info_.name; }
  bool is_kind_of(std::string_view name) const { return name == info_.name || name == info_.base; }
  std::string extra_repr() const { return module_->extra_repr(); }
  bool may_be_missing(std::string_view key) const { return module_->may_be_missing(key); }

  nb::list parameters() const {
    nb::list found;
    for (const auto& slot : module_->parameter_slots())
      found.append(nb::make_tuple(slot->name, nb::cast(slot->tensor)));
    return found;
  }
  nb::list buffers() const {
    nb::list found;
    for (const auto& slot : module_->buffer_slots())
      found.append(nb::make_tuple(slot->name, nb::cast(slot->tensor), slot->persistent));
    return found;
  }
  nb::list children() const {
    nb::list found;
    for (const auto& [name, core] : children_) found.append(nb::make_tuple(name, core));
    return found;
  }

  nb::object call(nb::handle owner, nb::args args, nb::kwargs kwargs) {
    take(owner);
    std::shared_ptr<void> values = info_.forward.arguments();
    std::vector<Tensor> tensors;
    read_arguments(args, kwargs, tensors, values.get());
    std::vector<Tensor> results;
    {
      At line(line_of(tensors));
      const Unlocked threads(elements(tensors) >= long_op);
      results = info_.forward.run(*module_, tensors, values.get());
    }
    give_buffers(owner);
    return listed(std::move(results));
  }

 private:
  static int64_t elements(const std::vector<Tensor>& tensors) {
    int64_t n = 0;
    for (const Tensor& t : tensors)
      if (t) n += t.numel();
    return n;
  }

  /// Ops inside belong to the Python line that called the module, where somebody will ask for it.
  Location line_of(const std::vector<Tensor>& tensors) const {
    if (!mode.grad && !mode.tracer) return {};
    return mode.tracer || !module_->parameter_slots().empty() ? python_line() : line_for(tensors);
  }

  /// What Python has under a name: in its dict, or computed, as parametrizations do.
  static Tensor tensor_at(nb::handle owner, PyObject* entries, nb::handle name) {
    PyObject* found = PyDict_GetItemWithError(entries, name.ptr());
    Ref computed;
    if (!found) {
      computed = Ref::steal(PyObject_GetAttr(owner.ptr(), name.ptr()));
      found = computed.get();
      if (!found) nb::raise_python_error();
    }
    if (found == Py_None) return {};
    if (!is_tensor(found))
      raise_type_error(text("expected a Tensor as \"", nb::cast<std::string>(name), "\" of ",
                            nb::cast<std::string>(nb::str(owner.type().attr("__name__"))), ", got ",
                            describe(found)));
    return tensor_of(found);
  }

  void take(nb::handle owner) {
    static const nb::object parameters = interned("_parameters"), buffers = interned("_buffers"),
                            modules = interned("_modules"), training = interned("training");
    const auto attribute = [&](const nb::object& name) {
      return Ref::steal(PyObject_GetAttr(owner.ptr(), name.ptr()));
    };
    const auto take_table = [&](const nb::object& table, const auto& slots, const auto& names) {
      if (slots.empty()) return;
      const Ref entries = attribute(table);
      for (std::size_t i = 0; i < slots.size(); ++i) {
        Tensor t = tensor_at(owner, entries.get(), names[i]);
        if (!t.is_same(slots[i]->tensor)) slots[i]->tensor = std::move(t);
      }
    };
    take_table(parameters, module_->parameter_slots(), parameters_);
    take_table(buffers, module_->buffer_slots(), buffers_);
    module_->training = PyObject_IsTrue(attribute(training).get()) == 1;
    if (children_.empty()) return;
    const nb::object below = nb::steal(attribute(modules).release());
    for (auto& [name, core] : children_) {
      const nb::object module = below[name];
      if (!nb::hasattr(module, "_core") ||
          !core.is_kind_of(nb::cast<std::string_view>(module.attr("_core_name"))) ||
          !nb::cast<bool>(module.attr("_runs_as_core")()))
        fail(ErrorCode::value, info_.name, "its child \"", nb::cast<std::string>(name),
             "\" was replaced, has hooks or a forward of its own, and ", info_.name,
             " computes with a plain ", core.name(), ": write the layer as a Module of your own");
      core.take(module);
    }
  }

  void give_buffers(nb::handle owner) {
    const auto& slots = module_->buffer_slots();
    if (!slots.empty()) {
      nb::dict entries = nb::cast<nb::dict>(owner.attr("_buffers"));
      for (std::size_t i = 0; i < slots.size(); ++i) {
        PyObject* own = PyDict_GetItem(entries.ptr(), buffers_[i].ptr());
        if (own && is_tensor(own) && !tensor_of(own).is_same(slots[i]->tensor))
          entries[buffers_[i]] = slots[i]->tensor;
      }
    }
    for (auto& [name, core] : children_) core.give_buffers(owner.attr("_modules")[name]);
  }

  void read_arguments(const nb::args& args, const nb::kwargs& kwargs, std::vector<Tensor>& tensors,
                      void* values) const {
    const auto& parameters = info_.forward.parameters;
    if (args.size() > parameters.size())
      raise_type_error(text(info_.name, ".forward() takes ", parameters.size(), " arguments, but ",
                            args.size(), " were given"));
    std::size_t words = 0;
    for (std::size_t i = 0; i < parameters.size(); ++i) {
      const ForwardParameter& p = parameters[i];
      PyObject* value = i < args.size() ? PyTuple_GET_ITEM(args.ptr(), Py_ssize_t(i)) : nullptr;
      if (PyObject* word =
              kwargs.size() ? PyDict_GetItem(kwargs.ptr(), arguments_[i].ptr()) : nullptr) {
        if (value)
          raise_type_error(
              text(info_.name, ".forward() got multiple values for argument '", p.name, "'"));
        value = word;
        ++words;
      }
      read_argument(p, value, tensors, values);
    }
    if (words == kwargs.size()) return;
    for (auto [word, value] : kwargs)
      if (std::ranges::none_of(arguments_,
                               [&](const nb::object& name) { return name.equal(word); }))
        raise_type_error(text(info_.name, ".forward() got an unexpected keyword argument '",
                              nb::cast<std::string>(word), "'"));
  }

  void read_argument(const ForwardParameter& p, PyObject* value, std::vector<Tensor>& tensors,
                     void* values) const {
    const auto bad = [&](std::string_view expected, PyObject* got) {
      raise_argument(text(info_.name, ".forward"), p.name, expected, got);
    };
    const bool given = value && value != Py_None;
    if (!value && p.required)
      raise_type_error(text(info_.name, ".forward() missing a required argument: '", p.name, "'"));
    if (!given && p.required) bad("Tensor", value);
    if (p.type == ForwardParameter::Type::value) {
      if (value && !to_attribute(value, p.value, values)) bad(expected(p.value.kind), value);
      return;
    }
    if (p.type == ForwardParameter::Type::tensors) {
      if (given && !PyTuple_Check(value) && !PyList_Check(value))
        bad(text("a tuple of ", p.count, " Tensors"), value);
      for (int i = 0; i < p.count; ++i) {
        Tensor t;
        if (given) {
          const Ref item = Ref::steal(PySequence_GetItem(value, i));
          if (PySequence_Size(value) != p.count || !item || !to_tensor(item.get(), t))
            bad(text("a tuple of ", p.count, " Tensors"), value);
        }
        tensors.push_back(std::move(t));
      }
      return;
    }
    Tensor t;
    if (given && !to_tensor(value, t)) bad("Tensor", value);
    if (p.in)
      *static_cast<Tensor*>(p.in(values)) = std::move(t);
    else
      tensors.push_back(std::move(t));
  }

  /// One result as such, several as a tuple; a state of several tensors is a tuple within it.
  nb::object listed(std::vector<Tensor> results) const {
    if (results.size() == 1) return nb::cast(std::move(results[0]));
    const bool pair =
        results.size() > 2 && std::ranges::any_of(info_.forward.parameters, [](const auto& p) {
          return p.type == ForwardParameter::Type::tensors;
        });
    nb::list state;
    for (std::size_t i = 1; i < results.size(); ++i) state.append(nb::cast(std::move(results[i])));
    nb::object first = nb::cast(std::move(results[0]));
    if (pair) return nb::make_tuple(first, nb::tuple(state));
    nb::list all;
    all.append(first);
    for (nb::handle item : state) all.append(item);
    return nb::tuple(all);
  }

  const nn::ModuleInfo& info_;
  std::shared_ptr<nn::Module> module_;
  std::vector<nb::object> parameters_, buffers_, arguments_;  // names
  std::vector<std::pair<nb::object, Core>> children_;
};

nb::list names() {
  nb::list all;
  for (const nn::ModuleInfo& info : nn::all_modules()) all.append(interned(info.name));
  return all;
}

/// [(name, default)] of a constructor in PyTorch's order; required ones as (name,).
nb::list constructor(std::string_view name) {
  const nn::ModuleInfo& info = known(name);
  Options options(info);
  nb::list parameters;
  for (std::string_view parameter : info.constructor) {
    if (parameter.ends_with('?')) {
      parameter.remove_suffix(1);
      parameters.append(nb::make_tuple(interned(parameter), nb::none()));
      continue;
    }
    for (const nn::OptionInfo& option : info.options) {
      if (option.name != parameter) continue;
      if (option.required)
        parameters.append(nb::make_tuple(interned(parameter)));
      else
        parameters.append(nb::make_tuple(interned(parameter), get_option(option, options.data())));
    }
  }
  return parameters;
}

nb::list options(std::string_view name) {
  nb::list all;
  for (const nn::OptionInfo& option : known(name).options) all.append(interned(option.name));
  return all;
}

/// The same of forward().
nb::list forward(std::string_view name) {
  const nn::ForwardInfo& info = known(name).forward;
  const std::shared_ptr<void> values = info.arguments();
  nb::list parameters;
  for (const ForwardParameter& p : info.parameters) {
    if (p.required)
      parameters.append(nb::make_tuple(interned(p.name)));
    else if (p.type == ForwardParameter::Type::value)
      parameters.append(
          nb::make_tuple(interned(p.name), nb::steal(attribute_value(p.value, values.get()))));
    else
      parameters.append(nb::make_tuple(interned(p.name), nb::none()));
  }
  return parameters;
}

}  // namespace

void bind_nn(nb::module_& m) {
  nb::module_ nn = m.def_submodule("_nn", "Tandem's own modules, from their registry.");
  nn.def("names", names);
  nn.def("constructor", constructor);
  nn.def("options", options);
  nn.def("forward", forward);
  nn.def("version", [](std::string_view name) { return known(name).version; });
  nn.def("base", [](std::string_view name) { return known(name).base; });
  nb::class_<Core>(nn, "Core", "A module of C++ behind one of Python.")
      .def_static("make", &Core::make, nb::arg("name"), nb::arg("options"), nb::arg("draw"))
      .def("options", &Core::options)
      .def("parameters", &Core::parameters)
      .def("buffers", &Core::buffers)
      .def("children", &Core::children)
      .def("extra_repr", &Core::extra_repr)
      .def("may_be_missing", &Core::may_be_missing)
      .def_prop_ro("name", &Core::name)
      .def("__call__", &Core::call);
}

}  // namespace tandem::python
