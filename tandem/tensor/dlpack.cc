#include "tandem/tensor/dlpack.h"

#include <memory>

#include "tandem/tensor/apply.h"
#include "tandem/tensor/strides.h"

namespace tandem {
namespace {

constexpr dlpack::Version version{1, 0};

dlpack::DataType data_type_of(DType t) {
  using dlpack::Code;
  const Code code = t == DType::boolean ? Code::boolean
                    : t == DType::bf16  ? Code::bfloat
                    : is_floating(t)    ? Code::floating
                    : t == DType::u8    ? Code::unsigned_integer
                                        : Code::integer;
  return {code, uint8_t(size_of(t) * 8), 1};
}

DType dtype_of_data_type(const dlpack::DataType& t) {
  if (t.lanes != 1)
    fail(ErrorCode::unsupported, "from_dlpack", "expected elements of one lane, got ", t.lanes,
         " lanes");
  for (int i = 0; i < dtype_count; ++i) {
    const dlpack::DataType ours = data_type_of(DType(i));
    if (ours.code == t.code && ours.bits == t.bits) return DType(i);
  }
  fail(ErrorCode::unsupported, "from_dlpack", "there is no dtype for DLPack's code ", int(t.code),
       " with ", int(t.bits), " bits");
}

/// What an exported struct owns: the tensor and the sizes that the struct points to.
template <class Managed>
struct Exported {
  Managed managed{};
  Tensor tensor;
  Dims shape, strides;
};

template <class Managed>
Managed* exported(const Tensor& t) {
  if (!t) fail(ErrorCode::value, "to_dlpack", "the tensor is undefined");
  if (needs_grad(t.impl()))
    fail(ErrorCode::autograd, "to_dlpack",
         "a tensor that requires grad cannot be shared with others: detach(x) it first");
  if (!t.impl()->data)
    fail(ErrorCode::unsupported, "to_dlpack", "a traced tensor has no elements to share");
  if (t.device().type != tandem::DeviceType::cpu)
    fail(ErrorCode::unsupported, "to_dlpack", "the tensor is on ", t.device(),
         "; only the CPU's can be shared");
  auto e = std::make_unique<Exported<Managed>>();
  e->tensor = t;
  e->shape = t.shape();
  e->strides = t.strides();
  e->managed.tensor = {.data = t.impl()->data,
                       .device = {dlpack::DeviceType::cpu, 0},
                       .ndim = t.dim(),
                       .dtype = data_type_of(t.dtype()),
                       .shape = e->shape.begin(),
                       .strides = e->strides.begin(),
                       .byte_offset = 0};
  e->managed.manager_ctx = e.get();
  e->managed.deleter = [](Managed* self) {
    delete static_cast<Exported<Managed>*>(self->manager_ctx);
  };
  return &e.release()->managed;
}

/// The type of what was passed, checked.
Type type_of(const dlpack::Tensor& t) {
  if (t.device.type != dlpack::DeviceType::cpu && t.device.type != dlpack::DeviceType::cuda_host)
    fail(ErrorCode::unsupported, "from_dlpack", "expected a tensor on the CPU, got device type ",
         int(t.device.type));
  Type type{dtype_of_data_type(t.dtype), {}};
  if (t.ndim < 0 || (t.ndim > 0 && !t.shape))
    fail(ErrorCode::value, "from_dlpack", "the tensor has ", t.ndim, " dims and ",
         t.shape ? "a" : "no", " shape");
  for (int d = 0; d < t.ndim; ++d) type.shape.push_back(t.shape[d]);
  check_size("from_dlpack", type);
  return type;
}

Dims strides_of(const dlpack::Tensor& t, const Dims& shape) {
  if (!t.strides || shape.product() == 0) return contiguous_strides(shape);
  Dims strides;
  for (int d = 0; d < t.ndim; ++d) {
    if (t.strides[d] < 0)
      fail(ErrorCode::unsupported, "from_dlpack", "the strides ",
           Dims(std::span(t.strides, std::size_t(t.ndim))),
           " are negative in part: copy the array, or pass it unreversed");
    strides.push_back(t.strides[d]);
  }
  return strides;
}

template <class Managed>
Tensor imported(Managed* managed, bool is_read_only, std::optional<bool> copy) {
  const dlpack::Tensor& t = managed->tensor;
  const Type type = type_of(t);
  const Dims strides = strides_of(t, type.shape);
  std::byte* data = t.data ? static_cast<std::byte*>(t.data) + t.byte_offset : nullptr;
  const int64_t count = type.shape.product();
  const int size = size_of(type.dtype);
  if (count && (!data || reinterpret_cast<uintptr_t>(data) % uintptr_t(size)))
    fail(ErrorCode::unsupported, "from_dlpack", "the elements of ", type, " are ",
         data ? "not aligned to their size" : "missing");
  if (is_read_only && copy == false)
    fail(ErrorCode::value, "from_dlpack",
         "the elements are read-only and copy = false, but every tensor can be written: let it "
         "copy, or pass a writable array");

  int64_t last = 0;  // the place of the element that lies furthest from the first
  for (int d = 0; d < strides.size(); ++d) last += (type.shape[d] - 1) * strides[d];
  Tensor shared = type_only(type);
  TensorImpl* impl = shared.impl();
  impl->strides = strides;
  impl->contiguous = is_row_major(type.shape, strides);
  impl->storage = Storage::external(
      data, count ? std::size_t(last + 1) * std::size_t(size) : 0,
      [](void* owner) {
        auto* m = static_cast<Managed*>(owner);
        if (m->deleter) m->deleter(m);
      },
      managed);
  impl->data = impl->storage->data;
  return copy.value_or(is_read_only) ? copy_of(shared) : shared;
}

}  // namespace

dlpack::ManagedVersioned* to_dlpack(const Tensor& t) {
  auto* managed = exported<dlpack::ManagedVersioned>(t);
  managed->version = version;
  return managed;
}

dlpack::Managed* to_dlpack_unversioned(const Tensor& t) { return exported<dlpack::Managed>(t); }

Tensor from_dlpack(dlpack::ManagedVersioned* managed, std::optional<bool> copy) {
  if (!managed) fail(ErrorCode::value, "from_dlpack", "the tensor is null");
  if (managed->version.major != version.major)
    fail(ErrorCode::unsupported, "from_dlpack", "expected DLPack version ", version.major,
         ".x, got ", managed->version.major, ".", managed->version.minor);
  return imported(managed, managed->flags & dlpack::read_only, copy);
}

Tensor from_dlpack(dlpack::Managed* managed, std::optional<bool> copy) {
  if (!managed) fail(ErrorCode::value, "from_dlpack", "the tensor is null");
  return imported(managed, false, copy);
}

}  // namespace tandem
