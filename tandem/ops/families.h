// The one list of op families.
#pragma once
#include "tandem/ops/activation.h"
#include "tandem/ops/attention.h"
#include "tandem/ops/bitwise.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/create.h"
#include "tandem/ops/cross_entropy.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/embedding.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/gather.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/index.h"
#include "tandem/ops/join.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/loss.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/norm.h"
#include "tandem/ops/optimizer.h"
#include "tandem/ops/pool.h"
#include "tandem/ops/products.h"
#include "tandem/ops/random.h"
#include "tandem/ops/reduce.h"
#include "tandem/ops/rnn.h"
#include "tandem/ops/shape.h"
#include "tandem/ops/softmax.h"
#include "tandem/ops/trigonometry.h"
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
  f(GatherOps{});
  f(InPlaceOps{});
  f(ElementwiseOps{});
  f(ExponentialOps{});
  f(TrigonometryOps{});
  f(BitwiseOps{});
  f(CompareOps{});
  f(ActivationOps{});
  f(ReduceOps{});
  f(MatmulOps{});
  f(ProductOps{});
  f(OptimizerOps{});
  f(LinearOps{});
  f(SoftmaxOps{});
  f(CrossEntropyOps{});
  f(LossOps{});
  f(EmbeddingOps{});
  f(ConvOps{});
  f(PoolOps{});
  f(NormOps{});
  f(AttentionOps{});
  f(RnnOps{});
  f(RandomOps{});
}

}  // namespace tandem
