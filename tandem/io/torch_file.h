// PyTorch's files (torch.save): a zip archive of one pickle and the bytes of each storage.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tandem/io/pickle.h"
#include "tandem/io/zip.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {

class MappedFile;

/// An opened file of PyTorch's. Nothing in it is run; tensors lie in the mapped file where they are
/// aligned, and those that share a storage there share it here.
class TorchFile {
 public:
  /// Errors: code io; code format for what is damaged; code unsupported for files of PyTorch before
  /// 1.6, TorchScript archives and big-endian ones.
  explicit TorchFile(const std::string& path);
  /// The same of bytes in memory; `source` names them in errors.
  TorchFile(std::vector<std::byte> bytes, std::string source);
  TorchFile(const TorchFile&) = delete;
  ~TorchFile();

  const Pickle& pickle() const { return pickle_; }

  /// The tensor that a call of torch._utils._rebuild_tensor* stands for. Errors: code format for
  /// places outside of its storage.
  Tensor tensor(const PickleValue& call);
  /// Where its storage was: "cpu", "cuda:0".
  std::string location(const PickleValue& call) const;

 private:
  struct Stored {
    DType dtype;      // of its elements; bytes of an untyped one
    std::string key;  // its entry is data/KEY
    std::string location;
    int64_t numel;
  };

  void open();
  std::span<const std::byte> entry(std::string_view name) const;
  Stored stored(const PickleValue& id, std::optional<DType> dtype) const;
  Tensor storage(const Stored& of);

  std::string source_;
  std::shared_ptr<MappedFile> file_;  // null where the bytes are in memory
  std::shared_ptr<std::vector<std::byte>> memory_;
  std::string name_;  // of the archive's folder
  std::unordered_map<std::string, ZipEntry> entries_;
  std::unordered_map<std::string, Tensor> storages_;
  Pickle pickle_;
};

/// The dtype of a name that pickles use: "torch float32", "torch FloatStorage"; none: no dtype.
std::optional<DType> dtype_of_torch(std::string_view name);
/// "FloatStorage"
std::string_view torch_storage(DType dtype);

/// A tensor over elements of a storage (of one dim) from `offset` on. Error: code format for places
/// outside of it.
Tensor tensor_in(const Tensor& storage, int64_t offset, const Dims& shape, const Dims& strides,
                 std::string_view source);

/// Reads a state_dict: a file that holds a dict of tensors by name, and nothing else. Errors: as of
/// TorchFile, and code unsupported, naming the first other thing in it.
NamedTensors load_torch(const std::string& path);

/// A storage to be written.
struct TorchStorage {
  std::string key;
  std::span<const std::byte> bytes;
};
/// Writes a file of a pickle and its storages, each aligned to 64 bytes; atomic.
void write_torch(const std::string& path, std::string_view pickle,
                 std::span<const TorchStorage> storages);
/// The same as bytes.
std::string torch_bytes(std::string_view pickle, std::span<const TorchStorage> storages);

}  // namespace tandem
