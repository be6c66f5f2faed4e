// NumPy's array file, versions 1.0, 2.0 and 3.0 (numpy.lib.format), byte by byte.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// An array in memory: a npy file's, or one to be written.
struct NpyArray {
  char kind = 'f';  // 'b' boolean, 'i' integer, 'u' unsigned, 'f' floating, 'c' complex
  int item_size = 4;
  bool big_endian = false;
  bool fortran_order = false;  // the first dim runs fastest
  std::vector<int64_t> shape;
  std::span<const std::byte> bytes;
};

/// Reads untrusted bytes; bytes of the result are those of `file`. `source` names the file in
/// errors. Error: code format for what is no npy file, is truncated or too long; code unsupported
/// for Python objects, strings, dates and structures.
NpyArray parse_npy(std::span<const std::byte> file, std::string_view source);

/// What comes before the array's bytes; its length is a multiple of 64.
std::string npy_header(const NpyArray& array);

/// Writes the file atomically.
void write_npy(const std::string& path, const NpyArray& array);

}  // namespace tandem
