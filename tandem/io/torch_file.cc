#include "tandem/io/torch_file.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "tandem/tensor/apply.h"
#include "tandem/tensor/from_blob.h"

namespace tandem {
namespace {

using ValueKind = PickleValue::Kind;
constexpr std::string_view torch_file_op = "load";

struct DTypeNames {
  DType dtype;
  std::string_view name, storage;
};
constexpr DTypeNames dtype_names[] = {
    {DType::boolean, "bool", "BoolStorage"}, {DType::u8, "uint8", "ByteStorage"},
    {DType::i8, "int8", "CharStorage"},      {DType::i16, "int16", "ShortStorage"},
    {DType::i32, "int32", "IntStorage"},     {DType::i64, "int64", "LongStorage"},
    {DType::f16, "float16", "HalfStorage"},  {DType::bf16, "bfloat16", "BFloat16Storage"},
    {DType::f32, "float32", "FloatStorage"}, {DType::f64, "float64", "DoubleStorage"},
};

template <class... Parts>
[[noreturn]] void bad(std::string_view source, const Parts&... parts) {
  fail(ErrorCode::format, torch_file_op, "'", source, "' is damaged: ", parts...);
}

const PickleValue& item(std::string_view source, const PickleValue& of, size_t i, ValueKind kind) {
  if (i >= of.items.size() || !of.items[i]->is(kind))
    bad(source, "a tensor is not described as one");
  return *of.items[i];
}

Dims dims(std::string_view source, const PickleValue& tuple) {
  Dims d;
  for (const PickleValue* n : tuple.items) {
    if (!n->is(ValueKind::integer) || n->integer < 0) bad(source, "a size or stride is no number");
    d.push_back(n->integer);
  }
  return d;
}

std::string_view callee(const PickleValue& call) { return call.items[0]->text; }

/// What a tensor is made of: storage, offset, size, stride, and a dtype of its own.
struct Parts {
  const PickleValue& id;
  int64_t offset;
  Dims shape, strides;
  std::optional<DType> dtype;
};
Parts parts_of(std::string_view source, const PickleValue& call) {
  if (!call.is(ValueKind::call) || !callee(call).starts_with("torch._utils _rebuild_tensor"))
    bad(source, "a tensor is not described as one");
  const PickleValue& arguments = *call.items[1];
  const auto at = [&](size_t i, ValueKind kind) -> const PickleValue& {
    return item(source, arguments, i, kind);
  };
  const PickleValue& persistent = at(0, ValueKind::persistent);
  Parts parts{item(source, persistent, 0, ValueKind::tuple),
              at(1, ValueKind::integer).integer,
              dims(source, at(2, ValueKind::tuple)),
              dims(source, at(3, ValueKind::tuple)),
              {}};
  if (callee(call) == "torch._utils _rebuild_tensor_v3") {
    parts.dtype = dtype_of_torch(at(6, ValueKind::global).text);
    if (!parts.dtype)
      fail(ErrorCode::unsupported, torch_file_op, "'", source, "' holds a tensor of ",
           at(6, ValueKind::global).text, ", for which there is no dtype");
  }
  return parts;
}

}  // namespace

std::optional<DType> dtype_of_torch(std::string_view name) {
  for (const DTypeNames& names : dtype_names)
    if (name.starts_with("torch ") &&
        (name.substr(6) == names.name || name.substr(6) == names.storage))
      return names.dtype;
  return {};
}
std::string_view torch_storage(DType dtype) {
  return std::ranges::find(dtype_names, dtype, &DTypeNames::dtype)->storage;
}

Tensor tensor_in(const Tensor& storage, int64_t offset, const Dims& shape, const Dims& strides,
                 std::string_view source) {
  if (shape.size() != strides.size()) bad(source, "sizes and strides differ in number");
  check_size(torch_file_op, {storage.dtype(), shape});
  // The last element's place; every term is checked, so nothing overflows.
  const int64_t numel = storage.numel();
  bool empty = false;
  for (int64_t n : shape) empty |= n == 0;
  int64_t last = offset;
  bool inside = offset >= 0 && offset <= numel;
  for (int i = 0; inside && !empty && i < shape.size(); ++i) {
    const int64_t steps = shape[i] - 1, stride = strides[i];
    inside = steps == 0 || stride <= (numel - last) / steps;
    if (inside) last += steps * stride;
  }
  if (!inside || (!empty && last >= numel))
    bad(source, "a tensor of shape ", shape, " and strides ", strides, " from place ", offset,
        " reaches beyond its storage of ", numel, " elements");
  TensorImpl* t = new_impl();
  Tensor result = Tensor::adopt(t);
  t->type = {storage.dtype(), shape};
  t->strides = strides;
  t->contiguous = strides == contiguous_strides(shape);
  if (empty) set_contiguous_strides(shape, t->strides), t->contiguous = true;
  t->storage = storage.impl()->storage;
  retain(t->storage);
  t->data = storage.impl()->data + (empty ? 0 : offset * size_of(storage.dtype()));
  return result;
}

TorchFile::TorchFile(const std::string& path)
    : source_(path), file_(std::make_shared<MappedFile>(torch_file_op, path)) {
  open();
}
TorchFile::TorchFile(std::vector<std::byte> bytes, std::string source)
    : source_(std::move(source)),
      memory_(std::make_shared<std::vector<std::byte>>(std::move(bytes))) {
  open();
}
TorchFile::~TorchFile() = default;

void TorchFile::open() {
  const std::span<const std::byte> bytes =
      file_ ? file_->bytes() : std::span<const std::byte>(*memory_);
  if (bytes.size() < 2 || bytes[0] != std::byte('P') || bytes[1] != std::byte('K'))
    fail(ErrorCode::unsupported, torch_file_op, "'", source_,
         "' is no zip archive: files of PyTorch before 1.6 are not read; load it there and save it "
         "anew");
  for (ZipEntry& e : parse_zip(torch_file_op, bytes, source_)) {
    if (const size_t slash = e.name.find('/'); e.name.ends_with("/data.pkl") && name_.empty())
      name_ = e.name.substr(0, slash);
    std::string name = e.name;
    entries_.emplace(std::move(name), std::move(e));
  }
  if (name_.empty() || !entries_.contains(name_ + "/data.pkl"))
    fail(ErrorCode::format, torch_file_op, "'", source_, "' is a zip archive without a data.pkl");
  if (entries_.contains(name_ + "/constants.pkl"))
    fail(ErrorCode::unsupported, torch_file_op, "'", source_,
         "' is a TorchScript archive: save the module's state_dict() instead");
  if (entries_.contains(name_ + "/byteorder")) {
    const auto order = entry("byteorder");
    if (std::string_view(reinterpret_cast<const char*>(order.data()), order.size()) != "little")
      fail(ErrorCode::unsupported, torch_file_op, "'", source_,
           "' was written on a big-endian machine");
  }
  const ZipEntry& data = entries_.at(name_ + "/data.pkl");
  pickle_ = parse_pickle(torch_file_op, read_zip_entry(torch_file_op, data, source_), source_);
}

std::span<const std::byte> TorchFile::entry(std::string_view name) const {
  const auto found = entries_.find(name_ + "/" + std::string(name));
  if (found == entries_.end()) bad(source_, "there is no ", name);
  if (found->second.deflated) bad(source_, "its ", name, " is compressed");
  return found->second.stored;
}

TorchFile::Stored TorchFile::stored(const PickleValue& id, std::optional<DType> dtype) const {
  const auto at = [&](size_t i, ValueKind kind) -> const PickleValue& {
    return item(source_, id, i, kind);
  };
  if (at(0, ValueKind::string).text != "storage")
    bad(source_, "it refers to something outside of it");
  const std::string& type = at(1, ValueKind::global).text;
  const bool untyped = type == "torch UntypedStorage" || type == "torch.storage UntypedStorage";
  const auto own = untyped ? std::optional(dtype.value_or(DType::u8)) : dtype_of_torch(type);
  if (!own || !type.ends_with("Storage"))
    fail(ErrorCode::unsupported, torch_file_op, "'", source_, "' holds a storage of ", type,
         ", for which there is no dtype");
  int64_t numel = at(4, ValueKind::integer).integer;
  if (numel < 0) bad(source_, "a storage has ", numel, " elements");
  if (untyped) numel /= size_of(*own);
  return {*own, at(2, ValueKind::string).text, at(3, ValueKind::string).text, numel};
}

Tensor TorchFile::storage(const Stored& of) {
  const std::string name =
      text(of.key, ":", of.dtype);  // one of bytes may be seen as several dtypes
  if (const auto found = storages_.find(name); found != storages_.end()) return found->second;
  const auto bytes = entry("data/" + of.key);
  if (of.numel > int64_t(bytes.size()) / size_of(of.dtype))
    bad(source_, "storage ", of.key, " should have ", of.numel, " elements of ", of.dtype, ", its ",
        bytes.size(), " bytes hold fewer");
  if (of.dtype == DType::boolean)
    for (const std::byte b : bytes)
      if (b > std::byte{1}) bad(source_, "a bool holds the byte ", int(b));
  const auto all = file_ ? file_->private_bytes() : std::span<std::byte>(*memory_);
  std::byte* const data = all.data() + (bytes.data() - all.data());
  Tensor t;
  if (of.numel && reinterpret_cast<uintptr_t>(data) % uintptr_t(size_of(of.dtype)) == 0) {
    t = from_blob(data, {of.numel}, of.dtype,
                  file_ ? std::shared_ptr<void>(file_) : std::shared_ptr<void>(memory_));
  } else {
    t = empty({of.numel}, of.dtype);
    if (of.numel) std::memcpy(t.impl()->data, data, size_t(of.numel) * size_t(size_of(of.dtype)));
  }
  storages_.emplace(name, t);
  return t;
}

Tensor TorchFile::tensor(const PickleValue& call) {
  const Parts parts = parts_of(source_, call);
  return tensor_in(storage(stored(parts.id, parts.dtype)), parts.offset, parts.shape, parts.strides,
                   source_);
}
std::string TorchFile::location(const PickleValue& call) const {
  const Parts parts = parts_of(source_, call);
  return stored(parts.id, parts.dtype).location;
}

NamedTensors load_torch(const std::string& path) {
  TorchFile file(path);
  const PickleValue& root = *file.pickle().root;
  // An OrderedDict is a call without arguments, its state (or none) and then its items.
  const bool ordered = root.is(ValueKind::call) && callee(root) == "collections OrderedDict";
  if (!root.is(ValueKind::dict) && !ordered)
    fail(ErrorCode::unsupported, torch_file_op, "'", path,
         "' holds no state_dict: a dict of tensors by name");
  NamedTensors tensors;
  for (size_t i = ordered ? 3 : 0; i + 1 < root.items.size(); i += 2) {
    const PickleValue* value = root.items[i + 1];
    if (value->is(ValueKind::call) && callee(*value) == "torch._utils _rebuild_parameter" &&
        !value->items[1]->items.empty())
      value = value->items[1]->items[0];
    if (!root.items[i]->is(ValueKind::string) || !value->is(ValueKind::call) ||
        !callee(*value).starts_with("torch._utils _rebuild_tensor"))
      fail(ErrorCode::unsupported, torch_file_op, "'", path,
           "' holds more than tensors by name: ", root.items[i]->text);
    tensors.add(root.items[i]->text, file.tensor(*value));
  }
  return tensors;
}

namespace {

/// Into any ZipWriter: the entries that torch.load needs.
void write_entries(ZipWriter& zip, std::string_view pickle,
                   std::span<const TorchStorage> storages) {
  constexpr int64_t alignment = 64;
  const auto add = [&](const std::string& name, std::span<const std::byte> bytes) {
    zip.add("archive/" + name, std::array{bytes}, alignment);
  };
  const auto of = [](std::string_view s) { return std::as_bytes(std::span(s)); };
  add("data.pkl", of(pickle));
  add("byteorder", of("little"));
  for (const auto& [key, bytes] : storages) add("data/" + key, bytes);
  add("version", of("3\n"));
}

}  // namespace

void write_torch(const std::string& path, std::string_view pickle,
                 std::span<const TorchStorage> storages) {
  ZipWriter zip("save", path);
  write_entries(zip, pickle, storages);
  zip.commit();
}
std::string torch_bytes(std::string_view pickle, std::span<const TorchStorage> storages) {
  ZipWriter zip("save");
  write_entries(zip, pickle, storages);
  return zip.bytes();
}

}  // namespace tandem
