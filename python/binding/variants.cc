// Public functions that are no ops: several results, further forms, answers that are no tensors.
#include <cstring>

#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/binding/convert.h"
#include "python/binding/define_method.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/operand.h"
#include "python/binding/size_type.h"
#include "python/binding/tensor_caster.h"
#include "tandem/ops/random.h"
#include "tandem/ops/variants.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {
namespace {

using namespace nb::literals;

nb::tuple as_tuple(std::vector<Tensor> parts) {
  nb::list list;
  for (Tensor& t : parts) list.append(std::move(t));
  return nb::tuple(list);
}

/// f(a, b, c) and f([a, b, c])
std::vector<Tensor> list_of(const char* function, const nb::args& args) {
  nb::object items = args;
  if (args.size() == 1 && !is_tensor(nb::object(args[0]).ptr())) items = nb::object(args[0]);
  if (!PySequence_Check(items.ptr()))
    raise_argument(function, "tensors", "Tensors or a list of Tensors", items.ptr());
  std::vector<Tensor> list;
  for (nb::handle item : nb::borrow<nb::sequence>(items)) {
    Tensor t;
    if (!to_tensor(item.ptr(), t)) raise_argument(function, "tensors", "Tensors", item.ptr());
    list.push_back(std::move(t));
  }
  return list;
}

nb::tuple split_by(const Tensor& t, nb::handle size, int64_t dim) {
  const Arg input(t, line_for(t));
  int64_t n;
  if (to_integer(size.ptr(), n)) return as_tuple(split(input, n, dim));
  std::vector<int64_t> sizes;
  if (PyErr_Occurred() || !PySequence_Check(size.ptr()))
    raise_argument("split", "split_size_or_sections", "int or a list of ints", size.ptr());
  for (nb::handle s : nb::borrow<nb::sequence>(size)) {
    if (!to_integer(s.ptr(), n))
      raise_argument("split", "split_size_or_sections", "int or a list of ints", s.ptr());
    sizes.push_back(n);
  }
  return as_tuple(split(input, sizes, dim));
}

/// Of a number of parts, or at indices.
nb::tuple tensor_split_by(const Tensor& t, nb::handle by, int64_t dim) {
  const Arg input(t, line_for(t));
  int64_t sections;
  if (to_integer(by.ptr(), sections)) return as_tuple(tensor_split(input, sections, dim));
  PyErr_Clear();
  std::vector<int64_t> bounds{0};
  const int64_t n = t.dim() ? t.size(dim) : 0;
  for (nb::handle i :
       nb::borrow<nb::sequence>(is_tensor(by.ptr()) ? by.attr("tolist")() : nb::borrow(by))) {
    int64_t at;
    if (!to_integer(i.ptr(), at))
      raise_argument("tensor_split", "indices_or_sections", "int or a list of ints", i.ptr());
    bounds.push_back(std::clamp<int64_t>(at < 0 ? at + n : at, 0, n));
  }
  bounds.push_back(n);
  std::vector<Tensor> parts;
  for (std::size_t i = 0; i + 1 < bounds.size(); ++i)
    parts.push_back(slice(input, dim, bounds[i], std::max(bounds[i], bounds[i + 1])));
  return as_tuple(std::move(parts));
}

/// In the module and, unless it is only a function, behind a dot.
template <class F, class... Extra>
void define_both(nb::module_& m, const char* name, F f, const Extra&... extra) {
  nb::object function = nb::cpp_function(f, nb::name(name), extra...);
  m.attr(name) = function;
  // A plain function of nanobind binds to no object: this one takes the tensor first.
  nb::handle(reinterpret_cast<PyObject*>(tensor_type)).attr(name) =
      nb::steal(PyInstanceMethod_New(function.ptr()));
}

/// empty(2, 3): called so often with sizes alone that it is not left to nanobind.
PyObject* empty_of(PyObject* module, PyObject* const* args, Py_ssize_t count, PyObject* keywords) {
  Dims shape;
  bool plain = !keywords && count <= Dims::max_rank;
  for (Py_ssize_t i = 0; i < count && plain; ++i) {
    int64_t n = 0;
    plain = PyLong_CheckExact(args[i]) && to_integer(args[i], n);
    if (plain) shape.push_back(n);
  }
  if (plain) return guarded([&] { return wrap(empty(shape)); });
  PyErr_Clear();
  Ref full = Ref::steal(PyObject_GetAttrString(module, "_empty"));
  return full ? PyObject_Vectorcall(full.get(), args, std::size_t(count), keywords) : nullptr;
}

/// Booleans are 0 or 1, also where nothing was written.
Tensor with_booleans(Tensor t) {
  if (t.dtype() == DType::boolean && t.numel())
    std::memset(t.impl()->data, 0, std::size_t(t.nbytes()));
  return t;
}

}  // namespace

void bind_variants(nb::module_& m) {
  static PyMethodDef functions[] = {
      {"empty", reinterpret_cast<PyCFunction>(reinterpret_cast<void*>(empty_of)),
       METH_FASTCALL | METH_KEYWORDS, "An uninitialized tensor."},
      {}};
  PyModule_AddFunctions(m.ptr(), functions);
  m.def(
      "_empty",
      [](nb::args size, std::optional<DType> dtype, nb::object, OnCpu, bool requires_grad, bool,
         nb::object, nb::object named) {
        Dims shape;
        PyObject* first = size.size() ? nb::object(size[0]).ptr() : nullptr;
        const bool one = size.size() == 1 && PySequence_Check(first) && !is_tensor(first);
        PyObject* from = !named.is_none() ? named.ptr() : one ? first : size.ptr();
        if (!to_dims(from, shape)) raise_argument("empty", "size", "ints", from);
        Tensor t = with_booleans(empty(shape, dtype.value_or(DType::f32)));
        if (requires_grad) t.requires_grad_();
        return t;
      },
      "sizes"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false, "pin_memory"_a = false,
      "memory_format"_a = nb::none(), "size"_a = nb::none(), "An uninitialized tensor.");
  m.def(
      "empty_like",
      [](const Tensor& t, std::optional<DType> dtype, nb::object, OnCpu, bool requires_grad,
         nb::object, bool) {
        Tensor result = with_booleans(empty_like(t, dtype));
        if (requires_grad) result.requires_grad_();
        return result;
      },
      "input"_a, nb::kw_only(), "dtype"_a = nb::none(), "layout"_a = nb::none(),
      "device"_a = nb::none(), "requires_grad"_a = false, "memory_format"_a = nb::none(),
      "pin_memory"_a = false, "An uninitialized tensor of the same shape and dtype.");
  define_both(m, "split", split_by, "tensor"_a, "split_size_or_sections"_a, "dim"_a = 0,
              "Views of so many entries each.");
  define_both(
      m, "split_with_sizes",
      [](const Tensor& t, nb::handle sizes, int64_t dim) { return split_by(t, sizes, dim); },
      "input"_a, "split_sizes"_a, "dim"_a = 0);
  define_both(
      m, "unsafe_split",
      [](const Tensor& t, nb::handle size, int64_t dim) { return split_by(t, size, dim); },
      "input"_a, "split_size"_a, "dim"_a = 0);
  define_both(
      m, "chunk",
      [](const Tensor& t, int64_t chunks, int64_t dim) {
        return as_tuple(chunk({t, line_for(t)}, chunks, dim));
      },
      "input"_a, "chunks"_a, "dim"_a = 0, "At most so many views of equal size.");
  define_both(m, "tensor_split", tensor_split_by, "input"_a, "indices_or_sections"_a, "dim"_a = 0,
              "Exactly so many views, or views between indices.");
  define_both(
      m, "unbind",
      [](const Tensor& t, int64_t dim) { return as_tuple(unbind({t, line_for(t)}, dim)); },
      "input"_a, "dim"_a = 0, "The entries of a dim, which is dropped.");
  m.def(
      "meshgrid",
      [](nb::args tensors, const std::string& indexing) {
        const std::vector<Tensor> in = list_of("meshgrid", tensors);
        return as_tuple(meshgrid({std::span<const Tensor>(in), line_for(in)}, Name(indexing)));
      },
      "tensors"_a, nb::kw_only(), "indexing"_a = "ij", "The coordinates of a grid.");
  m.def(
      "broadcast_tensors",
      [](nb::args tensors) {
        const std::vector<Tensor> in = list_of("broadcast_tensors", tensors);
        return as_tuple(broadcast_tensors({std::span<const Tensor>(in), line_for(in)}));
      },
      "tensors"_a, "Views that all have the shape in which the tensors meet.");
  m.def(
      "broadcast_shapes",
      [](nb::args shapes) {
        std::vector<Dims> list;
        for (nb::handle s : shapes)
          if (!nb::try_cast(s, list.emplace_back()))
            raise_argument("broadcast_shapes", "shapes", "int or tuple of ints", s.ptr());
        return nb::steal(new_size(broadcast_shapes(list)));
      },
      "shapes"_a, "The shape in which these meet.");
  define_both(
      m, "allclose",
      [](const Tensor& a, const Tensor& b, double rtol, double atol, bool equal_nan) {
        return allclose({a, python_line()}, b, rtol, atol, equal_nan);
      },
      "input"_a, "other"_a, "rtol"_a = 1e-5, "atol"_a = 1e-8, "equal_nan"_a = false,
      "Are all elements close?");
  define_both(
      m, "equal", [](const Tensor& a, const Tensor& b) { return equal({a, python_line()}, b); },
      "input"_a, "other"_a, "Have both the same shape and elements?");
  m.def(
      "_unique",
      [](const Tensor& t) {
        Unique u = unique({t, python_line()});
        return nb::make_tuple(u.values, u.inverse, u.counts);
      },
      "input"_a);
  m.def(
      "_where_indices",
      [](const Tensor& condition) { return as_tuple(where({condition, python_line()})); },
      "condition"_a);
  m.def(
      "_div_rounded",
      [](nb::handle a, nb::handle b, const std::string& mode) {
        const Operand x(a.ptr()), y(b.ptr());
        if (!x || !y) raise_argument("div", "other", "Tensor or number", b.ptr());
        const Location where = python_line();
        return div(x.argument(where), y.argument(where), Name(mode));
      },
      "input"_a, "other"_a, "rounding_mode"_a);
  m.def(
      "_view_dtype",
      [](const Tensor& t, DType dtype) {
        Tensor same = Tensor::adopt(alias(t.impl()));
        TensorImpl* i = same.impl();
        const int from = size_of(t.dtype()), to = size_of(dtype);
        if (from != to) {
          const int last = t.dim() - 1;
          if (last < 0 || t.strides()[last] != 1 || (t.shape()[last] * from) % to ||
              (t.storage_offset() * from) % to)
            fail(ErrorCode::shape, "view", "a tensor of ", t.type(), " has no view as ", dtype,
                 ": its last dim must be dense and divide evenly");
          for (int d = 0; d < last; ++d) {
            if (t.strides()[d] * from % to)
              fail(ErrorCode::shape, "view", "the strides of ", t.type(), " do not divide evenly");
            i->strides[d] = t.strides()[d] * from / to;
          }
          i->type.shape[last] = t.shape()[last] * from / to;
        }
        i->type.dtype = dtype;
        return same;
      },
      "input"_a, "dtype"_a);
  m.def(
      "_fold",
      [](const Tensor& t, Dims output_size, Dims kernel_size, Dims dilation, Dims padding,
         Dims stride) {
        return fold({t, line_for(t)}, output_size, kernel_size, dilation, padding, stride);
      },
      "input"_a, "output_size"_a, "kernel_size"_a, "dilation"_a = Dims(1), "padding"_a = Dims(0),
      "stride"_a = Dims(1));
}

}  // namespace tandem::python
