#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable embedding_samples([] {
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
      {"embedding_bag", {index, w, Tensor(), Tensor()}},
      {"embedding_bag", {index, w, Tensor(), Tensor()}, {{"mode", "max"}, {"padding_idx", 1}}},
      {"embedding_bag",
       {integers({3, 1, 3, 0}), w, integers({0, 3, 3}), values({4}, 0.5, 2)},
       {{"mode", "sum"}}},
      {"embedding_bag",
       {integers({3, 1, 3, 0}), w, integers({0, 3, 4}), Tensor()},
       {{"include_last_offset", true}, {"padding_idx", -1}},
       false},
      {.op = "embedding_bag",
       .operands = {integers({3, 1}), w, Tensor(), Tensor()},
       .error = "needs offsets"},
      {.op = "embedding_bag",
       .operands = {integers({3, 1}), w, integers({1}), Tensor()},
       .error = "offsets[0] has to be 0"},
  };
});

}  // namespace
}  // namespace tandem
