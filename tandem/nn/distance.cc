#include "tandem/nn/distance.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

Tensor PairwiseDistance::forward(const Tensor& x1, const Tensor& x2) {
  return pairwise_distance(x1, x2, options.p, options.eps, options.keepdim);
}
Tensor CosineSimilarity::forward(const Tensor& x1, const Tensor& x2) {
  return cosine_similarity(x1, x2, options.dim, options.eps);
}

}  // namespace tandem::nn
