#include "tandem/base/dims.h"

namespace tandem::detail {

void fail_rank(int64_t rank) {
  fail(ErrorCode::shape, "shape", "expected at most ", Dims::max_rank, " dims, got ", rank);
}

}  // namespace tandem::detail
