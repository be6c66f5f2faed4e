// The pickle of a state_dict as torch.save writes it, for tests of whoever reads it.
#pragma once
#include <array>
#include <string>
#include <vector>

#include "tandem/io/torch_file.h"

namespace tandem {

/// OrderedDict of "w", float32[2, 3], and of "v", its second column.
inline std::string torch_state_pickle() {
  const auto word = [](std::string_view s) {
    std::string code = "X";
    code += char(s.size());
    code.append(3, '\0');
    return code += s;
  };
  const auto small = [](int n) { return std::string{'K', char(n)}; };
  const std::string storage =
      "(" + word("storage") + "ctorch\nFloatStorage\n" + word("0") + word("cpu") + small(6) + "tQ";
  const std::string hooks = "ccollections\nOrderedDict\n)R";
  const auto tensor = [&](int offset, const std::string& shape, const std::string& strides) {
    return "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + small(offset) + shape + strides +
           "\x89" + hooks + "tR";
  };
  return "\x80\x02"
         "ccollections\nOrderedDict\n)R(" +
         word("w") + tensor(0, small(2) + small(3) + "\x86", small(3) + small(1) + "\x86") +
         word("v") + tensor(1, small(2) + "\x85", small(3) + "\x85") + "u.";
}

inline constexpr std::array<float, 6> torch_state_values{1, 2, 3, 4, 5, 6};

/// The whole file.
inline std::string torch_state_file() {
  const TorchStorage storages[] = {{"0", std::as_bytes(std::span(torch_state_values))}};
  return torch_bytes(torch_state_pickle(), storages);
}

/// Reads everything in it, as a loader would.
inline void read_torch_file(std::span<const std::byte> bytes) {
  TorchFile file({bytes.begin(), bytes.end()}, "bytes");
  for (const PickleValue& value : file.pickle().values) {
    if (!value.is(PickleValue::Kind::call)) continue;
    if (!value.items[0]->text.starts_with("torch._utils _rebuild_tensor")) continue;
    const Tensor t = file.tensor(value);
    (void)t.to_vector<double>();  // every element is where it may be read
    (void)file.location(value);
  }
}

}  // namespace tandem
