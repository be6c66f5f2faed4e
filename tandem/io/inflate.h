// Decompression of untrusted deflate streams (RFC 1951), bare or in gzip (RFC 1952).
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

/// No deflate stream grows more than this many times (zlib's technical notes): a longer announced
/// size is a lie, found before memory is taken for it.
inline constexpr int64_t max_inflate_ratio = 1032;

/// Takes a stream apart piece by piece, so that the reader decides how much memory it may cost.
class Inflater {
 public:
  enum class Format { deflate, gzip };
  /// `compressed` must outlive this; `op` and `source` (a path, say) name it in errors.
  Inflater(std::string_view op, std::string source, std::span<const std::byte> compressed,
           Format format);
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater();

  /// Fills `to` as far as the stream reaches; fewer bytes mean that it has ended. A gzip file may
  /// have several members. Error: code format for a damaged or truncated stream.
  size_t read(std::span<std::byte> to);
  /// Fills `to` whole; a stream that is too short is an error of code format.
  void read_all(std::span<std::byte> to);
  /// The next `size` bytes. Memory is taken as they come, not as they are announced.
  std::vector<std::byte> read_bytes(int64_t size);
  /// An error of code format unless the stream ends here.
  void expect_end();

 private:
  struct State;
  std::string op_, source_;
  std::unique_ptr<State> state_;
};

/// Does it start as a gzip file does?
bool is_gzip(std::span<const std::byte> bytes);

}  // namespace tandem
