#include "python/binding/op_arguments.h"

#include <algorithm>

#include "python/binding/convert.h"
#include "python/binding/location.h"
#include "python/binding/operand.h"
#include "tandem/base/nearest.h"
#include "tandem/ops/words.h"

namespace tandem::python {
namespace {

/// A parameter's name, without the marks of lists and optional operands.
std::string_view bare(std::string_view name) {
  if (name.starts_with('*')) name.remove_prefix(1);
  if (name.ends_with('?')) name.remove_suffix(1);
  return name;
}

std::string_view text_of(PyObject* unicode) {
  Py_ssize_t n = 0;
  const char* s = PyUnicode_AsUTF8AndSize(unicode, &n);
  if (!s) nb::raise_python_error();
  return {s, std::size_t(n)};
}

std::string_view annotation(Kind kind) {
  switch (kind) {
    case Kind::integer:
      return "int";
    case Kind::number:
      return "float";
    case Kind::scalar:
      return "Number";
    case Kind::flag:
      return "bool";
    case Kind::dims:
      return "int | Sequence[int]";
    case Kind::dtype:
      return "dtype";
    case Kind::string:
      return "str";
    case Kind::optional_integer:
      return "int | None";
    case Kind::optional_number:
      return "float | None";
    case Kind::optional_dtype:
      return "dtype | None";
  }
  return "object";
}

bool is_int(PyObject* o) {
  if (PyBool_Check(o)) return false;
  return PyLong_Check(o) || (PyIndex_Check(o) && !PySequence_Check(o)) ||
         (is_tensor(o) && tensor_of(o) && tensor_of(o).dim() == 0);
}

}  // namespace

Parameters::Parameters(const OpInfo& info)
    : info(&info), count(info.signature.parameters()), spread(-1), is_factory(false) {
  bool has_dtype = false;
  int last = -1;  // the last that is no dtype
  for (int p = 0; p < count; ++p) {
    const std::string name(bare(info.signature.parameter(p)));
    keyword[p] = PyUnicode_InternFromString(name.c_str());
    if (name == "dtype")
      has_dtype = true;
    else
      last = p;
  }
  is_factory = has_dtype && ((info.operands == 0 && !info.list) || info.name().ends_with("_like"));
  if (last < 0) return;
  const int is = info.order[last];
  if (is >= 0 ? info.list && is == info.operands
              : info.attribute[~is].kind == Kind::dims && info.attribute[~is].required)
    spread = last;
}

std::string_view Parameters::type(int p) const {
  const int is = info->order[p];
  if (is < 0) return annotation(info->attribute[~is].kind);
  if (info->list && is == info->operands) return "Sequence[Tensor]";
  const bool number = info->numbers >> is & 1, optional = info->optional >> is & 1;
  if (number) return optional ? "Tensor | Number | None" : "Tensor | Number";
  return optional ? "Tensor | None" : "Tensor";
}

Ref Parameters::initial(int p) const {
  const int is = info->order[p];
  if (is >= 0) return Ref::borrow(info->signature.parameter(p).ends_with('?') ? Py_None : nullptr);
  const AttributeInfo& a = info->attribute[~is];
  if (a.required) return {};
  Ref value = Ref::steal(attribute_value(a, AnyOp(*info).data()));
  if (!value) nb::raise_python_error();
  return value;
}

std::string Parameters::signature(std::string_view name) const {
  std::string s(name);
  s += '(';
  for (int p = 0; p < count; ++p) {
    if (p) s += ", ";
    s += bare(info->signature.parameter(p));
    Ref value = initial(p);
    if (!value) continue;
    Ref shown = Ref::steal(PyObject_Repr(value.get()));
    if (!shown) nb::raise_python_error();
    const std::string_view text = text_of(shown.get());
    s += '=';
    s += text.starts_with("torch.") ? text.substr(6) : text;
  }
  return s + ")";
}

Mismatch Arguments::parse(PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
  const OpInfo& info = *of_.info;
  info.defaults(op_);
  for (int i = 0; i < info.operands; ++i) new (&operand_[i]) NumArg(detail::undefined_tensor);

  Py_ssize_t taken = count;
  const int spread = of_.spread;
  if (spread >= 0 && count > spread) {
    const bool is_list = info.order[spread] >= 0;
    bool alone = is_list ? is_tensor(args[spread]) : count > spread + 1;
    for (Py_ssize_t i = spread; i < count && alone && !is_list; ++i) alone = is_int(args[i]);
    if (alone) {
      taken = spread;
      if (is_list) {
        if (const Mismatch m = set_list(spread, args + spread, count - spread)) return m;
      } else {
        Ref tuple = Ref::steal(PyTuple_New(count - spread));
        if (!tuple) nb::raise_python_error();
        for (Py_ssize_t i = spread; i < count; ++i)
          PyTuple_SET_ITEM(tuple.get(), i - spread, new_reference(args[i]));
        const AttributeInfo& a = info.attribute[~info.order[spread]];
        if (!to_attribute(tuple.get(), a, op_)) return {Mismatch::type, spread, args[spread]};
      }
      seen_ |= 1u << spread;
    }
  }
  if (taken > of_.count) return {Mismatch::too_many, int(taken)};
  for (Py_ssize_t p = 0; p < taken; ++p)
    if (const Mismatch m = set(int(p), args[p])) return m;
  if (keywords) {
    for (Py_ssize_t k = 0, n = PyTuple_GET_SIZE(keywords); k < n; ++k)
      if (const Mismatch m = set_keyword(PyTuple_GET_ITEM(keywords, k), args[count + k])) return m;
  }
  for (int p = 0; p < of_.count; ++p) {
    if (seen_ >> p & 1) continue;
    const int is = info.order[p];
    if (is < 0 ? info.attribute[~is].required : !(info.optional >> is & 1))
      return {Mismatch::missing, p};
  }
  return {};
}

Mismatch Arguments::set(int p, PyObject* value) {
  seen_ |= 1u << p;
  const OpInfo& info = *of_.info;
  const int is = info.order[p];
  if (is >= 0) {
    if (!info.list || is < info.operands) return set_operand(is, p, value);
    Ref fast = Ref::borrow(PyList_Check(value) || PyTuple_Check(value) ? value : nullptr);
    if (!fast) return {Mismatch::type, p, value};
    return set_list(p, PySequence_Fast_ITEMS(fast.get()), PySequence_Fast_GET_SIZE(fast.get()));
  }
  const AttributeInfo& a = info.attribute[~is];
  if (value == Py_None && a.required) return {Mismatch::type, p, value};
  if (to_attribute(value, a, op_)) [[likely]]
    return {};
  return {Mismatch::type, p, value};
}

Mismatch Arguments::set_operand(int i, int p, PyObject* value) {
  NumArg& to = operand_[i];
  if (is_tensor(value)) [[likely]] {
    to.tensor = &tensor_of(value);
    return to.tensor->defined() ? Mismatch{} : Mismatch{Mismatch::type, p, value};
  }
  const OpInfo& info = *of_.info;
  if (value == Py_None)
    return info.optional >> i & 1 ? Mismatch{} : Mismatch{Mismatch::type, p, value};
  if (info.numbers >> i & 1 && to_scalar(value, to.number)) {
    to.tensor = nullptr;
    return {};
  }
  Tensor made;
  if (PyErr_Occurred() || !to_tensor(value, made)) return {Mismatch::type, p, value};
  if (made_.capacity() == 0) made_.reserve(max_operands);  // operands point into it
  made_.push_back(std::move(made));
  to.tensor = &made_.back();
  return {};
}

Mismatch Arguments::set_list(int p, PyObject* const* items, Py_ssize_t count) {
  list_.reserve(std::size_t(count));
  for (Py_ssize_t i = 0; i < count; ++i) {
    Tensor t;
    if (items[i] != Py_None && !to_tensor(items[i], t)) return {Mismatch::type, p, items[i]};
    list_.push_back(std::move(t));
  }
  return {};
}

Mismatch Arguments::set_keyword(PyObject* name, PyObject* value) {
  const auto found = [&](int p) -> Mismatch {
    if (seen_ >> p & 1) return {Mismatch::twice, p, name};
    return set(p, value);
  };
  for (int p = 0; p < of_.count; ++p)
    if (of_.keyword[p] == name) return found(p);
  const std::string_view word = text_of(name);
  for (int p = 0; p < of_.count; ++p)
    if (text_of(of_.keyword[p]) == word) return found(p);
  for (const Synonym& s : keyword_synonyms())
    if (s.word == word)
      for (int p = 0; p < of_.count; ++p)
        if (text_of(of_.keyword[p]) == s.means) return found(p);
  Mismatch mismatch;
  if (set_common_keyword(name, value, mismatch)) return mismatch;
  return {Mismatch::unknown, 0, name};
}

/// Keywords that are no op's own.
bool Arguments::set_common_keyword(PyObject* name, PyObject* value, Mismatch& mismatch) {
  const std::string_view word = text_of(name);
  if (word == "out") {
    if (value != Py_None) out_ = value;
    return true;
  }
  if (word == "memory_format") return true;  // layouts are chosen by the kernels
  if (!of_.is_factory) return false;
  if (word == "requires_grad") {
    if (!to_bool(value, requires_grad_)) mismatch = {Mismatch::unknown, 0, name};
    return true;
  }
  if (word == "device") {
    Device device;
    if (value != Py_None && !to_device(value, device)) {
      if (!PyErr_Occurred())
        PyErr_Format(PyExc_TypeError, "device must be a device or a str, not %.100s",
                     Py_TYPE(value)->tp_name);
      nb::raise_python_error();
    }
    return true;
  }
  return word == "layout" || word == "pin_memory" || word == "names";
}

void Arguments::raise(const Mismatch& m, std::string_view function) const {
  if (PyErr_Occurred()) nb::raise_python_error();
  const std::string takes = text("\nIt takes ", of_.signature(function));
  switch (m.kind) {
    case Mismatch::too_many:
      raise_type_error(text(function, "(): takes at most ", of_.count,
                            " positional arguments, got ", m.parameter, takes));
    case Mismatch::missing:
      raise_type_error(text(function, "(): missing argument '", text_of(of_.keyword[m.parameter]),
                            "' (position ", m.parameter + 1, ")", takes));
    case Mismatch::twice:
      raise_type_error(text(function, "(): argument '", text_of(m.object), "' is given twice"));
    case Mismatch::unknown: {
      std::vector<std::string_view> names;
      for (int p = 0; p < of_.count; ++p) names.push_back(text_of(of_.keyword[p]));
      raise_type_error(text(function, "(): no keyword '", text_of(m.object), "'",
                            did_you_mean(text_of(m.object), names), takes));
    }
    default: {
      const int is = of_.info->order[m.parameter];
      const std::string_view wanted = is < 0 ? expected(of_.info->attribute[~is].kind)
                                      : of_.info->list && is == of_.info->operands
                                          ? "a list of Tensors"
                                      : of_.info->numbers >> is & 1 ? "Tensor or number"
                                                                    : "Tensor";
      raise_type_error(text(function, "(): argument '", text_of(of_.keyword[m.parameter]),
                            "' (position ", m.parameter + 1, ") must be ", wanted, ", not ",
                            describe(m.object), takes));
    }
  }
}

Location Arguments::line() const {
  if (mode.tracer || mode.detect_anomaly) return python_line();
  if (!mode.grad) return {};
  for (int i = 0; i < of_.info->operands; ++i)
    if (const Tensor* t = operand_[i].tensor; t && *t && needs_grad(t->impl()))
      return python_line();
  return of_.info->list ? line_for(list_) : Location{};
}

int64_t Arguments::elements() const {
  int64_t n = 0;
  for (int i = 0; i < of_.info->operands; ++i)
    if (const Tensor* t = operand_[i].tensor; t && *t) n += t->numel();
  for (const Tensor& t : list_)
    if (t) n += t.numel();
  return n;
}

PublicCall Arguments::call(Location where) {
  for (int i = 0; i < of_.info->operands; ++i) operand_[i].where = where;
  return {*of_.info, op_, operands(), list_, where};
}

}  // namespace tandem::python
