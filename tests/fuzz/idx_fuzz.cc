// Any bytes give an array or an error.
#include "tandem/base/error.h"
#include "tandem/io/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    tandem::parse_idx(std::as_bytes(std::span(data, size)), "input");
  } catch (const tandem::Error&) {
  }
  return 0;
}
