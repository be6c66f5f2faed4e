#include "tandem/io/tensor_files.h"

#include <algorithm>

#include "tandem/base/error.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"
#include "tandem/io/idx.h"
#include "tandem/io/npy.h"
#include "tandem/io/tensor_bytes.h"
#include "tandem/io/zip.h"
#include "tandem/ops/functions.h"

namespace tandem {
namespace {

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

  if (array.shape.size() > std::size_t(Dims::max_rank))
    fail(ErrorCode::unsupported, op, "'", source, "' has ", array.shape.size(),
         " dims; expected at most ", Dims::max_rank);
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

Tensor load_npy(const std::string& path) {
  const MappedFile file("load_npy", path);
  return tensor_of(parse_npy(file.bytes(), path), path);
}

void save_npy(const std::string& path, const Tensor& tensor) {
  const Tensor t = row_major("save_npy", tensor, path);
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
    const Tensor t = row_major(op, tensor, name);
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
