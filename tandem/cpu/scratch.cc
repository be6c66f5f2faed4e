#include "tandem/cpu/scratch.h"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <vector>

#include "tandem/base/attempt.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace tandem::cpu {
namespace {

constexpr size_t line = 64;
constexpr size_t huge_page = size_t{1} << 21;

struct Free {
  void operator()(std::byte* data) const { std::free(data); }
};

/// One allocation of a thread's stack; a scope that needs more than its rest opens the next one.
struct Block {
  explicit Block(size_t at_least) {
    const size_t alignment = at_least >= huge_page ? huge_page : line;
    size = (at_least + alignment - 1) / alignment * alignment;
    data.reset(static_cast<std::byte*>(std::aligned_alloc(alignment, size)));
    if (!data) raise_out_of_memory("scratch", size);
#ifdef __linux__
    // Panels are read with long strides: huge pages spare the misses of the TLB.
    if (alignment == huge_page) madvise(data.get(), size, MADV_HUGEPAGE);
#endif
  }
  size_t size;
  std::unique_ptr<std::byte, Free> data;
};

struct Stack {
  std::vector<Block> blocks;
  size_t block = 0, used = 0;  // the top: in which block, and how much of it is taken
};

thread_local Stack stack;

}  // namespace

Scratch::Scratch() : block_(stack.block), used_(stack.used) {}

Scratch::~Scratch() {
  stack.block = block_;
  stack.used = used_;
  // Once all is free again, several blocks become one that would have held everything.
  if (block_ == 0 && used_ == 0 && stack.blocks.size() > 1) {
    size_t total = 0;
    for (const Block& block : stack.blocks) total += block.size;
    stack.blocks.clear();
    // Where that fails, the next kernel asks for what it needs and reports the error.
    static_cast<void>(capture([&] { stack.blocks.emplace_back(total); }));
  }
}

void* Scratch::bytes(size_t size) {
  size = (size + line - 1) / line * line;
  while (stack.block < stack.blocks.size() && stack.blocks[stack.block].size - stack.used < size) {
    ++stack.block;
    stack.used = 0;
  }
  if (stack.block == stack.blocks.size())
    stack.blocks.emplace_back(std::max(size, size_t{1} << 18));
  void* data = stack.blocks[stack.block].data.get() + stack.used;
  stack.used += size;
  return data;
}

}  // namespace tandem::cpu
