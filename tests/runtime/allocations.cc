#include "tests/runtime/allocations.h"

#include <cstdlib>
#include <new>

std::atomic<int64_t> tandem::allocations{0};

void* operator new(std::size_t bytes) {
  ++tandem::allocations;
  if (void* p = std::malloc(bytes ? bytes : 1)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
