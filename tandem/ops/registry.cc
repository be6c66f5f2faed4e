#include "tandem/ops/registry.h"

#include <algorithm>

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
#include "tandem/ops/selected.h"
#include "tandem/ops/shape.h"
#include "tandem/ops/softmax.h"
#include "tandem/ops/special.h"
#include "tandem/ops/statistics.h"
#include "tandem/ops/trigonometry.h"
#include "tandem/ops/upsample.h"
#include "tandem/ops/view.h"
#include "tandem/ops/windows.h"

namespace tandem {

namespace {

template <Op O>
void add_record(std::vector<const OpInfo*>& to) {
  if constexpr (is_selected<O>) to.push_back(&info_of<O>);
}
template <Op... Ops>
void add_records(std::vector<const OpInfo*>& to, List<Ops...>) {
  (add_record<Ops>(to), ...);
}

template <class... Ops>
struct FamilyList {
  static std::vector<const OpInfo*> ops() {
    std::vector<const OpInfo*> all;
    (add_records(all, Ops{}), ...);
    return all;
  }
  static void install_rules() { (Family<Ops>::install_rules(), ...); }
};

/// The one list of op families.
using Families =
    FamilyList<CreateOps, ViewOps, ShapeOps, JoinOps, IndexOps, GatherOps, InPlaceOps,
               ElementwiseOps, ExponentialOps, TrigonometryOps, BitwiseOps, CompareOps,
               ActivationOps, ReduceOps, ScanOps, MatmulOps, ProductOps, OptimizerOps, LinearOps,
               SoftmaxOps, CrossEntropyOps, LossOps, MarginLossOps, EmbeddingOps, RearrangeOps,
               UpsampleOps, ConvOps, PoolOps, NormOps, GroupNormOps, AttentionOps, RnnOps,
               ArithmeticOps, SpecialOps, StatisticsOps, AssembleOps, LinalgOps, LinalgSolveOps,
               LinalgNormOps, Pool3dOps, Conv3dOps, CtcLossOps, GridSampleOps,
               LinearCrossEntropyOps, WindowOps, RandomOps>;

template <Op... Ops>
consteval bool is_op(std::string_view name, List<Ops...>) {
  return ((Ops::signature.name() == name) || ...);
}
template <class... Ops>
consteval bool is_op(std::string_view name, FamilyList<Ops...>) {
  return (is_op(name, Ops{}) || ...);
}
/// The place in `selection` of a name that no op has; its size: there is none.
consteval std::size_t first_unknown() {
  std::size_t i = 0;
  while (i < selection.size() && is_op(selection[i], Families())) ++i;
  return i;
}
static_assert(first_unknown() == selection.size(),
              "TANDEM_OPS has a name that no op has: selection.h, the line of this number");

}  // namespace

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

bool has_all_ops() { return selection.empty(); }

void install_all_rules() { Families::install_rules(); }

}  // namespace tandem
