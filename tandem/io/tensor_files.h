// Tensors in files: safetensors, NumPy's npy and npz, IDX.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "tandem/io/safetensors.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {

class MappedFile;

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

/// The elements of an entry: they lie in `file`, whose bytes the entry's are, or are copied where
/// `file` is null or they are not aligned. `source` names the file in errors.
/// Errors: code unsupported for a dtype that Tandem has not; code format for a bool that is none.
Tensor tensor_of_entry(std::string_view op, std::string_view source, const SafetensorsEntry& entry,
                       const std::shared_ptr<MappedFile>& file = nullptr);
/// An entry over the elements of `tensor`, which is first made row-major where it is not.
/// Error: code value for an undefined tensor.
SafetensorsEntry entry_of_tensor(std::string_view op, std::string_view name, Tensor& tensor);

/// Tandem's dtype for a word of safetensors ("F32") and back. Error: code unsupported.
DType dtype_of_safetensors(std::string_view op, std::string_view name, std::string_view dtype);
std::string_view safetensors_dtype(DType dtype);

}  // namespace tandem
