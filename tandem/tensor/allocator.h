// Where blocks of elements come from.
#pragma once
#include <cstddef>

namespace tandem {

/// 64-byte aligned memory, uninitialized. Error: code value, naming the size, when there is none.
void* allocate_bytes(std::size_t bytes);

/// `bytes` must be what was asked for.
void free_bytes(void* memory, std::size_t bytes);

}  // namespace tandem
