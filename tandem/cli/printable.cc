#include "tandem/cli/printable.h"

namespace tandem::cli {
namespace {

/// Bytes of the UTF-8 character that begins the text; 0: none does.
std::size_t character_size(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  const std::size_t size = first < 0x80                     ? 1
                           : first >= 0xC2 && first < 0xE0  ? 2
                           : first >= 0xE0 && first < 0xF0  ? 3
                           : first >= 0xF0 && first <= 0xF4 ? 4
                                                            : 0;
  if (size == 0 || size > text.size()) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  return size;
}

}  // namespace

std::string printable(std::string_view text, bool lines) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string shown;
  while (!text.empty()) {
    const auto first = static_cast<unsigned char>(text[0]);
    const std::size_t size = character_size(text);
    // U+0080 to U+009F are control characters too.
    const bool second_block =
        size == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (size == 0) {
      shown += "\xEF\xBF\xBD";
    } else if (lines && (first == '\n' || first == '\t')) {
      shown += text[0];
    } else if (first == '\n') {
      shown += "\\n";
    } else if (first < ' ' || first == 0x7F || second_block) {
      const auto code = static_cast<unsigned char>(text[size - 1]);
      shown += {'\\', 'x', digits[code >> 4], digits[code & 15]};
    } else {
      shown += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return shown;
}

std::string excerpt(std::string_view text, std::size_t most) {
  std::size_t end = 0;
  for (std::size_t n = 0; end < text.size() && n < most; ++n) {
    const std::size_t size = character_size(text.substr(end));
    end += size == 0 ? 1 : size;
  }
  return printable(text.substr(0, end)) + (end < text.size() ? "…" : "");
}

}  // namespace tandem::cli
