#include "tandem/io/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "tandem/base/error.h"

namespace tandem {

struct Inflater::State {
  z_stream stream{};
  std::span<const std::byte> rest;  // not yet given to zlib
  bool gzip = false, ended = false;
};

Inflater::Inflater(std::string_view op, std::string source, std::span<const std::byte> compressed,
                   Format format)
    : op_(op), source_(std::move(source)), state_(std::make_unique<State>()) {
  state_->rest = compressed;
  state_->gzip = format == Format::gzip;
  constexpr int window = 15, gzip_header = 16;  // a negative window: no header at all
  if (inflateInit2(&state_->stream, state_->gzip ? window + gzip_header : -window) != Z_OK)
    fail(ErrorCode::io, op_, "cannot decompress '", source_, "': out of memory");
}

Inflater::~Inflater() { inflateEnd(&state_->stream); }

size_t Inflater::read(std::span<std::byte> to) {
  z_stream& z = state_->stream;
  constexpr size_t most = std::numeric_limits<uInt>::max();
  size_t filled = 0;
  while (filled < to.size() && !state_->ended) {
    if (z.avail_in == 0) {
      const size_t take = std::min(most, state_->rest.size());
      z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(state_->rest.data()));
      z.avail_in = uInt(take);
      state_->rest = state_->rest.subspan(take);
    }
    const uInt room = uInt(std::min(most, to.size() - filled));
    z.next_out = reinterpret_cast<Bytef*>(to.data() + filled);
    z.avail_out = room;
    const int status = inflate(&z, Z_NO_FLUSH);
    filled += room - z.avail_out;
    if (status == Z_STREAM_END) {
      const bool another = state_->gzip && (z.avail_in > 0 || !state_->rest.empty());
      if (another)
        inflateReset(&z);
      else
        state_->ended = true;
    } else if (status == Z_BUF_ERROR) {
      fail(ErrorCode::format, op_, "'", source_, "' is truncated: its compressed data ends early");
    } else if (status != Z_OK) {
      fail(ErrorCode::format, op_, "'", source_,
           "' is damaged: ", z.msg ? z.msg : "its compressed data cannot be read");
    }
  }
  return filled;
}

void Inflater::read_all(std::span<std::byte> to) {
  const size_t got = read(to);
  if (got < to.size())
    fail(ErrorCode::format, op_, "'", source_, "' is truncated: expected ", to.size(),
         " more bytes, got ", got);
}

std::vector<std::byte> Inflater::read_bytes(int64_t size) {
  std::vector<std::byte> bytes;
  while (int64_t(bytes.size()) < size) {
    constexpr int64_t first = 1 << 20;
    const int64_t have = int64_t(bytes.size()), more = std::min(size - have, std::max(first, have));
    bytes.resize(size_t(have + more));
    read_all(std::span(bytes).last(size_t(more)));
  }
  return bytes;
}

void Inflater::expect_end() {
  std::byte extra;
  if (read({&extra, 1}) != 0)
    fail(ErrorCode::format, op_, "'", source_, "' holds more data than its header announces");
}

bool is_gzip(std::span<const std::byte> bytes) {
  return bytes.size() >= 2 && bytes[0] == std::byte{0x1f} && bytes[1] == std::byte{0x8b};
}

}  // namespace tandem
