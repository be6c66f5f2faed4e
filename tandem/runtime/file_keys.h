// The words that a program file is made of.
#pragma once
#include <string_view>

#include "tandem/io/safetensors.h"

namespace tandem::runtime {

inline constexpr std::string_view file_version = "1";

// Keys of __metadata__; a key of anybody else's does not begin with `own_prefix`.
inline constexpr std::string_view own_prefix = "tandem.";
inline constexpr std::string_view version_key = "tandem.version";
inline constexpr std::string_view programs_key = "tandem.programs";
inline constexpr std::string_view signatures_key = "tandem.signatures";
inline constexpr std::string_view hashes_key = "tandem.sha256";
inline constexpr std::string_view signature_key = "tandem.signature";

// Beginnings of tensors' names; all others are state.
inline constexpr std::string_view constant_prefix = "constant:";  // then PROGRAM:NAME
inline constexpr std::string_view asset_prefix = "asset:";

/// Null where there is no such key.
const std::string* find_value(const Metadata& metadata, std::string_view key);
/// Error: code format.
const std::string& value_of(const Metadata& metadata, std::string_view key, std::string_view op,
                            std::string_view source);

/// Is it a program file, of whatever version?
inline bool is_program_file(const Metadata& metadata) { return find_value(metadata, version_key); }
/// Error: code format where it is none, code unsupported where it has another version.
void check_version(const Metadata& metadata, std::string_view op, std::string_view source);

}  // namespace tandem::runtime
