// The one list of op families.
#pragma once
#include "tandem/ops/activation.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/create.h"
#include "tandem/ops/cross_entropy.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/embedding.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/index.h"
#include "tandem/ops/join.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/loss.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/optimizer.h"
#include "tandem/ops/pool.h"
#include "tandem/ops/random.h"
#include "tandem/ops/reduce.h"
#include "tandem/ops/shape.h"
#include "tandem/ops/softmax.h"
#include "tandem/ops/view.h"

namespace tandem {

/// Calls f(List<Ops...>) for each family.
template <class F>
void for_each_family(F&& f) {
  f(CreateOps{});
  f(ViewOps{});
  f(ShapeOps{});
  f(JoinOps{});
  f(IndexOps{});
  f(InPlaceOps{});
  f(ElementwiseOps{});
  f(CompareOps{});
  f(ActivationOps{});
  f(ReduceOps{});
  f(MatmulOps{});
  f(OptimizerOps{});
  f(LinearOps{});
  f(SoftmaxOps{});
  f(CrossEntropyOps{});
  f(LossOps{});
  f(EmbeddingOps{});
  f(ConvOps{});
  f(PoolOps{});
  f(RandomOps{});
}

}  // namespace tandem
