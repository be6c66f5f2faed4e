// Between tensors and the bytes of their elements, for the file formats.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// A tensor of its own with these elements, row-major.
Tensor copy_of(std::span<const std::byte> bytes, const Dims& shape, DType dtype);
/// A bool of any other byte than 0 and 1 is undefined behaviour in C++ and no element at all: code
/// format.
void check_booleans(std::string_view op, std::string_view source, std::string_view name,
                    std::span<const std::byte> bytes);

/// The tensor, or a copy where it is not row-major. Error: code value for an undefined one.
Tensor row_major(std::string_view op, const Tensor& tensor, std::string_view name);
/// Of a row-major tensor, valid as long as it is.
std::span<const std::byte> bytes_of(const Tensor& tensor);
std::vector<int64_t> shape_of(const Tensor& tensor);

}  // namespace tandem
