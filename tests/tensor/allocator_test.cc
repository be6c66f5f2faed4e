#include "tandem/tensor/allocator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "tandem/tensor/tensor.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

constexpr std::size_t megabyte = 1 << 20;

TEST(Allocator, BlocksAreAlignedAndApart) {
  struct Block {
    unsigned char* data;
    std::size_t bytes;
    unsigned char mark;
  };
  std::vector<Block> blocks;
  std::mt19937 random(1);
  for (int round = 0; round < 2000; ++round) {
    const std::size_t bytes = std::size_t(1) << (random() % 22);
    const std::size_t exact = bytes + random() % (bytes + 1);
    auto* data = static_cast<unsigned char*>(allocate_bytes(exact));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % 64, 0u);
    if (exact >= 2 * megabyte) EXPECT_EQ(reinterpret_cast<uintptr_t>(data) % (2 * megabyte), 0u);
    blocks.push_back({data, exact, static_cast<unsigned char>(round)});
    data[0] = data[exact - 1] = blocks.back().mark;
    if (blocks.size() > 40) {
      const std::size_t i = random() % blocks.size();
      EXPECT_EQ(blocks[i].data[0], blocks[i].mark);
      EXPECT_EQ(blocks[i].data[blocks[i].bytes - 1], blocks[i].mark);
      free_bytes(blocks[i].data, blocks[i].bytes);
      blocks.erase(blocks.begin() + std::ptrdiff_t(i));
    }
    const MemoryStats s = memory_stats();
    // The bound is kept whenever a large block comes or goes; small ones may come in between.
    ASSERT_LE(double(s.reserved), (1 + most_kept) * double(s.peak_allocated) + 64 * 4096);
    ASSERT_GE(s.reserved, s.allocated);
  }
  for (const Block& b : blocks) free_bytes(b.data, b.bytes);
}

TEST(Allocator, CountsAndReuses) {
  empty_cache();
  const MemoryStats before = memory_stats();
  EXPECT_EQ(before.reserved, before.allocated);
  const std::size_t bytes = 10 * megabyte;
  void* first = allocate_bytes(bytes);
  EXPECT_GE(memory_stats().allocated - before.allocated, int64_t(bytes));
  EXPECT_LE(memory_stats().allocated - before.allocated, int64_t(bytes + bytes / 8));
  free_bytes(first, bytes);
  EXPECT_EQ(memory_stats().allocated, before.allocated);
  if (keeps_blocks) EXPECT_GE(memory_stats().reserved - before.reserved, int64_t(bytes));
  void* second = allocate_bytes(bytes - 1000);  // the same class
  const MemoryStats after = memory_stats();
  EXPECT_EQ(after.allocations - before.allocations, 2);
  EXPECT_EQ(after.cache_hits - before.cache_hits, keeps_blocks ? 1 : 0);
  if (keeps_blocks) EXPECT_EQ(first, second);
  free_bytes(second, bytes - 1000);
  EXPECT_GE(memory_stats().peak_allocated, after.allocated);
  reset_peak_memory_stats();
  EXPECT_EQ(memory_stats().peak_allocated, memory_stats().allocated);
  empty_cache();
  EXPECT_EQ(memory_stats().reserved, memory_stats().allocated);
}

TEST(Allocator, SizeClassesWasteAtMostAnEighth) {
  for (std::size_t bytes = 4097; bytes < 64 * megabyte; bytes += bytes / 37 + 1) {
    const int64_t before = memory_stats().allocated;
    void* block = allocate_bytes(bytes);
    const int64_t taken = memory_stats().allocated - before;
    EXPECT_GE(taken, int64_t(bytes));
    EXPECT_LE(taken, int64_t(bytes + bytes / 8));
    free_bytes(block, bytes);
  }
}

TEST(Allocator, OutOfMemoryNamesTheSize) {
  EXPECT_ERROR(empty({int64_t{1} << 58}), ErrorCode::memory, "cannot allocate 1152921504606847");
  EXPECT_THAT(error_of([&] { empty({int64_t{1} << 58}); }), ::testing::HasSubstr("are allocated"));
  // Sizes whose product overflows are no small tensor.
  EXPECT_THROW(empty({int64_t{1} << 40, int64_t{1} << 40}), Error);
}

TEST(Allocator, ThreadsFreeWhatOthersMade) {
  const int64_t before = memory_stats().allocated;
  for (int round = 0; round < 3; ++round) {
    std::vector<Tensor> made(64);
    std::thread maker([&] {
      for (std::size_t i = 0; i < made.size(); ++i) made[i] = empty({int64_t(1) << (i % 16)});
    });
    maker.join();
    std::vector<std::thread> threads;
    for (std::size_t k = 0; k < 4; ++k)
      threads.emplace_back([&, k] {
        for (std::size_t i = k; i < made.size(); i += 4) {
          std::memset(made[i].impl()->data, 1, std::size_t(made[i].nbytes()));
          made[i] = empty({int64_t(i + 1) * 500});
          made[i] = Tensor();
        }
      });
    for (std::thread& t : threads) t.join();
  }
  block_cache.clear();
  EXPECT_LE(memory_stats().allocated, before);
}

TEST(Allocator, TensorsMayDieAfterTheThreadsCache) {
  const int64_t before = memory_stats().allocated;
  std::thread([] {
    // Constructed before the cache registers its own end, so destroyed after it.
    static thread_local Tensor small, large;
    small = Tensor();
    small = empty({4});
    large = empty({1 << 16});
  }).join();
  EXPECT_LE(memory_stats().allocated, before);
}

}  // namespace
}  // namespace tandem
