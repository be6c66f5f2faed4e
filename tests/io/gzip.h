// Compresses for tests.
#pragma once
#include <zlib.h>

#include <string>
#include <string_view>

namespace tandem {

/// window_bits: 31 for gzip, -15 for a bare deflate stream.
inline std::string compressed(std::string_view text, int window_bits = 31) {
  z_stream z{};
  deflateInit2(&z, 9, Z_DEFLATED, window_bits, 9, Z_DEFAULT_STRATEGY);
  std::string to(deflateBound(&z, text.size()) + 32, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = uInt(text.size());
  z.next_out = reinterpret_cast<Bytef*>(to.data());
  z.avail_out = uInt(to.size());
  deflate(&z, Z_FINISH);
  to.resize(z.total_out);
  deflateEnd(&z);
  return to;
}

}  // namespace tandem
