#include "tandem/ops/registry.h"

#include <algorithm>

#include "tandem/ops/define.h"

namespace tandem {

template <class... Ops>
struct FamilyList {
  static std::vector<const OpInfo*> ops() {
    std::vector<const OpInfo*> all;
    (std::ranges::copy(Family<Ops>::ops(), std::back_inserter(all)), ...);
    return all;
  }
  static void install_rules() { (Family<Ops>::install_rules(), ...); }
};

/// The one list of op families.
using Families =
    FamilyList<struct CreateOps, struct ViewOps, struct ShapeOps, struct JoinOps, struct IndexOps,
               struct GatherOps, struct InPlaceOps, struct ElementwiseOps, struct ExponentialOps,
               struct TrigonometryOps, struct BitwiseOps, struct CompareOps, struct ActivationOps,
               struct ReduceOps, struct ScanOps, struct MatmulOps, struct ProductOps,
               struct OptimizerOps, struct LinearOps, struct SoftmaxOps, struct CrossEntropyOps,
               struct LossOps, struct MarginLossOps, struct EmbeddingOps, struct RearrangeOps,
               struct UpsampleOps, struct ConvOps, struct PoolOps, struct NormOps,
               struct GroupNormOps, struct AttentionOps, struct RnnOps, struct ArithmeticOps,
               struct SpecialOps, struct StatisticsOps, struct AssembleOps, struct LinalgOps,
               struct LinalgSolveOps, struct LinalgNormOps, struct Pool3dOps, struct Conv3dOps,
               struct CtcLossOps, struct GridSampleOps, struct LinearCrossEntropyOps,
               struct WindowOps, struct RandomOps>;

const std::vector<const OpInfo*>& all_ops() {
  static const std::vector<const OpInfo*> ops = Families::ops();
  return ops;
}

const OpInfo* find_op(std::string_view name) {
  static const std::vector<const OpInfo*> by_name = [] {
    std::vector<const OpInfo*> ops = all_ops();
    std::ranges::sort(ops, {}, &OpInfo::name);
    return ops;
  }();
  const auto it = std::ranges::lower_bound(by_name, name, {}, &OpInfo::name);
  return it == by_name.end() || (*it)->name() != name ? nullptr : *it;
}

void install_all_rules() { Families::install_rules(); }

}  // namespace tandem
