#include "tandem/runtime/file_keys.h"

#include <algorithm>

#include "tandem/base/error.h"

namespace tandem::runtime {

const std::string* find_value(const Metadata& metadata, std::string_view key) {
  const auto it = std::ranges::find(metadata, key, &Metadata::value_type::first);
  return it == metadata.end() ? nullptr : &it->second;
}

const std::string& value_of(const Metadata& metadata, std::string_view key, std::string_view op,
                            std::string_view source) {
  if (const std::string* value = find_value(metadata, key)) return *value;
  fail(ErrorCode::format, op, "'", source, "': its metadata has no '", key, "'");
}

void check_version(const Metadata& metadata, std::string_view op, std::string_view source) {
  const std::string* version = find_value(metadata, version_key);
  if (!version)
    fail(ErrorCode::format, op, "'", source,
         "' is a safetensors file without programs; load_safetensors() reads its tensors");
  if (*version != file_version)
    fail(ErrorCode::unsupported, op, "'", source, "' has version '", version->substr(0, 20),
         "' of the format; expected ", file_version, ". Was it written by a newer Tandem?");
}

}  // namespace tandem::runtime
