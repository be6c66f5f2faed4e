// x.shape, x.dtype, x.grad and what else is read without parentheses.
#include "python/binding/convert.h"
#include "python/binding/errors.h"
#include "python/binding/location.h"
#include "python/binding/size_type.h"
#include "python/binding/tensor_storage.h"
#include "python/binding/tensor_type.h"
#include "tandem/autograd/tape.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/view_of.h"

namespace tandem::python {
namespace {

template <auto F>
PyObject* get(PyObject* self, void*) {
  return guarded([&]() -> PyObject* { return F(self, tensor_of(self)); });
}
template <auto F>
int set(PyObject* self, PyObject* value, void*) {
  return guarded(
      [&] {
        F(self, tensor_of_mutable(self), value);
        return 0;
      },
      -1);
}

PyObject* flag(bool b) { return PyBool_FromLong(b); }

PyObject* shape(PyObject* self, const Tensor& t) {
  PyObject*& size = reinterpret_cast<TensorObject*>(self)->size;
  if (!size) size = new_size(t.shape());
  return size ? new_reference(size) : nullptr;
}
PyObject* dtype(PyObject*, const Tensor& t) { return from_dtype(t.dtype()); }
PyObject* device(PyObject*, const Tensor& t) { return from_device(t.device()); }
PyObject* rank(PyObject*, const Tensor& t) { return PyLong_FromLong(t.dim()); }
PyObject* item_size(PyObject*, const Tensor& t) { return PyLong_FromLong(t.element_size()); }
PyObject* bytes(PyObject*, const Tensor& t) { return PyLong_FromLongLong(t.nbytes()); }
PyObject* version(PyObject*, const Tensor& t) { return PyLong_FromLong(long(t.version())); }
PyObject* output_number(PyObject*, const Tensor& t) {
  return PyLong_FromLong(t.shape().size() >= 0 ? t.impl()->result_index : 0);
}
PyObject* is_leaf(PyObject*, const Tensor& t) { return flag(t.is_leaf()); }
PyObject* no(PyObject*, const Tensor&) { return flag(false); }
PyObject* is_cpu(PyObject*, const Tensor& t) { return flag(t.device() == Device{}); }
PyObject* is_cuda(PyObject*, const Tensor& t) { return flag(t.device().type == DeviceType::cuda); }
PyObject* itself(PyObject* self, const Tensor&) { return new_reference(self); }

/// The tensor that a view looks into.
PyObject* base(PyObject*, const Tensor& t) {
  TensorImpl* i = t.impl();
  if (!i || !i->view) Py_RETURN_NONE;
  while (i->view) i = i->view->parent;
  return wrap(Tensor::share(i));
}
PyObject* retains_grad(PyObject*, const Tensor& t) {
  const Node* n = needs_grad(t.impl()) ? t.impl()->node : nullptr;
  if (!n || n->is_leaf() || !n->extra) return flag(false);
  for (uint16_t r : n->extra->retained)
    if (r == t.impl()->result_index) return flag(true);
  return flag(false);
}

PyObject* requires_grad(PyObject*, const Tensor& t) { return flag(t.requires_grad()); }
void set_requires_grad(PyObject*, Tensor& t, PyObject* value) {
  bool wanted;
  if (!value || !to_bool(value, wanted)) raise_type_error("requires_grad must be a bool");
  t.requires_grad_(wanted);
}

PyObject* grad(PyObject*, const Tensor& t) {
  if (t.is_leaf() || t.grad()) return wrap(t.grad());
  if (PyErr_WarnEx(PyExc_UserWarning,
                   "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. "
                   "Its .grad attribute won't be populated during autograd.backward(). If you "
                   "indeed want the .grad field to be populated for a non-leaf Tensor, use "
                   ".retain_grad() on the non-leaf Tensor.",
                   1))
    return nullptr;
  Py_RETURN_NONE;
}
void set_grad(PyObject*, Tensor& t, PyObject* value) {
  if (!value || value == Py_None) {
    if (needs_grad(t.impl()) || t.grad()) t.set_grad({});
    return;
  }
  if (!is_tensor(value)) raise_argument("grad", "value", "Tensor or None", value);
  const Tensor& g = tensor_of(value);
  if (g.shape() != t.shape())
    fail(ErrorCode::shape, "grad",
         "assigned grad has data of a different size: the tensor has "
         "shape ",
         t.shape(), ", the gradient ", g.shape());
  if (g.dtype() != t.dtype())
    fail(ErrorCode::dtype, "grad", "assigned grad has data of a different type: the tensor is ",
         t.dtype(), ", the gradient ", g.dtype());
  t.set_grad(g);
}

PyObject* data(PyObject*, const Tensor& t) {
  t.type();  // raises for an undefined tensor
  return wrap(unversioned(t));
}
void set_data(PyObject* self, Tensor& t, PyObject* value) {
  if (!value || !is_tensor(value))
    raise_argument("data", "value", "Tensor", value ? value : Py_None);
  if (t.requires_grad() && !is_floating(tensor_of(value).dtype()))
    fail(ErrorCode::dtype, "data",
         "data set to a tensor that requires gradients must be floating "
         "point, got ",
         tensor_of(value).dtype());
  set_elements(self, unversioned(tensor_of(value)));
}

PyObject* reversed(PyObject*, const Tensor& t) { return wrap(t.T(line_for(t))); }
/// The last two dims exchanged.
PyObject* matrix_transposed(PyObject*, const Tensor& t) {
  if (t.dim() < 2)
    fail(ErrorCode::shape, "mT",
         "tensor.mT is only supported on matrices or batches of matrices, "
         "got ",
         t.dim(), "-d tensor");
  return wrap(t.transpose(-2, -1, line_for(t)));
}
PyObject* adjoint(PyObject*, const Tensor& t) {
  if (t.dim() != 2 && t.dim() != 0)
    fail(ErrorCode::shape, "H", "tensor.H is only supported on matrices (2-D tensors), got ",
         t.dim(), "-d tensor");
  return wrap(t.T(line_for(t)));
}

}  // namespace

PyGetSetDef tensor_attributes[] = {
    {"shape", get<shape>, nullptr, "The sizes of the dims.", nullptr},
    {"dtype", get<dtype>, nullptr, "What the elements are.", nullptr},
    {"device", get<device>, nullptr, "Where the elements are.", nullptr},
    {"ndim", get<rank>, nullptr, "The number of dims.", nullptr},
    {"itemsize", get<item_size>, nullptr, "Bytes of an element.", nullptr},
    {"nbytes", get<bytes>, nullptr, "Bytes of all elements.", nullptr},
    {"_version", get<version>, nullptr, "How often the elements were written in place.", nullptr},
    {"output_nr", get<output_number>, nullptr, "Which result of its op this is.", nullptr},
    {"_base", get<base>, nullptr, "The tensor that a view looks into; None: it is no view.",
     nullptr},
    {"requires_grad", get<requires_grad>, set<set_requires_grad>, "Is a gradient wanted?", nullptr},
    {"grad", get<grad>, set<set_grad>, "The accumulated gradient; None before backward().",
     nullptr},
    {"is_leaf", get<is_leaf>, nullptr, "Made by the user, not by a recorded op?", nullptr},
    {"retains_grad", get<retains_grad>, nullptr, "Was retain_grad() called?", nullptr},
    {"data", get<data>, set<set_data>,
     "The same elements without history; writing to them is not seen by gradients.", nullptr},
    {"T", get<reversed>, nullptr, "The dims in reverse order.", nullptr},
    {"mT", get<matrix_transposed>, nullptr, "The last two dims exchanged.", nullptr},
    {"H", get<adjoint>, nullptr, "The matrix transposed.", nullptr},
    {"mH", get<matrix_transposed>, nullptr, "The last two dims exchanged.", nullptr},
    {"real", get<itself>, nullptr, "The tensor itself: all dtypes are real.", nullptr},
    {"__dict__", attributes_of, set_attributes_of, nullptr, nullptr},
    {"is_cpu", get<is_cpu>, nullptr, nullptr, nullptr},
    {"is_cuda", get<is_cuda>, nullptr, nullptr, nullptr},
    {"is_mps", get<no>, nullptr, nullptr, nullptr},
    {"is_xpu", get<no>, nullptr, nullptr, nullptr},
    {"is_meta", get<no>, nullptr, nullptr, nullptr},
    {"is_sparse", get<no>, nullptr, nullptr, nullptr},
    {"is_quantized", get<no>, nullptr, nullptr, nullptr},
    {"is_nested", get<no>, nullptr, nullptr, nullptr},
    {}};

}  // namespace tandem::python
