#include "tandem/tensor/block_cache.h"

#include "tandem/tensor/allocator.h"

namespace tandem {

void* BlockCache::take_new(std::size_t bytes) {
  if (!registered_) close_at_thread_exit();
  return allocate_bytes(bytes);
}

void BlockCache::give_back(void* memory, std::size_t bytes) { free_bytes(memory, bytes); }

void BlockCache::clear() {
  for (std::size_t c = 0; c < classes; ++c) {
    while (Block* block = free_[c]) {
      free_[c] = block->next;
      free_bytes(block, (c + 1) * grain);
      ++room_[c];
    }
  }
}

void BlockCache::close_at_thread_exit() {
  registered_ = true;
  // Tensors that die later in this thread's exit find no room and go back directly.
  struct AtExit {
    ~AtExit() {
      block_cache.clear();
      block_cache.room_ = {};
    }
  };
  static thread_local AtExit at_exit;
  (void)at_exit;
}

}  // namespace tandem
