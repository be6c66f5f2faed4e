#include "tandem/cpu/epilogue.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"

namespace tandem::cpu {

void run_on_all(const Epilogue& epilogue, int64_t rows, int64_t columns) {
  constexpr int64_t parallel_grain = 16384;  // elements: less is not worth a fork
  parallel_for(rows, std::max<int64_t>(1, parallel_grain / std::max<int64_t>(1, columns)),
               [&](int64_t begin, int64_t end) { epilogue.run({begin, end, 0, columns}); });
}

}  // namespace tandem::cpu
