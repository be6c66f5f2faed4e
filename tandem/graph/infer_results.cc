#include "tandem/graph/infer_results.h"

namespace tandem::graph {

std::vector<Type> infer_results(const AnyOp& op, Types operands) {
  std::vector<Type> results(std::size_t(op.info->results));
  Type* out[max_results];
  for (std::size_t r = 0; r < results.size(); ++r) out[r] = &results[r];
  op.info->infer(op.data(), operands, out);
  return results;
}

}  // namespace tandem::graph
