#include "tandem/base/error.h"

namespace tandem {

std::string_view name(ErrorCode code) {
  constexpr std::string_view names[] = {"shape",    "index", "dtype",  "value",
                                        "autograd", "io",    "format", "unsupported"};
  return names[int(code)];
}

void raise(ErrorCode code, std::string_view op, std::string_view message) {
  throw Error(code, op, message);
}

}  // namespace tandem
