// Tensors shared with NumPy, PyTorch, JAX and others without a copy: the DLPack 1.0 protocol
// (https://dmlc.github.io/dlpack/latest/c_api.html).
#pragma once
#include <cstdint>
#include <optional>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// The structs of DLPack's ABI, declared here so that its header is not needed and does not clash.
namespace dlpack {

enum class DeviceType : int32_t { cpu = 1, cuda = 2, cuda_host = 3 };
enum class Code : uint8_t { integer, unsigned_integer, floating, opaque, bfloat, complex, boolean };

struct Device {
  DeviceType type;
  int32_t index;
};
struct DataType {
  Code code;
  uint8_t bits;
  uint16_t lanes;
};
struct Tensor {
  void* data;
  Device device;
  int32_t ndim;
  DataType dtype;
  int64_t* shape;
  int64_t* strides;  // in elements; null: row-major
  uint64_t byte_offset;
};
/// DLManagedTensor: before version 1.
struct Managed {
  Tensor tensor;
  void* manager_ctx;
  void (*deleter)(Managed* self);
};
struct Version {
  uint32_t major, minor;
};
inline constexpr uint64_t read_only = 1, is_copied = 2;
/// DLManagedTensorVersioned.
struct ManagedVersioned {
  Version version;
  void* manager_ctx;
  void (*deleter)(ManagedVersioned* self);
  uint64_t flags;
  Tensor tensor;
};

}  // namespace dlpack

/// `t`'s elements, strides included; they live until the receiver calls the deleter. Errors: code
/// autograd: it requires grad (detach(x) first); code unsupported: it is being traced.
dlpack::ManagedVersioned* to_dlpack(const Tensor& t);
/// The same for receivers of the old protocol.
dlpack::Managed* to_dlpack_unversioned(const Tensor& t);

/// A tensor on the elements of `managed`, which is taken over: its deleter is called when the last
/// tensor on them is gone. `copy`: true: the elements are copied and `managed` deleted at once;
/// false: they never are; absent: only what is read-only, since every tensor can be written.
/// Errors, after which `managed` is still the caller's: code unsupported: a device other than the
/// CPU, vector lanes, dtypes that Tandem lacks, negative strides, another major version; code
/// value: read-only elements with copy = false.
Tensor from_dlpack(dlpack::ManagedVersioned* managed, std::optional<bool> copy = {});
Tensor from_dlpack(dlpack::Managed* managed, std::optional<bool> copy = {});

}  // namespace tandem
