#include "python/binding/tensor_type.h"

#include <structmember.h>

#include <cstdint>
#include <cstring>
#include <vector>

#include "python/binding/errors.h"
#include "python/binding/indexing.h"
#include "python/binding/number_slots.h"
#include "python/binding/size_type.h"
#include "python/binding/tensor_new.h"
#include "python/binding/tensor_text.h"
#include "tandem/tensor/block_cache.h"
#include "tandem/tensor/wrapper.h"

namespace tandem::python {
namespace {

constexpr std::uintptr_t owned_by_impl = 1;

#ifdef Py_GIL_DISABLED
constexpr std::size_t header = 0;
#else
constexpr std::size_t header = 2 * sizeof(std::uintptr_t);  // the collector's, before each object
#endif
constexpr std::size_t block_size = header + sizeof(TensorObject);

/// A plain wrapper, which the collector is told of only when it gets attributes: without them it
/// can be in no cycle, and tracking would cost each op.
TensorObject* new_plain() {
  auto* block = static_cast<std::byte*>(block_cache.take(block_size));
  std::memset(block, 0, header);
  auto* o = reinterpret_cast<PyObject*>(block + header);
  PyObject_Init(o, tensor_type);
  return reinterpret_cast<TensorObject*>(o);
}
void free_plain(TensorObject* o) {
  block_cache.give(reinterpret_cast<std::byte*>(o) - header, block_size);
}
void track_attributes(PyObject* o) {
  if (reinterpret_cast<TensorObject*>(o)->dict && !PyObject_GC_IsTracked(o)) PyObject_GC_Track(o);
}

TensorObject* as_object(PyObject* o) { return reinterpret_cast<TensorObject*>(o); }
PyObject* wrapper_of(const TensorImpl* i) {
  return reinterpret_cast<PyObject*>(reinterpret_cast<std::uintptr_t>(i->python) & ~owned_by_impl);
}
bool is_owned_by_impl(const TensorImpl* i) {
  return reinterpret_cast<std::uintptr_t>(i->python) & owned_by_impl;
}

/// Gives a fresh wrapper its tensor.
void fill(TensorObject* o, Tensor t) {
  t.impl()->python = o;
  new (&o->tensor) Tensor(std::move(t));
  o->owned_by = nullptr;
  o->size = o->dict = o->weak = nullptr;
}

/// The impl lives on elsewhere and may come back to Python: it must find this wrapper then.
bool must_outlive(const TensorObject* o) {
  const TensorImpl* i = o->tensor.impl();
  return i && i->python == o && i->refs.load(std::memory_order_acquire) > 1 &&
         (o->dict || Py_TYPE(o) != tensor_type);
}

/// Turns the ownership round.
void hand_to_impl(TensorObject* o) {
  Py_INCREF(reinterpret_cast<PyObject*>(o));
  o->owned_by = o->tensor.impl();
  o->owned_by->python =
      reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(o) | owned_by_impl);
  // Whoever kept the impl may let go of it meanwhile, which gives the reference back.
  o->tensor = Tensor();
}

/// CPython runs the finalizer of what the collector tracks once, but ownership may turn round again
/// and again. There is no public way to say so: the mark is bit 0 of the second word of the
/// collector's header, which stands before the object (CPython 3.9 to 3.14).
void allow_finalizer_again(PyObject* o) {
#ifndef Py_GIL_DISABLED
  if (PyObject_GC_IsFinalized(o)) *(reinterpret_cast<std::uintptr_t*>(o) - 1) &= ~std::uintptr_t{1};
#endif
}

/// The wrapper owns the impl again.
void take_back(TensorObject* o, Tensor t) {
  t.impl()->python = o;
  o->owned_by = nullptr;
  o->tensor = std::move(t);
  allow_finalizer_again(reinterpret_cast<PyObject*>(o));
}

/// The impl that owned a wrapper is gone.
void release_wrapper_of(void* python) {
  if (!Py_IsInitialized()) return;
  const PyGILState_STATE state = PyGILState_Ensure();
  auto* o =
      reinterpret_cast<TensorObject*>(reinterpret_cast<std::uintptr_t>(python) & ~owned_by_impl);
  o->owned_by = nullptr;
  Py_DECREF(reinterpret_cast<PyObject*>(o));
  PyGILState_Release(state);
}

void finalize(PyObject* o) {
  if (must_outlive(as_object(o))) hand_to_impl(as_object(o));
}

void dealloc(PyObject* self) {
  TensorObject* o = as_object(self);
  PyTypeObject* type = Py_TYPE(self);
  if (type == tensor_type && o->dict && PyObject_CallFinalizerFromDealloc(self) < 0) return;
  PyObject_GC_UnTrack(self);  // it may be tracked without attributes: they were cleared
  if (TensorImpl* i = o->tensor.impl(); i && i->python == o) i->python = nullptr;
  if (o->weak) PyObject_ClearWeakRefs(self);
  Py_CLEAR(o->size);
  Py_CLEAR(o->dict);
  o->tensor.~Tensor();
  if (type == tensor_type)
    free_plain(o);
  else
    type->tp_free(self);
  Py_DECREF(type);
}

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(as_object(self)->dict);
  Py_VISIT(Py_TYPE(self));
  return 0;
}
int clear(PyObject* self) {
  Py_CLEAR(as_object(self)->dict);
  return 0;
}

int set_attribute(PyObject* self, PyObject* name, PyObject* value) {
  const int failed = PyObject_GenericSetAttr(self, name, value);
  track_attributes(self);
  return failed;
}

Py_hash_t hash(PyObject* self) { return Py_hash_t(reinterpret_cast<std::uintptr_t>(self) >> 4); }

}  // namespace

PyObject* wrap(Tensor t) {
  TensorImpl* i = t.impl();
  if (!i) Py_RETURN_NONE;
  if (i->python) [[unlikely]] {
    PyObject* o = wrapper_of(i);
    if (is_owned_by_impl(i)) {
      take_back(as_object(o), std::move(t));
      return o;  // with the reference that the impl had
    }
    return new_reference(o);
  }
  TensorObject* o = new_plain();
  fill(o, std::move(t));
  return reinterpret_cast<PyObject*>(o);
}

void reclaim(TensorObject* o) {
  if (!o->owned_by) return;
  take_back(o, Tensor::share(o->owned_by));
  Py_DECREF(reinterpret_cast<PyObject*>(o));
}

PyObject* wrap_as(PyTypeObject* type, Tensor t) {
  if (type == tensor_type || !t) return wrap(std::move(t));
  PyObject* o = type->tp_alloc(type, 0);
  if (!o) return nullptr;
  fill(as_object(o), std::move(t));
  return o;
}

PyObject* attributes_of(PyObject* o, void*) {
  PyObject* dict = PyObject_GenericGetDict(o, nullptr);
  track_attributes(o);
  return dict;
}
int set_attributes_of(PyObject* o, PyObject* dict, void*) {
  const int failed = PyObject_GenericSetDict(o, dict, nullptr);
  track_attributes(o);
  return failed;
}

void forget_size(PyObject* o) { Py_CLEAR(as_object(o)->size); }

void bind_tensor_type(nb::module_& m) {
  static PyMemberDef members[] = {
      {"__dictoffset__", T_PYSSIZET, offsetof(TensorObject, dict), READONLY, nullptr},
      {"__weaklistoffset__", T_PYSSIZET, offsetof(TensorObject, weak), READONLY, nullptr},
      {}};
  std::vector<PyType_Slot> slots = {
      {Py_tp_new, reinterpret_cast<void*>(new_tensor)},
      {Py_tp_dealloc, reinterpret_cast<void*>(dealloc)},
      {Py_tp_finalize, reinterpret_cast<void*>(finalize)},
      {Py_tp_traverse, reinterpret_cast<void*>(traverse)},
      {Py_tp_clear, reinterpret_cast<void*>(clear)},
      {Py_tp_hash, reinterpret_cast<void*>(hash)},
      {Py_tp_setattro, reinterpret_cast<void*>(set_attribute)},
      {Py_tp_repr, reinterpret_cast<void*>(repr)},
      {Py_tp_members, members},
      {Py_tp_getset, tensor_attributes},
      {Py_tp_methods, tensor_methods},
      {Py_tp_doc, const_cast<char*>("A multi-dimensional array of one dtype.")},
  };
  add_number_slots(slots);
  add_indexing_slots(slots);
  slots.push_back({0, nullptr});
  PyType_Spec spec{"tandem.Tensor", sizeof(TensorObject), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_BASETYPE | Py_TPFLAGS_HAVE_GC, slots.data()};
  tensor_type = reinterpret_cast<PyTypeObject*>(PyType_FromSpec(&spec));
  if (!tensor_type) nb::raise_python_error();
  release_wrapper = release_wrapper_of;
  m.attr("Tensor") = nb::borrow(reinterpret_cast<PyObject*>(tensor_type));
}

}  // namespace tandem::python
