#include "tandem/io/npy.h"

#include <algorithm>
#include <charconv>

#include "tandem/base/error.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/file.h"

namespace tandem {
namespace {

constexpr std::string_view npy_op = "load_npy", magic = "\x93NUMPY";
constexpr size_t alignment = 64;

/// Reads the header, a Python dict such as {'descr': '<f4', 'fortran_order': False, 'shape': (3,)}.
class NpyHeaderReader {
 public:
  NpyHeaderReader(std::string_view header, std::string_view source)
      : rest_(header), source_(source) {}

  NpyArray read() {
    NpyArray array;
    bool descr = false, order = false, shape = false;
    expect('{');
    while (!take('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr" && !descr) {
        descr = true;
        set_type(array);
      } else if (key == "fortran_order" && !order) {
        order = true;
        array.fortran_order = truth();
      } else if (key == "shape" && !shape) {
        shape = true;
        set_shape(array);
      } else {
        reject(text("its header has the key '", key, "' too many"));
      }
      if (!take(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (!rest_.empty()) reject("its header goes on after the dict");
    if (!descr || !order || !shape) reject("its header needs descr, fortran_order and shape");
    return array;
  }
  [[noreturn]] void reject(const std::string& what) const {
    fail(ErrorCode::format, npy_op, "'", source_, "': ", what);
  }

 private:
  void skip_space() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size()));
  }
  bool take(char c) {
    skip_space();
    if (rest_.empty() || rest_[0] != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void expect(char c) {
    if (!take(c))
      reject(text("expected '", c, "' in its header, got ",
                  rest_.empty() ? "its end" : text("'", rest_.substr(0, 12), "'")));
  }
  std::string_view quoted() {
    skip_space();
    const char quote = rest_.empty() ? ' ' : rest_[0];
    if (quote != '\'' && quote != '"') reject("expected a string in its header");
    const size_t end = rest_.find(quote, 1);
    if (end == rest_.npos) reject("a string in its header does not end");
    const auto value = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return value;
  }
  bool truth() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (!rest_.starts_with(word)) continue;
      rest_.remove_prefix(word.size());
      return value;
    }
    reject("expected True or False for fortran_order");
  }
  void set_shape(NpyArray& array) {
    expect('(');
    while (!take(')')) {
      skip_space();
      int64_t dim = -1;
      const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), dim);
      if (error != std::errc() || dim < 0) reject("expected sizes of 0 or more in its shape");
      rest_.remove_prefix(size_t(end - rest_.data()));
      if (rest_.starts_with('L')) rest_.remove_prefix(1);  // as Python 2 wrote them
      array.shape.push_back(dim);
      if (!take(',')) {
        expect(')');
        break;
      }
    }
  }
  void set_type(NpyArray& array) {
    skip_space();
    if (rest_.starts_with('['))
      fail(ErrorCode::unsupported, npy_op, "'", source_,
           "' holds structures; expected one dtype for the whole array");
    const std::string_view type = quoted();
    const bool known = type.size() >= 3 && std::string_view("<>|=").find(type[0]) != type.npos;
    int size = 0;
    if (known) std::from_chars(type.data() + 2, type.data() + type.size(), size);
    array.big_endian = known && type[0] == '>';
    array.kind = known ? type[1] : ' ';
    array.item_size = size;
    const auto sizes = [&](std::initializer_list<int> allowed) {
      return std::ranges::count(allowed, size) > 0 && type.substr(2) == std::to_string(size);
    };
    const bool numbers = array.kind == 'b'                        ? sizes({1})
                         : array.kind == 'i' || array.kind == 'u' ? sizes({1, 2, 4, 8})
                         : array.kind == 'f'                      ? sizes({2, 4, 8})
                         : array.kind == 'c'                      ? sizes({8, 16})
                                                                  : false;
    if (!numbers)
      fail(ErrorCode::unsupported, npy_op, "'", source_, "' holds items of type '", type,
           "'; expected booleans, integers or floats of 16, 32 or 64 bits");
  }

  std::string_view rest_, source_;
};

}  // namespace

NpyArray parse_npy(std::span<const std::byte> file, std::string_view source) {
  NpyHeaderReader none({}, source);
  constexpr size_t start = 8;  // the magic and two bytes of version
  const auto* characters = reinterpret_cast<const char*>(file.data());
  if (file.size() < start || std::string_view(characters, magic.size()) != magic)
    none.reject("is no npy file: expected it to start with \\x93NUMPY");
  const int version = int(file[6]);
  if (version < 1 || version > 3 || file[7] != std::byte{0})
    none.reject(text("has version ", version, ".", int(file[7]), "; expected 1.0, 2.0 or 3.0"));
  const size_t length_size = version == 1 ? 2 : 4;
  if (file.size() < start + length_size) none.reject("is truncated in its header");
  const auto length = file.subspan(start);
  const size_t header_size =
      version == 1 ? read_little_endian<uint16_t>(length) : read_little_endian<uint32_t>(length);
  const auto rest = file.subspan(start + length_size);
  if (header_size > rest.size()) none.reject("is truncated in its header");

  NpyArray array =
      NpyHeaderReader({reinterpret_cast<const char*>(rest.data()), header_size}, source).read();
  int64_t size = array.item_size;
  bool overflow = false;
  for (const int64_t dim : array.shape) overflow |= __builtin_mul_overflow(size, dim, &size);
  if (std::ranges::count(array.shape, 0)) overflow = false, size = 0;
  array.bytes = rest.subspan(header_size);
  if (overflow || uint64_t(size) != array.bytes.size())
    none.reject(text("has ", array.bytes.size(), " bytes of data; its shape and type need ",
                     overflow ? "more than there can be" : std::to_string(size)));
  return array;
}

std::string npy_header(const NpyArray& array) {
  std::string shape;
  for (size_t i = 0; i < array.shape.size(); ++i)
    shape += text(i ? ", " : "", array.shape[i], array.shape.size() == 1 ? "," : "");
  std::string dict = text("{'descr': '",
                          array.item_size == 1 ? '|'
                          : array.big_endian   ? '>'
                                               : '<',
                          array.kind, array.item_size,
                          "', 'fortran_order': ", array.fortran_order ? "True" : "False",
                          ", 'shape': (", shape, "), }");
  constexpr size_t before = magic.size() + 4;  // version and length
  while ((before + dict.size() + 1) % alignment) dict += ' ';
  dict += '\n';
  std::string header(magic);
  header += '\1';
  header += '\0';
  append_little_endian(header, uint16_t(dict.size()));
  return header + dict;
}

void write_npy(const std::string& path, const NpyArray& array) {
  AtomicFile file("save_npy", path);
  file.write(npy_header(array));
  file.write(array.bytes);
  file.commit();
}

}  // namespace tandem
