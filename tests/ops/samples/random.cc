#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable random_samples([] {
  const Tensor state = Generator(1).get_state();
  const Dims size{2, 3};
  return std::vector<Sample>{
      {"uniform", {state}, {{"size", size}}},
      {"normal", {state}, {{"size", size}}},
      {"trunc_normal", {state}, {{"size", size}}},
      {"exponential", {state}, {{"size", size}}},
      {"randint", {state}, {{"low", 2}, {"high", 9}, {"size", size}}},
      {"random", {state}, {{"size", size}}},
      {"randperm", {state}, {{"n", 5}}},
      {"bernoulli_mask", {state}, {{"size", size}, {"p", 0.5}}},
      {"bernoulli", {state, values({2, 3}, 0, 1)}},
      {"multinomial", {state, values({4}, 0, 1)}, {{"num_samples", 2}}},
  };
});

}  // namespace
}  // namespace tandem
