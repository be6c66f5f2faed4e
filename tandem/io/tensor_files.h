// Tensors in files: safetensors, NumPy's npy and npz, IDX.
#pragma once
#include <string>
#include <string_view>

#include "tandem/io/safetensors.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {

/// Reads a safetensors file. The tensors lie in the mapped file: nothing is copied, pages are read
/// when first used, and writing to a tensor changes memory alone, never the file. (One whose bytes
/// are not aligned to its items is copied.) `metadata`, where given, receives the file's.
/// Errors: code io; code format (see parse_safetensors); code unsupported, naming the tensor, for
/// dtypes that Tandem has not.
NamedTensors load_safetensors(const std::string& path, Metadata* metadata = nullptr);

/// Writes a safetensors file atomically, elements in their logical order whatever the strides.
/// The same tensors make the same bytes. Errors: code value for names twice; code io.
void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const Metadata& metadata = {});

/// Reads a npy file of any version, byte order and element order. Errors: code io, format,
/// unsupported (Python objects, strings, unsigned 16 to 64 bits, complex).
Tensor load_npy(const std::string& path);
/// Writes npy version 1.0, atomically. Error: bfloat16, which NumPy has not, is code unsupported.
void save_npy(const std::string& path, const Tensor& tensor);

/// Reads all arrays of a npz archive, compressed or not; names are without ".npy".
NamedTensors load_npz(const std::string& path);
/// Writes a npz archive as numpy.savez does (not compressed), atomically.
void save_npz(const std::string& path, const NamedTensors& tensors);

/// Reads an IDX file, such as MNIST's, gzip or not.
Tensor load_idx(const std::string& path);

/// Tandem's dtype for a word of safetensors ("F32") and back. Error: code unsupported.
DType dtype_of_safetensors(std::string_view op, std::string_view name, std::string_view dtype);
std::string_view safetensors_dtype(DType dtype);

}  // namespace tandem
