#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable table([] {
  const Tensor w = values({4, 3}), index = integers({3, 1, 3, 0}, {2, 2});
  const Tensor g = values({2, 2, 3}, -1, 1, 1);
  return std::vector<Sample>{
      {"embedding", {index, w}},
      {"embedding", {cast(index, int32), w}, {{"padding_idx", -1}}, false},
      {"embedding", {index, cast(w, float16)}},
      {.op = "embedding", .operands = {integers({4}), w}, .error = "index 4 at [0]"},
      {"embedding_backward", {g, index}, {{"num_embeddings", 5}}},
      {"embedding_backward", {g, index}, {{"num_embeddings", 4}, {"padding_idx", 1}}},
      {"embedding_backward", {cast(g, bfloat16), index}, {{"num_embeddings", 4}}},
  };
});

}  // namespace
}  // namespace tandem
