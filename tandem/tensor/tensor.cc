#include "tandem/tensor/tensor.h"

#include "tandem/tensor/allocator.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/has_value.h"
#include "tandem/tensor/strides.h"
#include "tandem/tensor/view_of.h"
#include "tandem/tensor/wrapper.h"

namespace tandem {
namespace {

/// The impl, once it is known to have elements that can be read now.
TensorImpl* readable(const Tensor& t, std::string_view what, Location where) {
  check_has_value(t, what, where);
  return t.impl();
}

}  // namespace

bool has_value(const Tensor& t) {
  const TensorImpl* i = t.impl();
  return (i->data || i->traced < 0) && !(mode.tracer && mode.tracer->tracks(t));
}
void check_has_value(const Tensor& t, std::string_view what, Location where,
                     std::string_view instead) {
  if (!t) fail(ErrorCode::value, what, "the tensor is undefined");
  if (has_value(t)) [[likely]]
    return;
  if (mode.relocated) where = mode.where;
  fail(ErrorCode::unsupported, what, "the value of a traced tensor of ", t.type(),
       " is asked for at ", where, ", but a program is recorded without values. ",
       instead.empty()
           ? "Where the program depends on it use where(condition, a, b), if_(), while_() "
             "or scan(); where it does not, ask after the call"
           : instead);
}

Storage* Storage::make(std::size_t bytes) {
  Storage* s = new (block_cache.take(sizeof(Storage) + bytes)) Storage;
  s->bytes = bytes;
  s->data = reinterpret_cast<std::byte*>(s + 1);
  return s;
}

Storage* Storage::external(void* data, std::size_t bytes, void (*release)(void* owner),
                           void* owner) {
  Storage* s = make(0);
  s->bytes = bytes;
  // Nothing may lie nowhere, but a tensor without data is one that is being traced.
  s->data = data ? static_cast<std::byte*>(data) : reinterpret_cast<std::byte*>(s + 1);
  s->release_external = release;
  s->owner = owner;
  return s;
}

void destroy(Storage* s) {
  if (s->release_external) {
    s->release_external(s->owner);
    block_cache.give(s, sizeof(Storage));
  } else {
    block_cache.give(s, sizeof(Storage) + s->bytes);
  }
}

void destroy(TensorImpl* t) {
  if (t->python) [[unlikely]]
    release_wrapper(t->python);
  release(t->storage);
  if (t->node) tape->release_node(t->node);
  if (t->view) destroy(t->view);
  block_cache.give(t, sizeof(TensorImpl));
}

TensorImpl* new_impl() { return new (block_cache.take(sizeof(TensorImpl))) TensorImpl; }

void allocate(TensorImpl* t) {
  t->storage = Storage::make(std::size_t(t->type.shape.product()) * size_of(t->type.dtype));
  t->data = t->storage->data;
  set_contiguous_strides(t->type.shape, t->strides);
  t->contiguous = true;
}

Tensor type_only(const Type& type) {
  TensorImpl* t = new_impl();
  t->type = type;
  return Tensor::adopt(t);
}

void fail_size(std::string_view op, const Type& type) {
  for (int64_t n : type.shape)
    if (n < 0) fail(ErrorCode::shape, op, "expected sizes of 0 or more, got shape ", type.shape);
  fail(ErrorCode::shape, op, "a tensor of ", type, " has more bytes than there are addresses");
}

TensorImpl* alias(const TensorImpl* t) {
  TensorImpl* a = new_impl();
  a->type = t->type;
  a->strides = t->strides;
  a->contiguous = t->contiguous;
  a->device = t->device;
  a->data = t->data;
  a->traced = t->traced;
  retain(a->storage = t->storage);
  return a;
}

Tensor empty(const Dims& shape, DType dtype) {
  check_size("empty", {dtype, shape});
  TensorImpl* t = new_impl();
  Tensor result = Tensor::adopt(t);
  t->type = {dtype, shape};
  allocate(t);
  return result;
}

template <class T>
Tensor from_data(std::span<const T> values, const Dims& shape) {
  Tensor t = empty(shape, dtype_of<T>);
  if (int64_t(values.size()) != t.numel())
    fail(ErrorCode::shape, "from_data", "shape ", shape, " holds ", t.numel(), " elements, got ",
         values.size());
  if (!values.empty()) std::memcpy(t.impl()->data, values.data(), values.size_bytes());
  return t;
}

template <class T>
T* Tensor::data() const {
  TensorImpl* i = readable(*this, "data", Location::current());
  if (i->type.dtype != dtype_of<T>)
    fail(ErrorCode::dtype, "data", "the tensor is ", i->type.dtype, ", asked for ", dtype_of<T>);
  if (!i->contiguous)
    fail(ErrorCode::value, "data", "expected a contiguous tensor, got shape ", i->type.shape,
         " with strides ", i->strides, ": call contiguous(x) first");
  return reinterpret_cast<T*>(i->data);
}

template <class T>
T Tensor::item(Location where) const {
  TensorImpl* i = readable(*this, "item", where);
  if (numel() != 1)
    fail(ErrorCode::value, "item", "expected a tensor of one element, got shape ", shape());
  return with_dtype(dtype(), [&](auto zero) {
    return static_cast<T>(*reinterpret_cast<const decltype(zero)*>(i->data));
  });
}

template <class T>
std::vector<T> Tensor::to_vector() const {
  TensorImpl* i = readable(*this, "to_vector", Location::current());
  std::vector<T> values;
  values.reserve(std::size_t(numel()));
  with_dtype(dtype(), [&](auto zero) {
    const auto* from = reinterpret_cast<const decltype(zero)*>(i->data);
    for_each_offset(i->type.shape, i->strides,
                    [&](int64_t offset) { values.push_back(static_cast<T>(from[offset])); });
  });
  return values;
}

#define TANDEM_FOR_EACH_CPP_TYPE(INSTANTIATE) \
  INSTANTIATE(bool)                           \
  INSTANTIATE(uint8_t)                        \
  INSTANTIATE(int8_t)                         \
  INSTANTIATE(int16_t)                        \
  INSTANTIATE(int32_t)                        \
  INSTANTIATE(int64_t)                        \
  INSTANTIATE(Half)                           \
  INSTANTIATE(BFloat16)                       \
  INSTANTIATE(float)                          \
  INSTANTIATE(double)
#define TANDEM_INSTANTIATE(T)                           \
  template T* Tensor::data<T>() const;                  \
  template T Tensor::item<T>(Location) const;           \
  template std::vector<T> Tensor::to_vector<T>() const; \
  template Tensor from_data(std::span<const T> values, const Dims&);
TANDEM_FOR_EACH_CPP_TYPE(TANDEM_INSTANTIATE)
#undef TANDEM_INSTANTIATE
#undef TANDEM_FOR_EACH_CPP_TYPE

Tensor copy_of(const Tensor& t) {
  const TensorImpl* from = readable(t, "copy", Location::current());
  Tensor copy = empty(t.shape(), t.dtype());
  with_dtype(t.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = reinterpret_cast<T*>(copy.impl()->data);
    for_each_offset(t.shape(), t.strides(), [&](int64_t offset) {
      *to++ = reinterpret_cast<const T*>(from->data)[offset];
    });
  });
  return copy;
}

Tensor Tensor::detach() const { return adopt(alias(known())); }

void Tensor::fail_undefined() {
  fail(ErrorCode::value, "tensor",
       "the tensor is undefined: it was never given a value, or moved from");
}

}  // namespace tandem
