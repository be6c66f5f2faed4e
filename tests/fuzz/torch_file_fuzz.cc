// Any bytes give a file of PyTorch's, all of whose tensors can be read, or an error.
#include "tandem/base/error.h"
#include "tests/io/torch_state_pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  try {
    tandem::read_torch_file(std::as_bytes(std::span(data, size)));
  } catch (const tandem::Error&) {
  }
  return 0;
}
