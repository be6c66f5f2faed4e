// Pickles of one tensor, as PyTorch writes them, with what a test wants to be wrong.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct TorchPickle {
  int32_t numel = 4, offset = 0;
  std::vector<int32_t> size = {2, 2}, stride = {2, 1};
  std::string_view storage = "FloatStorage";

  std::string text() const { return "\x80\x02" + tensor() + "."; }
  /// A dict {"weight": tensor}.
  std::string state_dict() const { return "\x80\x02}" + word("weight") + tensor() + "s."; }

 private:
  static std::string number(int32_t n) {
    std::string s = "J";
    for (int i = 0; i < 4; ++i) s += char(uint32_t(n) >> (8 * i) & 0xff);
    return s;
  }
  static std::string numbers(const std::vector<int32_t>& values) {
    std::string s = "(";
    for (int32_t v : values) s += number(v);
    return s + "t";
  }
  static std::string word(std::string_view w) {
    return "X" + std::string(1, char(w.size())) + std::string(3, '\0') + std::string(w);
  }
  std::string tensor() const {
    return "ctorch._utils\n_rebuild_tensor_v2\n((" + word("storage") + "ctorch\n" +
           std::string(storage) + "\n" + word("0") + word("cpu") + number(numel) + "tQ" +
           number(offset) + numbers(size) + numbers(stride) + "\x89" +
           "ccollections\nOrderedDict\n)RtR";
  }
};

}  // namespace tandem
