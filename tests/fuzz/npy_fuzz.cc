// Any bytes give an array or an error; what is read is written as it was.
#include <algorithm>
#include <cstdlib>

#include "tandem/base/error.h"
#include "tandem/io/npy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    const auto array = tandem::parse_npy(std::as_bytes(std::span(data, size)), "input");
    std::string again = tandem::npy_header(array);
    again.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
    const auto copy = tandem::parse_npy(std::as_bytes(std::span(again)), "copy");
    if (copy.shape != array.shape || !std::ranges::equal(copy.bytes, array.bytes)) std::abort();
  } catch (const tandem::Error&) {
  }
  return 0;
}
