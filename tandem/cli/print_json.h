// One line of JSON on standard output.
#pragma once
#include <cstdio>
#include <nlohmann/json.hpp>

namespace tandem::cli {

using Json = nlohmann::ordered_json;

/// Names in files may be no UTF-8.
inline void print_json(const Json& json) {
  std::printf("%s\n", json.dump(-1, ' ', false, Json::error_handler_t::replace).c_str());
}

}  // namespace tandem::cli
