#include "tandem/io/safetensors.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_set>

#include "tandem/base/error.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"

namespace tandem {
namespace {

// Larger headers are refused, as the format's own reader does.
constexpr uint64_t max_header_size = 100'000'000;
constexpr size_t length_size = 8, data_alignment = 64;
constexpr std::string_view metadata_key = "__metadata__";

struct TypeBits {
  std::string_view dtype;
  int bits;
};
constexpr TypeBits type_bits[] = {
    {"BOOL", 8},    {"U8", 8},    {"I8", 8},      {"I16", 16},    {"U16", 16},
    {"F16", 16},    {"BF16", 16}, {"I32", 32},    {"U32", 32},    {"F32", 32},
    {"I64", 64},    {"U64", 64},  {"F64", 64},    {"C64", 64},    {"F8_E4M3", 8},
    {"F8_E5M2", 8}, {"F4", 4},    {"F8_E8M0", 8}, {"F6_E2M3", 6}, {"F6_E3M2", 6},
};

/// Bytes of dtype and shape, or -1: an unknown dtype, an overflow, or no whole number of bytes.
int64_t byte_size(std::string_view dtype, std::span<const int64_t> shape) {
  int64_t bits = safetensors_bits(dtype);
  if (bits == 0) return -1;
  for (int64_t dim : shape)
    if (dim < 0 || __builtin_mul_overflow(bits, dim, &bits)) return -1;
  return bits % 8 ? -1 : bits / 8;
}

std::string shape_text(std::span<const int64_t> shape) {
  std::string s = "[";
  for (size_t i = 0; i < shape.size(); ++i) append(s += i ? ", " : "", shape[i]);
  return s + "]";
}

/// Takes the header as the parser meets it, so that nothing is built that the format has no place
/// for and duplicate names are seen.
class HeaderReader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit HeaderReader(std::string_view source) : source_(source) {}

  struct Entry {
    SafetensorsEntry entry;
    uint64_t begin = 0, end = 0;
  };
  std::vector<Entry> entries;
  Metadata metadata;

  [[noreturn]] void reject(const std::string& what) const {
    fail(ErrorCode::format, "load_safetensors", "'", source_, "': ", what);
  }

  bool null() override { unexpected("null"); }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { unexpected("a fraction"); }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool number_unsigned(number_unsigned_t value) override {
    if (place_ == Place::shape) {
      if (value > uint64_t(INT64_MAX)) reject(text("a dim of '", name(), "' is too large"));
      entries.back().entry.shape.push_back(int64_t(value));
    } else if (place_ == Place::offsets && offsets_ < 2) {
      (offsets_++ ? entries.back().end : entries.back().begin) = value;
    } else {
      unexpected("a number");
    }
    return true;
  }
  bool string(string_t& value) override {
    if (place_ == Place::metadata)
      metadata.emplace_back(key_, std::move(value));
    else if (place_ == Place::entry && key_ == "dtype")
      entries.back().entry.dtype = std::move(value);
    else
      unexpected("a string");
    return true;
  }
  bool start_object(size_t) override {
    if (place_ == Place::start)
      place_ = Place::top;
    else if (place_ == Place::top && key_ == metadata_key)
      place_ = Place::metadata;
    else if (place_ == Place::top) {
      place_ = Place::entry;
      entries.emplace_back().entry.name = key_;
      keys_.clear();
    } else {
      unexpected("an object");
    }
    return true;
  }
  bool key(string_t& value) override {
    key_ = std::move(value);
    auto& seen = place_ == Place::top ? names_ : place_ == Place::metadata ? metadata_keys_ : keys_;
    if (!seen.insert(key_).second) reject(text("'", key_, "' occurs twice in the header"));
    if (place_ == Place::entry && key_ != "dtype" && key_ != "shape" && key_ != "data_offsets")
      reject(text("'", name(), "' has an unknown field '", key_, "'"));
    return true;
  }
  bool end_object() override {
    if (place_ == Place::entry) {
      if (keys_.size() != 3 || offsets_ != 2)
        reject(text("'", name(), "' needs dtype, shape and two data_offsets"));
      offsets_ = 0;
    }
    place_ = place_ == Place::top ? Place::start : Place::top;
    return true;
  }
  bool start_array(size_t) override {
    if (place_ == Place::entry && key_ == "shape")
      place_ = Place::shape;
    else if (place_ == Place::entry && key_ == "data_offsets")
      place_ = Place::offsets;
    else
      unexpected("a list");
    return true;
  }
  bool end_array() override {
    place_ = Place::entry;
    return true;
  }
  bool parse_error(size_t position, const std::string&,
                   const nlohmann::detail::exception&) override {
    reject(text("the header is no JSON: unexpected text at its byte ", position));
  }

 private:
  enum class Place { start, top, metadata, entry, shape, offsets };

  const std::string& name() const { return entries.back().entry.name; }
  [[noreturn]] void unexpected(std::string_view what) const {
    reject(text("the header holds ", what, " where the format has none",
                key_.empty() ? "" : text(" (at '", key_, "')")));
  }

  std::string_view source_;
  Place place_ = Place::start;
  std::string key_;
  int offsets_ = 0;
  std::unordered_set<std::string> names_, metadata_keys_, keys_;
};

}  // namespace

int safetensors_bits(std::string_view dtype) {
  const auto* found = std::ranges::find(type_bits, dtype, &TypeBits::dtype);
  return found == std::end(type_bits) ? 0 : found->bits;
}

SafetensorsContent parse_safetensors(std::span<const std::byte> file, std::string_view source) {
  HeaderReader reader(source);
  if (file.size() < length_size)
    reader.reject(text("expected at least 8 bytes, got ", file.size()));
  const auto header_size = read_little_endian<uint64_t>(file);
  const auto rest = file.subspan(length_size);
  if (header_size > max_header_size)
    reader.reject(text("a header of ", header_size, " bytes; expected at most ", max_header_size,
                       " (is it a safetensors file?)"));
  if (header_size > rest.size())
    reader.reject(text("is truncated: its header has ", header_size, " bytes, the file only ",
                       rest.size(), " after its length"));
  const auto header = rest.first(size_t(header_size));
  if (header.empty() || header[0] != std::byte{'{'})
    reader.reject("expected its header to start with '{'");
  // The parser takes a zero for the end of its text, and would not look behind it.
  if (const auto zero = std::ranges::find(header, std::byte{0}); zero != header.end())
    reader.reject(text("the header is no JSON: a zero at its byte ", zero - header.begin() + 1));
  const auto* characters = reinterpret_cast<const char*>(header.data());
  nlohmann::json::sax_parse(characters, characters + header.size(), &reader);

  auto& found = reader.entries;
  std::ranges::sort(found, [](const auto& a, const auto& b) {
    return std::pair(a.begin, a.end) < std::pair(b.begin, b.end);
  });
  const auto data = rest.subspan(size_t(header_size));
  uint64_t at = 0;
  SafetensorsContent content{.entries = {}, .metadata = std::move(reader.metadata)};
  content.entries.reserve(found.size());
  for (auto& [entry, begin, end] : found) {
    const auto about = [&](const auto&... parts) {
      reader.reject(text("'", entry.name, "' ", parts...));
    };
    if (safetensors_bits(entry.dtype) == 0) about("has an unknown dtype '", entry.dtype, "'");
    if (begin != at)
      about(begin < at ? "overlaps the tensor before it" : "leaves a gap before it",
            ": it starts at ", begin, ", expected ", at);
    if (end < begin || end > data.size())
      about("lies in ", begin, "..", end, ", the file's data in 0..", data.size(),
            end > data.size() ? " (is it truncated?)" : "");
    const int64_t size = byte_size(entry.dtype, entry.shape);
    if (size < 0 || uint64_t(size) != end - begin)
      about("has ", end - begin, " bytes, which do not make ", entry.dtype, " of shape ",
            shape_text(entry.shape));
    entry.bytes = data.subspan(size_t(begin), size_t(end - begin));
    at = end;
    content.entries.push_back(std::move(entry));
  }
  if (at != data.size())
    reader.reject(text("holds ", data.size() - at, " bytes that belong to no tensor"));
  return content;
}

void write_safetensors(const std::string& path, std::span<const SafetensorsEntry> entries,
                       const Metadata& metadata) {
  constexpr std::string_view op = "save_safetensors";
  using Json = nlohmann::ordered_json;

  std::vector<size_t> order(entries.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::sort(order, [&](size_t a, size_t b) {
    return std::pair(-safetensors_bits(entries[a].dtype), a) <
           std::pair(-safetensors_bits(entries[b].dtype), b);
  });

  // Written by parts: ordered_json looks keys up one after the other.
  std::string header = "{";
  std::unordered_set<std::string_view> names, keys;
  const auto quoted = [op](const std::string& s) {
    // What is no UTF-8 is replaced, and so comes back as another text.
    std::string json = Json(s).dump(-1, ' ', false, Json::error_handler_t::replace);
    if (Json::parse(json).get<std::string>() != s)
      fail(ErrorCode::value, op, "names and metadata must be UTF-8; got '", s, "'");
    return json;
  };
  if (!metadata.empty()) {
    header += text(quoted(std::string(metadata_key)), ":{");
    for (const auto& [key, value] : metadata) {
      if (!keys.insert(key).second) fail(ErrorCode::value, op, "metadata has '", key, "' twice");
      header += text(keys.size() > 1 ? "," : "", quoted(key), ":", quoted(value));
    }
    header += '}';
  }
  uint64_t at = 0;
  for (size_t i : order) {
    const auto& e = entries[i];
    if (e.name == metadata_key || !names.insert(e.name).second)
      fail(ErrorCode::value, op, "the name '", e.name, "' is ",
           e.name == metadata_key ? "reserved" : "given twice");
    if (byte_size(e.dtype, e.shape) != int64_t(e.bytes.size()))
      fail(ErrorCode::value, op, "'", e.name, "' has ", e.bytes.size(),
           " bytes, which do not make ", e.dtype, " of shape ", shape_text(e.shape));
    header += text(header.size() > 1 ? "," : "", quoted(e.name), R"(:{"dtype":")", e.dtype,
                   R"(","shape":)", Json(e.shape).dump(), R"(,"data_offsets":[)", at, ",",
                   at + e.bytes.size(), "]}");
    at += e.bytes.size();
  }
  header += '}';
  while ((length_size + header.size()) % data_alignment) header += ' ';
  if (header.size() > max_header_size)
    fail(ErrorCode::value, op, "names and metadata make a header of ", header.size(),
         " bytes; expected at most ", max_header_size);

  AtomicFile file(op, path);
  std::string length;
  append_little_endian(length, uint64_t(header.size()));
  file.write(length);
  file.write(header);
  for (size_t i : order) file.write(entries[i].bytes);
  file.commit();
}

}  // namespace tandem
