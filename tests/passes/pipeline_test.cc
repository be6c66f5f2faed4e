#include "tandem/passes/pipeline.h"

#include <algorithm>

#include "tandem/graph/check.h"
#include "tandem/graph/text.h"
#include "tandem/tandem.h"
#include "tests/passes/models.h"

namespace tandem {
namespace {

using passes::optimize;
using testing::ElementsAre;

TEST(Optimize, RunsThePassesUntilNothingChanges) {
  std::vector<std::string> ran;
  const auto pass = [&](Program p) {
    return optimize(std::move(p),
                    {.check = true, .after_pass = [&](std::string_view name, const Program&) {
                       ran.emplace_back(name);
                     }});
  };
  EXPECT_EQ(rewritten(pass, R"(program f(%x: f32[b, 3]) -> (%y: f32[b, 3], %z: f32[b, 3]) {
  %1 = sub(3.0, 2.0) : f32[]
  %2 = mul(%x, %1) : f32[b, 3]
  %3 = exp(%x) : f32[b, 3]
  %4 = exp(%2) : f32[b, 3]
  return %3, %4
}
)"),
            R"(program f(%x: f32[b, 3]) -> (%y: f32[b, 3], %z: f32[b, 3]) {
  %1 = exp(%x) : f32[b, 3]
  return %1, %1
}
)");
  EXPECT_THAT(ran, ElementsAre("fold_constants", "simplify", "share_common_subexpressions",
                               "remove_dead_code"));
}

TEST(Optimize, KeepsTheBitsOfTracedModels) {
  for (const TracedModel& model : traced_models()) {
    SCOPED_TRACE(model.name);
    for (const Program& program : {model.program, model.bound()}) {
      const Program after = optimize(program, {.check = true});
      EXPECT_TRUE(passes::is_same_program(after, optimize(after)));
      expect_same_results(model, after);
    }
  }
}

TEST(Optimize, ASymbolicProgramServesOtherSizes) {
  TracedModel model = transformer_train_step();
  const Program after = optimize(model.program);
  for (const int64_t b : {1, 2, 9}) {
    model.inputs = {{"x", randn({b, 5, 16})}};
    expect_same_results(model, after);
  }
}

TEST(Optimize, ABudgetNeedsSizes) {
  EXPECT_THROW(optimize(digits_predict().program, {.budget = 1 << 20}), Error);
}

}  // namespace
}  // namespace tandem
