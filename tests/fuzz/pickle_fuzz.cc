// Any bytes as a pickle give values or an error.
#include "tandem/base/error.h"
#include "tandem/io/pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    tandem::parse_pickle("fuzz", std::as_bytes(std::span(data, size)), "input");
  } catch (const tandem::Error&) {
  }
  return 0;
}
