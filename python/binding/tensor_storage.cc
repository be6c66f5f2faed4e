#include "python/binding/tensor_storage.h"

#include "python/binding/location.h"
#include "python/binding/tensor_type.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/view_of.h"

namespace tandem::python {

Tensor unversioned(const Tensor& t) {
  Tensor same = Tensor::adopt(alias(t.impl()));
  TensorImpl* i = same.impl();
  if (!i->data) return same;  // traced: there is nothing to write to
  Storage* base = std::exchange(i->storage, nullptr);
  i->storage = Storage::external(
      base->data, base->bytes, [](void* owner) { release(static_cast<Storage*>(owner)); }, base);
  return same;
}

void set_elements(PyObject* target, const Tensor& source) {
  const Tensor& t = tensor_of(target);
  TensorImpl* to = t.impl();
  const TensorImpl* from = source.impl();
  if (!to || !from || to == from) return;
  if (to->node && (!t.is_leaf() ? to->type != from->type : !is_floating(from->type.dtype)))
    fail(ErrorCode::autograd, "set_data",
         "the elements of a tensor that a gradient is wanted for cannot be replaced by ",
         from->type, ": it is ", to->type);
  if (to->view) destroy(std::exchange(to->view, nullptr));  // it looks elsewhere now
  to->node_version = from->storage->version;
  retain(from->storage);
  release(std::exchange(to->storage, from->storage));
  to->type = from->type;
  to->strides = from->strides;
  to->contiguous = from->contiguous;
  to->device = from->device;
  to->data = from->data;
  to->traced = from->traced;
  forget_size(target);
}

void store_into(PyObject* target, const Tensor& value, std::string_view op) {
  Tensor to = tensor_of(target);
  if (mode.grad && (to.requires_grad() || value.requires_grad()))
    fail(ErrorCode::autograd, op,
         "functions with out=... don't support automatic differentiation, but one of the "
         "arguments requires grad");
  if (category(value.dtype()) > category(to.dtype()))
    fail(ErrorCode::dtype, op, "the result is ", value.dtype(), ", which out=, a tensor of ",
         to.dtype(), ", cannot hold");
  if (to.shape() != value.shape()) set_elements(target, empty(value.shape(), to.dtype()));
  to.copy_(value, python_line());
}

}  // namespace tandem::python
