#include <algorithm>
#include <memory>

#include "tandem/base/error.h"
#include "tandem/io/file.h"
#include "tandem/io/tensor_bytes.h"
#include "tandem/io/tensor_files.h"
#include "tandem/tensor/from_blob.h"

namespace tandem {
namespace {

/// Of DType's values, in their order.
constexpr std::string_view safetensors_names[dtype_count] = {"BOOL", "U8",  "I8",   "I16", "I32",
                                                             "I64",  "F16", "BF16", "F32", "F64"};

}  // namespace

DType dtype_of_safetensors(std::string_view op, std::string_view name, std::string_view dtype) {
  const auto* found = std::ranges::find(safetensors_names, dtype);
  if (found == std::end(safetensors_names))
    fail(ErrorCode::unsupported, op, "'", name, "' is ", dtype, ", for which there is no dtype");
  return DType(found - safetensors_names);
}
std::string_view safetensors_dtype(DType dtype) { return safetensors_names[int(dtype)]; }

Tensor tensor_of_entry(std::string_view op, std::string_view source, const SafetensorsEntry& entry,
                       const std::shared_ptr<MappedFile>& file) {
  const DType dtype = dtype_of_safetensors(op, entry.name, entry.dtype);
  if (entry.shape.size() > std::size_t(Dims::max_rank))
    fail(ErrorCode::format, op, "'", source, "': '", entry.name, "' has ", entry.shape.size(),
         " dims; expected at most ", Dims::max_rank);
  const Dims shape{std::span(entry.shape)};
  if (dtype == DType::boolean) check_booleans(op, source, entry.name, entry.bytes);
  const bool aligned = reinterpret_cast<uintptr_t>(entry.bytes.data()) % size_of(dtype) == 0;
  if (!file || !aligned || entry.bytes.empty()) return copy_of(entry.bytes, shape, dtype);
  const auto place = size_t(entry.bytes.data() - file->bytes().data());
  return from_blob(file->private_bytes().data() + place, shape, dtype, file);
}

SafetensorsEntry entry_of_tensor(std::string_view op, std::string_view name, Tensor& tensor) {
  tensor = row_major(op, tensor, name);
  return {std::string(name), std::string(safetensors_dtype(tensor.dtype())), shape_of(tensor),
          bytes_of(tensor)};
}

NamedTensors load_safetensors(const std::string& path, Metadata* metadata) {
  constexpr std::string_view op = "load_safetensors";
  const auto file = std::make_shared<MappedFile>(op, path);
  auto content = parse_safetensors(file->bytes(), path);
  NamedTensors tensors;
  for (const SafetensorsEntry& entry : content.entries)
    tensors.add(entry.name, tensor_of_entry(op, path, entry, file));
  if (metadata) *metadata = std::move(content.metadata);
  return tensors;
}

void save_safetensors(const std::string& path, const NamedTensors& tensors,
                      const Metadata& metadata) {
  std::vector<Tensor> kept;
  std::vector<SafetensorsEntry> entries;
  for (const auto& [name, tensor] : tensors)
    entries.push_back(entry_of_tensor("save_safetensors", name, kept.emplace_back(tensor)));
  write_safetensors(path, entries, metadata);
}

}  // namespace tandem
