// Every allocation by C++ code in this test program is counted.
#pragma once
#include <atomic>
#include <cstdint>

namespace tandem {
extern std::atomic<int64_t> allocations;
}
