// SHA-256 of everything in a program file.
#pragma once
#include <span>
#include <string>
#include <string_view>

#include "tandem/io/safetensors.h"

namespace tandem::runtime {

/// {"__metadata__":"…","conv1.weight":"…"}: of each tensor's bytes, and of the rest of the file:
/// metadata (without hashes and signature), and the names, dtypes and shapes of the tensors. A
/// tensor cannot be named __metadata__. Tensors are hashed side by side on the thread pool.
std::string hashes_json(std::span<const SafetensorsEntry> entries, const Metadata& metadata);

/// Error: code format, naming the first tensor that differs, unless the file's hashes are those of
/// its content.
void check_hashes(const SafetensorsContent& content, std::string_view op, std::string_view source);

}  // namespace tandem::runtime
