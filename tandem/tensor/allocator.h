// Where blocks of elements come from: the system, through a cache that all threads share.
//
// Small blocks (up to 4 KB) are kept by each thread in its BlockCache and come here only when that
// has none. Larger ones are kept here, by size class: a network's step asks for the same sizes
// again and again, and fresh pages from the system cost about 0.25 us for each 4 KB.
#pragma once
#include <cstddef>
#include <cstdint>

namespace tandem {

/// 64-byte aligned memory, uninitialized; from 2 MB on aligned to huge pages and advised to use
/// them. Error: code value, naming the size and what is allocated, when there is none.
void* allocate_bytes(std::size_t bytes);

/// `bytes` must be what was asked for. From any thread, at any time, static destruction included.
void free_bytes(void* memory, std::size_t bytes);

/// In bytes. Sizes count as rounded up to their class, at most an eighth more than was asked for.
/// Small blocks count while a thread holds them, in use or kept.
struct MemoryStats {
  int64_t allocated = 0;  // in use
  int64_t peak_allocated = 0;
  int64_t reserved = 0;  // held from the system: in use or kept for later
  int64_t peak_reserved = 0;
  int64_t allocations = 0;  // blocks of more than 4 KB asked for
  int64_t cache_hits = 0;   // of these, answered without the system
};
MemoryStats memory_stats();
/// The peaks begin again at what is held now.
void reset_peak_memory_stats();
/// Gives back to the system what is kept for later, here and by the calling thread.
void empty_cache();

/// What is kept never makes `reserved` exceed the most that was ever allocated by more than this
/// part of it, as reckoned whenever a large block comes or goes. empty_cache() begins the reckoning
/// anew.
inline constexpr double most_kept = 0.25;

}  // namespace tandem
