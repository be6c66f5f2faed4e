// The one list of op families, which is all ops.
#pragma once
#include "tandem/ops/activation.h"
#include "tandem/ops/arithmetic.h"
#include "tandem/ops/assemble.h"
#include "tandem/ops/attention.h"
#include "tandem/ops/bitwise.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/conv3d.h"
#include "tandem/ops/create.h"
#include "tandem/ops/cross_entropy.h"
#include "tandem/ops/ctc_loss.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/embedding.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/gather.h"
#include "tandem/ops/grid_sample.h"
#include "tandem/ops/group_norm.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/index.h"
#include "tandem/ops/join.h"
#include "tandem/ops/linalg.h"
#include "tandem/ops/linalg_norm.h"
#include "tandem/ops/linalg_solve.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/linear_cross_entropy.h"
#include "tandem/ops/loss.h"
#include "tandem/ops/margin_loss.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/norm.h"
#include "tandem/ops/optimizer.h"
#include "tandem/ops/pool.h"
#include "tandem/ops/pool3d.h"
#include "tandem/ops/products.h"
#include "tandem/ops/random.h"
#include "tandem/ops/rearrange.h"
#include "tandem/ops/reduce.h"
#include "tandem/ops/rnn.h"
#include "tandem/ops/scan.h"
#include "tandem/ops/shape.h"
#include "tandem/ops/softmax.h"
#include "tandem/ops/special.h"
#include "tandem/ops/statistics.h"
#include "tandem/ops/trigonometry.h"
#include "tandem/ops/upsample.h"
#include "tandem/ops/view.h"
#include "tandem/ops/windows.h"

namespace tandem {

template <class... Ops>
struct FamilyList {};

using Families =
    FamilyList<CreateOps, ViewOps, ShapeOps, JoinOps, IndexOps, GatherOps, InPlaceOps,
               ElementwiseOps, ExponentialOps, TrigonometryOps, BitwiseOps, CompareOps,
               ActivationOps, ReduceOps, ScanOps, MatmulOps, ProductOps, OptimizerOps, LinearOps,
               SoftmaxOps, CrossEntropyOps, LossOps, MarginLossOps, EmbeddingOps, RearrangeOps,
               UpsampleOps, ConvOps, PoolOps, NormOps, GroupNormOps, AttentionOps, RnnOps,
               ArithmeticOps, SpecialOps, StatisticsOps, AssembleOps, LinalgOps, LinalgSolveOps,
               LinalgNormOps, Pool3dOps, Conv3dOps, CtcLossOps, GridSampleOps,
               LinearCrossEntropyOps, WindowOps, RandomOps>;

}  // namespace tandem
