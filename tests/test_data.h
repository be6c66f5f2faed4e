// Data that not every machine has.
#pragma once
#include <cstdlib>
#include <string>

namespace tandem {

/// The folder that TANDEM_DATA names; empty where it is unset, or set to nothing.
inline std::string test_data() {
  const char* folder = std::getenv("TANDEM_DATA");
  return folder ? folder : "";
}

}  // namespace tandem
