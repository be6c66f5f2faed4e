// Any bytes give entries or an error.
#include "tandem/base/error.h"
#include "tandem/io/zip.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    for (const auto& entry :
         tandem::parse_zip("fuzz", std::as_bytes(std::span(data, size)), "input"))
      tandem::read_zip_entry("fuzz", entry, "input");
  } catch (const tandem::Error&) {
  }
  return 0;
}
