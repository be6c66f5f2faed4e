#include "tandem/tensor/from_blob.h"

#include "tandem/tensor/apply.h"

namespace tandem {

Tensor from_blob(void* data, const Dims& shape, DType dtype, std::shared_ptr<void> owner) {
  constexpr std::string_view op = "from_blob";
  check_size(op, {dtype, shape});
  if (!data && shape.product() > 0)
    fail(ErrorCode::value, op, "there is no memory for shape ", shape, ": data is null");
  if (reinterpret_cast<uintptr_t>(data) % uintptr_t(size_of(dtype)) != 0)
    fail(ErrorCode::value, op, "the memory is not aligned to ", size_of(dtype), " bytes, a ",
         dtype);
  TensorImpl* t = new_impl();
  Tensor result = Tensor::adopt(t);
  t->type = {dtype, shape};
  set_contiguous_strides(shape, t->strides);
  t->storage = Storage::external(
      data, size_t(shape.product()) * size_t(size_of(dtype)),
      [](void* owned) { delete static_cast<std::shared_ptr<void>*>(owned); },
      new std::shared_ptr<void>(std::move(owner)));
  t->data = t->storage->data;
  return result;
}

}  // namespace tandem
