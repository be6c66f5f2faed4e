#include "tandem/io/tensor_bytes.h"

#include <cstring>

#include "tandem/base/error.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"

namespace tandem {

Tensor copy_of(std::span<const std::byte> bytes, const Dims& shape, DType dtype) {
  Tensor t = empty(shape, dtype);
  if (!bytes.empty()) std::memcpy(t.impl()->data, bytes.data(), bytes.size());
  return t;
}

void check_booleans(std::string_view op, std::string_view source, std::string_view name,
                    std::span<const std::byte> bytes) {
  for (const std::byte b : bytes)
    if (b > std::byte{1})
      fail(ErrorCode::format, op, "'", source, "': boolean '", name, "' holds the byte ", int(b),
           "; expected 0 and 1");
}

Tensor row_major(std::string_view op, const Tensor& tensor, std::string_view name) {
  if (!tensor) fail(ErrorCode::value, op, "'", name, "' is an undefined tensor");
  NoGrad off;
  return contiguous(tensor);
}

std::span<const std::byte> bytes_of(const Tensor& t) {
  return {t.impl()->data, size_t(t.numel()) * size_t(size_of(t.dtype()))};
}

std::vector<int64_t> shape_of(const Tensor& t) { return {t.shape().begin(), t.shape().end()}; }

}  // namespace tandem
