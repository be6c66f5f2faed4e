#include "tandem/tensor/allocator.h"

#include <pthread.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdlib>
#include <mutex>
#include <utility>

#include "tandem/base/error.h"
#include "tandem/tensor/block_cache.h"

namespace tandem {
namespace {

constexpr std::size_t line = 64, page = 4096, huge_page = std::size_t{2} << 20;
constexpr std::size_t small = 4096;  // up to here threads keep blocks themselves
constexpr std::size_t mapped = 256
                               << 10;  // from here on blocks are mapped, and unmapped when freed
constexpr std::size_t largest = std::size_t{1} << 46;

constexpr std::size_t round_up(std::size_t bytes, std::size_t unit) {
  return (bytes + unit - 1) / unit * unit;
}

/// A size and its number; eight to each power of two.
struct SizeClass {
  std::size_t bytes;
  int index;
};
constexpr SizeClass class_of(std::size_t bytes) {
  const int octave = std::bit_width(bytes - 1) - 1;  // bytes lies in (2^octave, 2^(octave+1)]
  const std::size_t step = std::size_t{1} << (octave - 3);
  const std::size_t rounded = round_up(bytes, step);
  return {rounded, (octave - 12) * 8 + int(rounded / step) - 9};
}
constexpr int classes = class_of(largest).index + 1;

/// A number of bytes and the most it has been.
class Gauge {
 public:
  void add(std::size_t bytes) {
    const int64_t now = now_.fetch_add(int64_t(bytes), std::memory_order_relaxed) + int64_t(bytes);
    for (int64_t peak = this->peak(); now > peak;)
      if (peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) break;
  }
  void subtract(std::size_t bytes) { now_.fetch_sub(int64_t(bytes), std::memory_order_relaxed); }
  int64_t now() const { return now_.load(std::memory_order_relaxed); }
  int64_t peak() const { return peak_.load(std::memory_order_relaxed); }
  void reset_peak() { peak_.store(now(), std::memory_order_relaxed); }

 private:
  std::atomic<int64_t> now_{0}, peak_{0};
};

void* from_system(std::size_t bytes) {
  const std::size_t alignment = bytes < mapped ? line : bytes < huge_page ? page : huge_page;
  if (bytes < mapped || !keeps_blocks) {
    void* memory = nullptr;
    return posix_memalign(&memory, alignment, bytes) ? nullptr : memory;
  }
  const std::size_t spare = alignment - page;
  void* all =
      mmap(nullptr, bytes + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (all == MAP_FAILED) return nullptr;
  std::byte* const begin = static_cast<std::byte*>(all);
  std::byte* const memory =
      begin + (alignment - reinterpret_cast<uintptr_t>(begin) % alignment) % alignment;
  if (memory != begin) munmap(begin, std::size_t(memory - begin));
  if (const std::size_t rest = spare - std::size_t(memory - begin)) munmap(memory + bytes, rest);
#ifdef MADV_HUGEPAGE
  // Batch norm's sweeps over activations run a third faster on huge pages. The part behind the
  // last whole one is left alone: it would cost up to 2 MB for a few bytes.
  if (bytes >= huge_page) madvise(memory, bytes / huge_page * huge_page, MADV_HUGEPAGE);
#endif
  return memory;
}

void to_system(void* memory, std::size_t bytes) {
  if (bytes < mapped || !keeps_blocks)
    std::free(memory);
  else
    munmap(memory, bytes);
}

/// Blocks of more than `small` bytes, of the sizes of their classes. Never destroyed, so tensors
/// may be freed by static destructors and by threads that end late.
class Cache {
 public:
  void* take(std::size_t requested) {
    const SizeClass size = class_of(requested);
    std::lock_guard lock(mutex_);
    ++allocations_;
    allocated_.add(size.bytes);
    if (Free* block = free_[size.index]) {
      ++hits_;
      return unlink(block);
    }
    watch_forks();
    highest_ = std::max(highest_, allocated_.now());
    trim(size.bytes);
    void* memory = from_system(size.bytes);
    if (!memory) {
      clear();
      memory = from_system(size.bytes);
    }
    if (!memory) {
      allocated_.subtract(size.bytes);
      return nullptr;
    }
    reserved_.add(size.bytes);
    return memory;
  }

  void give(void* memory, std::size_t requested) {
    const SizeClass size = class_of(requested);
    std::lock_guard lock(mutex_);
    allocated_.subtract(size.bytes);
    if (keeps_blocks) {
      link(new (memory) Free{.bytes = size.bytes, .index = size.index});
      trim(0);
    } else {
      reserved_.subtract(size.bytes);
      to_system(memory, size.bytes);
    }
  }

  void* take_small(std::size_t bytes) {
    bytes = round_up(std::max<std::size_t>(bytes, 1), line);
    void* memory = std::aligned_alloc(line, bytes);
    if (!memory) return nullptr;
    allocated_.add(bytes);
    reserved_.add(bytes);
    return memory;
  }
  void give_small(void* memory, std::size_t bytes) {
    bytes = round_up(std::max<std::size_t>(bytes, 1), line);
    allocated_.subtract(bytes);
    reserved_.subtract(bytes);
    std::free(memory);
  }

  void empty() {
    std::lock_guard lock(mutex_);
    clear();
    highest_ = allocated_.now();
  }
  MemoryStats stats() {
    std::lock_guard lock(mutex_);
    return {.allocated = allocated_.now(),
            .peak_allocated = allocated_.peak(),
            .reserved = reserved_.now(),
            .peak_reserved = reserved_.peak(),
            .allocations = allocations_,
            .cache_hits = hits_};
  }
  void reset_peaks() {
    std::lock_guard lock(mutex_);
    allocated_.reset_peak();
    reserved_.reset_peak();
  }

 private:
  /// Lies in the block that it describes, in the list of its class and in the list of all, by age.
  struct Free {
    std::size_t bytes;
    int index;
    Free *next = nullptr, *previous = nullptr;  // of the class, the newest first
    Free *older = nullptr, *newer = nullptr;
  };

  void link(Free* block) {
    Free*& first = free_[block->index];
    block->next = first;
    if (first) first->previous = block;
    first = block;
    block->older = newest_;
    (newest_ ? newest_->newer : oldest_) = block;
    newest_ = block;
  }
  void* unlink(Free* block) {
    (block->previous ? block->previous->next : free_[block->index]) = block->next;
    if (block->next) block->next->previous = block->previous;
    (block->newer ? block->newer->older : newest_) = block->older;
    (block->older ? block->older->newer : oldest_) = block->newer;
    return block;
  }
  void release_oldest() {
    const std::size_t bytes = oldest_->bytes;
    to_system(unlink(oldest_), bytes);
    reserved_.subtract(bytes);
  }
  /// Keeps within the bound, `coming` bytes from the system included.
  void trim(std::size_t coming) {
    const int64_t bound = int64_t(double(highest_) * (1 + most_kept)) - int64_t(coming);
    while (oldest_ && reserved_.now() > bound) release_oldest();
  }
  void clear() {
    while (oldest_) release_oldest();
  }

  /// A child of fork() must not inherit the mutex as another thread holds it.
  void watch_forks() {
    if (std::exchange(watches_forks_, true)) return;
    pthread_atfork([] { cache.mutex_.lock(); }, [] { cache.mutex_.unlock(); },
                   [] { cache.mutex_.unlock(); });
  }

 public:
  static Cache cache;

 private:
  std::mutex mutex_;
  Gauge allocated_, reserved_;
  int64_t highest_ = 0;  // allocated, since empty_cache(): what the bound is reckoned from
  int64_t allocations_ = 0, hits_ = 0;
  Free* free_[classes] = {};
  Free *newest_ = nullptr, *oldest_ = nullptr;
  bool watches_forks_ = false;
};
constinit Cache Cache::cache;

[[gnu::cold, gnu::noinline]] void out_of_memory(std::size_t bytes) {
  const MemoryStats s = memory_stats();
  fail(ErrorCode::memory, "allocate", "cannot allocate ", bytes, " bytes: ", s.allocated,
       " bytes are allocated and ", s.reserved - s.allocated,
       " kept for later. Free tensors, or use smaller ones");
}

}  // namespace

void* allocate_bytes(std::size_t bytes) {
  void* memory = bytes <= small     ? Cache::cache.take_small(bytes)
                 : bytes <= largest ? Cache::cache.take(bytes)
                                    : nullptr;
  if (!memory) out_of_memory(bytes);
  return memory;
}

void free_bytes(void* memory, std::size_t bytes) {
  if (bytes <= small)
    Cache::cache.give_small(memory, bytes);
  else
    Cache::cache.give(memory, bytes);
}

MemoryStats memory_stats() { return Cache::cache.stats(); }
void reset_peak_memory_stats() { Cache::cache.reset_peaks(); }
void empty_cache() {
  block_cache.clear();
  Cache::cache.empty();
}

}  // namespace tandem
