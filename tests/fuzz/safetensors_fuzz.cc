// Any bytes give a result or an error; entries lie inside the file.
#include <cstdlib>

#include "tandem/base/error.h"
#include "tandem/io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto file = std::as_bytes(std::span(data, size));
  try {
    for (const auto& entry : tandem::parse_safetensors(file, "input").entries)
      if (!entry.bytes.empty() && (entry.bytes.data() < file.data() ||
                                   entry.bytes.data() + entry.bytes.size() > file.data() + size))
        std::abort();
  } catch (const tandem::Error&) {
  }
  return 0;
}
