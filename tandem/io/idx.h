// IDX, the format of MNIST's files (http://yann.lecun.com/exdb/mnist): a type, a shape, the items.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct IdxArray {
  std::string_view dtype;  // u8, i8, i16, i32, f32, f64
  std::vector<int64_t> shape;
  std::vector<std::byte> bytes;  // in the machine's byte order
};

/// The content of a file, gzip or plain; `source` names it in errors. Error: code format when a
/// limit is passed, the file ends early or goes on after its last item.
IdxArray parse_idx(std::span<const std::byte> file, std::string_view source);
IdxArray read_idx(const std::string& path);

}  // namespace tandem
