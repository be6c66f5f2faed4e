// Every op of the registry on every instruction set of this machine.
#include <gtest/gtest.h>

#include "tandem/ops/registry.h"
#include "tests/cpu/every_target.h"
#include "tests/ops/samples.h"

namespace tandem {
namespace {

TEST(Targets, EveryOpGivesTheSameOnEachOfThem) {
#ifdef HWY_COMPILE_ONLY_STATIC
  GTEST_SKIP() << "built for one target: nothing to compare";
#endif
  int targets = 0;
  testing::for_each_target([&](int64_t) { ++targets; });
  ASSERT_GE(targets, 2) << "only one target was compiled: nothing to compare";
  for (const Sample& s : SampleTable::all()) {
    if (!s.error.empty() || s.op.starts_with("empty")) continue;  // empty() leaves what was there
    SCOPED_TRACE(s.op);
    NoGrad off;
    testing::expect_equal_on_every_target([&] { return results_of(s); });
  }
}

/// The gradients that training meets, through the kernels of the backward ops.
TEST(Targets, GradientsAreTheSameOnEachOfThem) {
  for (const Sample& s : SampleTable::all()) {
    const AnyOp op = op_of(s);
    if (!s.error.empty() || !s.gradient || op.info->random) continue;
    SCOPED_TRACE(s.op);
    testing::expect_equal_on_every_target([&] {
      std::vector<Tensor> operands, inputs, outputs, seeds;
      for (const Tensor& t : s.operands) {
        operands.push_back(t);
        if (!t || !is_floating(t.dtype())) continue;
        operands.back() = clone(t).detach().requires_grad_();
        inputs.push_back(operands.back());
      }
      for (const Tensor& y : results_of(op, operands))
        if (y && is_floating(y.dtype()) && y.requires_grad()) {
          outputs.push_back(y);
          seeds.push_back(full(y.shape(), 0.75, y.dtype()));
        }
      std::vector<Tensor> found;
      if (outputs.empty()) return found;
      for (Tensor& g : grad(outputs, inputs, seeds))
        if (g) found.push_back(g);
      return found;
    });
  }
}

}  // namespace
}  // namespace tandem
