#include "tandem/io/tensor_files.h"

#include <algorithm>
#include <cstring>
#include <memory>

#include "tandem/base/error.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"
#include "tandem/io/idx.h"
#include "tandem/io/npy.h"
#include "tandem/io/zip.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/from_blob.h"

namespace tandem {
namespace {

/// Of DType's values, in their order.
constexpr std::string_view safetensors_names[dtype_count] = {"BOOL", "U8",  "I8",   "I16", "I32",
                                                             "I64",  "F16", "BF16", "F32", "F64"};

Tensor copy_of(std::span<const std::byte> bytes, const Dims& shape, DType dtype) {
  Tensor t = empty(shape, dtype);
  if (!bytes.empty()) std::memcpy(t.impl()->data, bytes.data(), bytes.size());
  return t;
}

/// A bool of any other byte than 0 and 1 is undefined behaviour in C++ and no element at all.
void check_booleans(std::string_view op, std::string_view source, std::string_view name,
                    std::span<const std::byte> bytes) {
  for (const std::byte b : bytes)
    if (b > std::byte{1})
      fail(ErrorCode::format, op, "'", source, "': boolean '", name, "' holds the byte ", int(b),
           "; expected 0 and 1");
}

/// In row-major order, and of a tensor that exists.
Tensor in_order(std::string_view op, const Tensor& tensor, std::string_view name) {
  if (!tensor) fail(ErrorCode::value, op, "'", name, "' is an undefined tensor");
  NoGrad off;
  return contiguous(tensor);
}
std::span<const std::byte> bytes_of(const Tensor& t) {
  return {t.impl()->data, size_t(t.numel()) * size_t(size_of(t.dtype()))};
}
std::vector<int64_t> shape_of(const Tensor& t) { return {t.shape().begin(), t.shape().end()}; }

struct NpyType {
  DType dtype;
  char kind;
};
constexpr NpyType npy_types[] = {
    {DType::boolean, 'b'}, {DType::u8, 'u'},  {DType::i8, 'i'},
    {DType::i16, 'i'},     {DType::i32, 'i'}, {DType::i64, 'i'},
    {DType::f16, 'f'},     {DType::f32, 'f'}, {DType::f64, 'f'},
};

Tensor tensor_of(const NpyArray& array, std::string_view source) {
  constexpr std::string_view op = "load_npy";
  const auto* type = std::ranges::find_if(npy_types, [&](const NpyType& t) {
    return t.kind == array.kind && size_of(t.dtype) == array.item_size;
  });
  if (type == std::end(npy_types))
    fail(ErrorCode::unsupported, op, "'", source, "' holds items of type '", array.kind,
         array.item_size, "', for which there is no dtype; convert it with astype() first");
  if (type->dtype == DType::boolean) check_booleans(op, source, "data", array.bytes);

  Dims shape{std::span(array.shape)};
  if (array.fortran_order) std::reverse(shape.begin(), shape.end());
  Tensor t = copy_of(array.bytes, shape, type->dtype);
  if (array.big_endian)
    swap_byte_order({t.impl()->data, array.bytes.size()}, size_t(array.item_size));
  if (!array.fortran_order) return t;
  Dims order;
  for (int d = shape.size(); d-- > 0;) order.push_back(d);
  return permute(t, order);
}

NpyArray npy_of(std::string_view op, const Tensor& t, std::string_view name) {
  const auto* type = std::ranges::find(npy_types, t.dtype(), &NpyType::dtype);
  if (type == std::end(npy_types))
    fail(ErrorCode::unsupported, op, "'", name, "' is ", t.dtype(), ", which NumPy has no type ",
         "for; cast it to float32 first");
  return {type->kind, size_of(t.dtype()), false, false, shape_of(t), bytes_of(t)};
}

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
  const Dims shape{std::span(entry.shape)};
  if (dtype == DType::boolean) check_booleans(op, source, entry.name, entry.bytes);
  const bool aligned = reinterpret_cast<uintptr_t>(entry.bytes.data()) % size_of(dtype) == 0;
  if (!file || !aligned || entry.bytes.empty()) return copy_of(entry.bytes, shape, dtype);
  const auto place = size_t(entry.bytes.data() - file->bytes().data());
  return from_blob(file->private_bytes().data() + place, shape, dtype, file);
}

SafetensorsEntry entry_of_tensor(std::string_view op, std::string_view name, Tensor& tensor) {
  tensor = in_order(op, tensor, name);
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

Tensor load_npy(const std::string& path) {
  const MappedFile file("load_npy", path);
  return tensor_of(parse_npy(file.bytes(), path), path);
}

void save_npy(const std::string& path, const Tensor& tensor) {
  const Tensor t = in_order("save_npy", tensor, path);
  write_npy(path, npy_of("save_npy", t, path));
}

NamedTensors load_npz(const std::string& path) {
  constexpr std::string_view op = "load_npz";
  const MappedFile file(op, path);
  NamedTensors tensors;
  for (const ZipEntry& entry : parse_zip(op, file.bytes(), path)) {
    const std::vector<std::byte> bytes = read_zip_entry(op, entry, path);
    const std::string_view name = entry.name;
    constexpr std::string_view ending = ".npy";
    const std::string source = text(path, ":", name);
    tensors.add(
        std::string(name.ends_with(ending) ? name.substr(0, name.size() - ending.size()) : name),
        tensor_of(parse_npy(bytes, source), source));
  }
  return tensors;
}

void save_npz(const std::string& path, const NamedTensors& tensors) {
  constexpr std::string_view op = "save_npz";
  ZipWriter writer(op, path);
  for (const auto& [name, tensor] : tensors) {
    const Tensor t = in_order(op, tensor, name);
    const std::string header = npy_header(npy_of(op, t, name));
    const std::span<const std::byte> parts[] = {std::as_bytes(std::span(header)), bytes_of(t)};
    writer.add(name + ".npy", parts);
  }
  writer.commit();
}

Tensor load_idx(const std::string& path) {
  const IdxArray array = read_idx(path);
  constexpr DType dtypes[] = {DType::u8, DType::i8, DType::i16, DType::i32, DType::f32, DType::f64};
  const auto* dtype = std::ranges::find(dtypes, array.dtype, [](DType t) { return name(t); });
  return copy_of(array.bytes, Dims{std::span(array.shape)}, *dtype);
}

}  // namespace tandem
