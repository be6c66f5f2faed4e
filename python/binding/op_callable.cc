#include "python/binding/op_callable.h"

#include <structmember.h>

#include <algorithm>
#include <map>
#include <string>

#include "python/binding/convert.h"
#include "python/binding/errors.h"
#include "python/binding/op_arguments.h"
#include "python/binding/tensor_storage.h"
#include "python/binding/tensor_type.h"
#include "python/binding/unlocked.h"
#include "tandem/ops/registry.h"
#include "tandem/ops/words.h"

namespace tandem::python {
namespace {

struct OpObject {
  PyObject_HEAD vectorcallfunc vectorcall;
  const PublicFunction* function;
  const Parameters* parameters;
  bool in_place;
  int64_t long_from;      // elements from which on a call releases the interpreter's lock
  PyObject* name;         // "add_"
  PyObject* overload;     // tried where the arguments do not fit; null: none
  PyTypeObject* results;  // the named tuple of an op with several results; null: one result
};

OpObject* as_op(PyObject* o) { return reinterpret_cast<OpObject*>(o); }

std::string_view name_of(const OpObject* f) {
  Py_ssize_t n = 0;
  const char* s = PyUnicode_AsUTF8AndSize(f->name, &n);
  return {s, std::size_t(n)};
}

/// The results, or the tensors of `out=` that now hold them.
PyObject* wrap_results(const OpObject* f, Tensor* results, const Arguments& a) {
  const int n = f->parameters->info->results;
  const bool several = a.out() && PySequence_Check(a.out()) && !is_tensor(a.out());
  const auto result = [&](int i) {
    if (!a.out()) return wrap(std::move(results[i]));
    Ref target = several ? Ref::steal(PySequence_GetItem(a.out(), i)) : Ref::borrow(a.out());
    if (!target) nb::raise_python_error();
    if (!is_tensor(target.get()))
      raise_argument(name_of(f), "out", n > 1 ? "a tuple of Tensors" : "Tensor", target.get());
    store_into(target.get(), results[i], name_of(f));
    return target.release();
  };
  if (!f->results) return result(0);
  if (a.out() && !several) raise_argument(name_of(f), "out", "a tuple of Tensors", a.out());
  PyObject* tuple = PyStructSequence_New(f->results);
  if (!tuple) nb::raise_python_error();
  for (int i = 0; i < n; ++i) PyStructSequence_SetItem(tuple, i, result(i));
  return tuple;
}

PyObject* run(const OpObject* f, Arguments& a, PyObject* const* args) {
  const PublicCall call = a.call(a.line());
  const bool is_long = a.elements() >= f->long_from;
  if (f->in_place) {
    Unlocked threads(is_long);
    f->function->call_in_place(call);
    return new_reference(args[0]);
  }
  Tensor result[max_results];
  {
    Unlocked threads(is_long);
    f->function->call(call, result);
  }
  if (a.requires_grad()) result[0].requires_grad_();
  if (!f->results && !a.out()) [[likely]]
    return wrap(std::move(result[0]));
  return wrap_results(f, result, a);
}

/// Does the error say that an overload cannot take the arguments either? Then the word is left to
/// the op's own. A TypeError without a traceback comes from the call itself.
bool is_unfit() {
  if (PyErr_ExceptionMatches(PyExc_AttributeError)) return true;
  if (!PyErr_ExceptionMatches(PyExc_TypeError)) return false;
  PyObject *type, *value, *trace;
  PyErr_Fetch(&type, &value, &trace);
  const bool of_the_call = !trace;
  PyErr_Restore(type, value, trace);
  return of_the_call;
}

PyObject* call_op(PyObject* self, PyObject* const* args, size_t flags, PyObject* keywords) {
  const OpObject* f = as_op(self);
  return guarded([&]() -> PyObject* {
    Arguments a(*f->parameters);
    const Py_ssize_t count = PyVectorcall_NARGS(flags);
    Mismatch m = a.parse(args, count, keywords);
    if (!m && f->in_place && !(count > 0 && is_tensor(args[0])))
      m = {count ? Mismatch::type : Mismatch::missing, 0, count ? args[0] : nullptr};
    if (!m) [[likely]]
      return run(f, a, args);
    thread_local const OpObject* trying = nullptr;
    if (f->overload && trying != f) {  // an overload that calls its own op means the op itself
      struct Trying {
        const OpObject* before = trying;
        ~Trying() { trying = before; }
      } scope;
      trying = f;
      PyObject *type, *value, *trace;
      PyErr_Fetch(&type, &value, &trace);
      Ref other = Ref::steal(PyObject_Vectorcall(f->overload, args, flags, keywords));
      if (!other ? is_unfit() : other.get() == Py_NotImplemented) {
        PyErr_Clear();
        PyErr_Restore(type, value, trace);
      } else {
        Py_XDECREF(type), Py_XDECREF(value), Py_XDECREF(trace);
        return other.release();
      }
    }
    a.raise(m, name_of(f));
  });
}

/// Only for `f = x.sum`: a call finds the function itself.
PyObject* bind_method(PyObject* self, PyObject* object, PyObject*) {
  if (!object || object == Py_None) return new_reference(self);
  return PyMethod_New(self, object);
}

PyObject* get_name(PyObject* self, void*) { return new_reference(as_op(self)->name); }
/// inspect.signature(): the parameters with their defaults as objects.
PyObject* get_signature(PyObject* self, void*) {
  return guarded([&] {
    const Parameters& parameters = *as_op(self)->parameters;
    nb::module_ inspect = nb::module_::import_("inspect");
    nb::object kind = inspect.attr("Parameter").attr("POSITIONAL_OR_KEYWORD");
    nb::list list;
    for (int p = 0; p < parameters.count; ++p) {
      Ref initial = parameters.initial(p);
      nb::object made = inspect.attr("Parameter")(nb::borrow(parameters.keyword[p]), kind);
      if (initial) made = made.attr("replace")(nb::arg("default") = nb::handle(initial.get()));
      list.append(made);
    }
    return inspect.attr("Signature")(list, nb::arg("__validate_parameters__") = false)
        .release()
        .ptr();
  });
}
/// What the op's comment says, which stands in a module of its own until somebody asks.
PyObject* get_doc(PyObject* self, void*) {
  return guarded([&]() -> PyObject* {
    const OpObject* f = as_op(self);
    std::string text = f->parameters->signature(name_of(f));
    nb::object docs;
    try {
      docs = nb::module_::import_("tandem._docs").attr("docs");
    } catch (nb::python_error& e) {
      if (!e.matches(PyExc_ImportError)) throw;
    }
    if (docs) {
      nb::object found =
          docs.attr("get")(std::string(f->parameters->info->name()).c_str(), nb::str(""));
      text += "\n\n";
      text += nb::cast<nb::str>(found).c_str();
    }
    if (f->in_place) text += "\n\nIn place: the result is written over the first operand.";
    return PyUnicode_FromString(text.c_str());
  });
}
/// For stubs: (name, type, default or "required") of each parameter, which of them spreads, whether
/// it takes device= and so on, how many results there are, and whether there are overloads.
PyObject* describe_op(PyObject* self, void*) {
  return guarded([&] {
    const Parameters& parameters = *as_op(self)->parameters;
    nb::list list;
    for (int p = 0; p < parameters.count; ++p) {
      Ref initial = parameters.initial(p);
      list.append(nb::make_tuple(nb::borrow(parameters.keyword[p]),
                                 std::string(parameters.type(p)).c_str(), bool(initial)));
    }
    return nb::make_tuple(list, parameters.spread, parameters.is_factory, parameters.info->results,
                          bool(as_op(self)->overload))
        .release()
        .ptr();
  });
}
PyObject* represent(PyObject* self) {
  return PyUnicode_FromFormat("<op tandem.%U>", as_op(self)->name);
}
/// By name: pickle finds it in the package.
PyObject* reduce(PyObject* self, PyObject*) { return new_reference(as_op(self)->name); }

void deallocate(PyObject* self) {
  PyTypeObject* type = Py_TYPE(self);
  Py_XDECREF(as_op(self)->name);
  Py_XDECREF(as_op(self)->overload);
  PyObject_Free(self);
  Py_DECREF(type);
}

/// torch.return_types.sort: made once an op, alive for good.
PyTypeObject* result_type(const OpInfo& info) {
  if (info.results == 1) return nullptr;
  static std::map<std::string_view, PyTypeObject*> made;
  PyTypeObject*& type = made[info.name()];
  if (type) return type;
  auto* names = new std::vector<std::string>;  // CPython keeps pointers into them
  names->push_back(text("tandem.return_types.", info.name()));
  for (int i = 0; i < info.results; ++i) names->emplace_back(info.result_name[i]);
  auto* fields = new std::vector<PyStructSequence_Field>;
  for (int i = 0; i < info.results; ++i) fields->push_back({(*names)[1 + i].c_str(), nullptr});
  fields->push_back({nullptr, nullptr});
  PyStructSequence_Desc description{(*names)[0].c_str(), "Results of an op.", fields->data(),
                                    info.results};
  return type = PyStructSequence_NewType(&description);
}

void make_type() {
  static PyMemberDef members[] = {
      {"__vectorcalloffset__", T_PYSSIZET, offsetof(OpObject, vectorcall), READONLY, nullptr}, {}};
  static PyGetSetDef attributes[] = {{"__name__", get_name, nullptr, nullptr, nullptr},
                                     {"__qualname__", get_name, nullptr, nullptr, nullptr},
                                     {"__doc__", get_doc, nullptr, nullptr, nullptr},
                                     {"__signature__", get_signature, nullptr, nullptr, nullptr},
                                     {"_description", describe_op, nullptr, nullptr, nullptr},
                                     {}};
  static PyMethodDef methods[] = {{"__reduce__", reduce, METH_NOARGS, nullptr}, {}};
  static PyType_Slot slots[] = {{Py_tp_members, members},
                                {Py_tp_getset, attributes},
                                {Py_tp_methods, methods},
                                {Py_tp_repr, reinterpret_cast<void*>(represent)},
                                {Py_tp_call, reinterpret_cast<void*>(PyVectorcall_Call)},
                                {Py_tp_descr_get, reinterpret_cast<void*>(bind_method)},
                                {Py_tp_dealloc, reinterpret_cast<void*>(deallocate)},
                                {0, nullptr}};
  // As a method descriptor it is called without making a bound method first.
  static PyType_Spec spec{"tandem.Op", sizeof(OpObject), 0,
                          Py_TPFLAGS_DEFAULT | Py_TPFLAGS_HAVE_VECTORCALL |
                              Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_DISALLOW_INSTANTIATION,
                          slots};
  op_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!op_type) nb::raise_python_error();
}

/// Ops whose name means something else behind a dot, or that only backward passes call.
bool is_method(const OpInfo& info) {
  constexpr std::string_view others[] = {"index", "where", "unfold", "copy", "bucketize"};
  const std::string_view first = info.signature.parameters() ? info.signature.parameter(0) : "";
  return info.operands > 0 && info.order[0] == 0 && !first.starts_with('*') &&
         !info.name().ends_with("_backward") && !info.name().ends_with("_step") &&
         std::ranges::find(others, info.name()) == std::end(others);
}

/// linalg.solve, special.zeta: such names are found in a module alone, by what follows the prefix.
bool is_of_a_namespace(std::string_view name) {
  return name.starts_with("linalg_") || name.starts_with("special_") || name.starts_with("signal_");
}

}  // namespace

PyObject* new_op(const OpInfo& info, const PublicFunction& function, bool in_place) {
  OpObject* f = PyObject_New(OpObject, op_type);
  if (!f) nb::raise_python_error();
  f->vectorcall = call_op;
  f->function = &function;
  f->parameters = new Parameters(info);  // ops live as long as the process
  f->in_place = in_place;
  f->long_from = info.view ? INT64_MAX : info.elementwise ? long_elementwise : long_op;
  const std::string name = text(info.name(), in_place ? "_" : "");
  f->name = PyUnicode_InternFromString(name.c_str());
  f->overload = nullptr;
  f->results = result_type(info);
  return reinterpret_cast<PyObject*>(f);
}

void bind_ops(nb::module_& m) {
  make_type();
  nb::object tensor = nb::borrow(reinterpret_cast<PyObject*>(tensor_type));
  nb::dict ops;
  const auto add = [&](const OpInfo& info, const PublicFunction& function, bool in_place) {
    nb::object f = nb::steal(new_op(info, function, in_place));
    const auto add_as = [&](const std::string& name) {
      m.attr(name.c_str()) = f;
      if (is_method(info) && !is_of_a_namespace(name)) tensor.attr(name.c_str()) = f;
      ops[name.c_str()] = f;
    };
    add_as(text(info.name(), in_place ? "_" : ""));
    for (const Synonym& s : op_synonyms())
      if (s.means == info.name()) add_as(text(s.word, in_place ? "_" : ""));
  };
  for (const PublicFunction& function : public_functions()) {
    const OpInfo& info = *find_op(function.name);
    if (info.operands > max_operands || info.signature.parameters() > max_parameters)
      fail(ErrorCode::unsupported, info.name(), "has more parameters than Python's callable takes");
    add(info, function, false);
    if (function.call_in_place) add(info, function, true);
  }
  m.attr("_ops") = ops;
  m.attr("Op") = nb::borrow(reinterpret_cast<PyObject*>(op_type));
  m.def(
      "_overload",
      [](nb::handle op, nb::object function) {
        if (Py_TYPE(op.ptr()) != op_type) raise_argument("_overload", "op", "Op", op.ptr());
        Py_XSETREF(as_op(op.ptr())->overload, function.release().ptr());
      },
      nb::arg("op"), nb::arg("function"),
      "Has `function` called where the arguments do not fit the op; NotImplemented: nor it.");
}

}  // namespace tandem::python
