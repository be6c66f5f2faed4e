#include "tandem/io/idx.h"

#include <algorithm>
#include <optional>

#include "tandem/base/error.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"
#include "tandem/io/inflate.h"

namespace tandem {
namespace {

constexpr std::string_view idx_op = "read_idx";

struct ItemType {
  std::byte code;
  std::string_view dtype;
  size_t size;
};
constexpr ItemType item_types[] = {{std::byte{0x08}, "u8", 1},  {std::byte{0x09}, "i8", 1},
                                   {std::byte{0x0b}, "i16", 2}, {std::byte{0x0c}, "i32", 4},
                                   {std::byte{0x0d}, "f32", 4}, {std::byte{0x0e}, "f64", 8}};

/// A gzip file may not decompress to more than this.
constexpr int64_t max_inflated_size = int64_t{4} << 30;

/// The bytes of the file, decompressed on the way where they must be.
class Source {
 public:
  Source(std::span<const std::byte> file, std::string_view name) : rest_(file), name_(name) {
    if (is_gzip(file)) inflater_.emplace(idx_op, name_, file, Inflater::Format::gzip);
  }
  /// What the file can hold at most.
  int64_t most() const {
    const int64_t size = int64_t(rest_.size());
    return !inflater_                                     ? size
           : size < max_inflated_size / max_inflate_ratio ? size * max_inflate_ratio
                                                          : max_inflated_size;
  }
  std::vector<std::byte> read(int64_t size) {
    if (inflater_) return inflater_->read_bytes(size);
    if (int64_t(rest_.size()) < size)
      fail(ErrorCode::format, idx_op, "'", name_, "' is truncated: expected ", size,
           " more bytes, got ", rest_.size());
    const auto taken = rest_.first(size_t(size));
    rest_ = rest_.subspan(size_t(size));
    return {taken.begin(), taken.end()};
  }
  void expect_end() {
    if (inflater_) return inflater_->expect_end();
    if (!rest_.empty())
      fail(ErrorCode::format, idx_op, "'", name_, "' holds ", rest_.size(),
           " bytes more than its header announces");
  }

 private:
  std::span<const std::byte> rest_;
  std::string name_;
  std::optional<Inflater> inflater_;
};

}  // namespace

IdxArray parse_idx(std::span<const std::byte> file, std::string_view source) {
  Source in(file, source);
  const auto magic = in.read(4);
  const auto* type = std::ranges::find(item_types, magic[2], &ItemType::code);
  if (magic[0] != std::byte{0} || magic[1] != std::byte{0} || type == std::end(item_types))
    fail(ErrorCode::format, idx_op, "'", source,
         "' is no IDX file: expected it to start with 0 0 and ",
         "a type 8, 9, 11, 12, 13 or 14; got ", int(magic[0]), " ", int(magic[1]), " ",
         int(magic[2]));

  IdxArray array;
  array.dtype = type->dtype;
  int64_t size = int64_t(type->size);
  for (int i = 0; i < int(magic[3]); ++i) {
    array.shape.push_back(read_big_endian<uint32_t>(in.read(4)));
    if (__builtin_mul_overflow(size, array.shape.back(), &size)) size = INT64_MAX;
  }
  // A zero among the dims may follow an overflow: the product is then 0 all the same.
  if (std::ranges::count(array.shape, 0)) size = 0;
  if (size > in.most())
    fail(ErrorCode::format, idx_op, "'", source, "' announces more items than a file of ",
         file.size(), " bytes can hold");
  array.bytes = in.read(size);
  in.expect_end();
  swap_byte_order(array.bytes, type->size);
  return array;
}

IdxArray read_idx(const std::string& path) {
  return parse_idx(MappedFile(idx_op, path).bytes(), path);
}

}  // namespace tandem
