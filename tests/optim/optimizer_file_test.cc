#include "tandem/optim/optimizer_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/io/tensor_files.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/lr_scheduler.h"
#include "tandem/optim/sgd.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem::optim {
namespace {

using ::testing::HasSubstr;

TEST(OptimizerFile, ResumesInAFreshOptimizer) {
  const TemporaryFolder folder;
  const std::string path = folder / "adam.safetensors";
  const Tensor w = full({2, 3}, 1.0).requires_grad_();
  Adam first({w}, {.lr = 0.1, .betas = {0.8, 0.95}, .amsgrad = true});
  StepLR schedule(first, 1, 0.5);
  w.set_grad(full({2, 3}, 0.5));
  first.step();
  schedule.step();
  save_optimizer(path, first);

  Adam second({w});
  load_optimizer(path, second);
  const OptimizerState a = first.state_dict(), b = second.state_dict();
  EXPECT_EQ(a.param_groups[0].options, b.param_groups[0].options);
  EXPECT_EQ(second.initial_lr(0), 0.1);
  EXPECT_EQ(second.lr(0), 0.05);
  ASSERT_EQ(b.state.at(0).size(), 4);
  for (const auto& [name, value] : a.state.at(0))
    EXPECT_EQ(value.to_vector<float>(), b.state.at(0)[name].to_vector<float>()) << name;
}

TEST(OptimizerFile, RefusesWhatDoesNotFit) {
  const TemporaryFolder folder;
  const std::string path = folder / "x.safetensors";
  const Tensor w = full({2}, 1.0).requires_grad_();
  Adam adam({w});
  save_optimizer(path, SGD({w}));
  EXPECT_THAT(error_of([&] { load_optimizer(path, adam); }), HasSubstr("holds the state of SGD"));
  save_safetensors(path, {{"w", w.detach()}});
  EXPECT_THAT(error_of([&] { load_optimizer(path, adam); }), HasSubstr("holds no optimizer"));
  const Tensor number = full({}, 0.5, DType::f64);
  for (const auto& [name, tensor] :
       {std::pair("state.x", w.detach()), std::pair("state.0", w.detach()),
        std::pair("state.0.", w.detach()), std::pair("momentum", w.detach()),
        std::pair("param_groups.0.lr", w.detach()), std::pair("param_groups.0.params", number),
        std::pair("param_groups.99999999999.lr", number),
        std::pair("param_groups.99999999999999999999999.lr", number)}) {
    save_safetensors(path, {{name, tensor}}, {{"optimizer", "Adam"}});
    EXPECT_THAT(error_of([&] { load_optimizer(path, adam); }), HasSubstr(text("\"", name, "\"")));
  }
}

}  // namespace
}  // namespace tandem::optim
