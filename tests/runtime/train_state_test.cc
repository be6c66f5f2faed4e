#include "tandem/runtime/train_state.h"

#include <gtest/gtest.h>

#include "tandem/io/file.h"
#include "tandem/ops/generator.h"
#include "tandem/runtime/program_file.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

TEST(TrainState, PutsEverythingBack) {
  const TemporaryFolder folder;
  const std::string path = folder / "state.tandem";
  Generator generator(7);
  Tensor w = from_data<float>({1, 2, 3, 4}, {2, 2}), columns = permute(w, {1, 0});
  std::vector<double> rates{0.5, 0.25};
  int64_t step = 12;
  double loss = 0.125;
  const auto state = [&] {
    TrainState s;
    s.add("model", {{"w", w}, {"columns", columns}});
    s.add("generator", generator);
    s.add("step", step);
    s.add("loss", loss);
    s.add(
        "rates", [&] { return NamedTensors{{"", from_data(rates, {int64_t(rates.size())})}}; },
        [&](const NamedTensors& t) { rates = t[""].to_vector<double>(); });
    s.expect("seed", 3);
    return s;
  };
  state().save(path);
  const uint32_t next = generator.random32();
  const Tensor before = clone(w);

  w.fill_(0);
  rates = {1, 2, 3};
  step = 0, loss = 0;
  TrainState s = state();
  s.load(path);
  EXPECT_TRUE(same_bits(w, before));
  EXPECT_EQ(generator.random32(), next);
  EXPECT_EQ(rates, (std::vector<double>{0.5, 0.25}));
  EXPECT_EQ(step, 12);
  EXPECT_EQ(loss, 0.125);
}

TEST(TrainState, ChangesNothingWhereTheFileDoesNotFit) {
  const TemporaryFolder folder;
  const std::string path = folder / "state.tandem";
  Tensor w = ones({2}), more = ones({1});
  int64_t step = 1;
  TrainState saved;
  saved.add("model", {{"w", w}, {"b", more}});
  saved.add("step", step);
  saved.expect("seed", 1);
  saved.save(path);
  step = 5;
  w.fill_(9);

  const auto load = [&](auto&&... parts) {
    TrainState s;
    (parts(s), ...);
    s.load(path);
  };
  const auto model = [&](TrainState& s) { s.add("model", {{"w", w}, {"b", more}}); };
  const auto steps = [&](TrainState& s) { s.add("step", step); };
  const auto seed = [&](TrainState& s) { s.expect("seed", 1); };
  EXPECT_ERROR(load(model, steps, [](TrainState& s) { s.expect("seed", 2); }), ErrorCode::value,
               "seed = 1");
  EXPECT_ERROR(load(model, seed), ErrorCode::value, "a tensor step");
  EXPECT_ERROR(load(model, steps, seed, [&](TrainState& s) { s.add("epoch", step); }),
               ErrorCode::value, "no epoch");
  EXPECT_ERROR(
      load([&](TrainState& s) { s.add("model", {{"w", more}, {"b", more}}); }, steps, seed),
      ErrorCode::value, "model.w is float32[1], in");
  EXPECT_ERROR(load([&](TrainState& s) { s.add("model", {{"w", w}}); }, steps, seed),
               ErrorCode::value, "model.b");
  EXPECT_ERROR(
      load([&](TrainState& s) { s.add("model", {{"w", w}, {"b", more}, {"c", w}}); }, steps, seed),
      ErrorCode::value, "no tensor model.c");
  EXPECT_EQ(step, 5);
  EXPECT_EQ(w.to_vector<float>(), (std::vector<float>{9, 9}));

  save_program(path, ProgramFile{.state = {{"w", w}}});
  EXPECT_ERROR(load(model), ErrorCode::format, "no state of training");
  TrainState twice;
  twice.add("a", step);
  EXPECT_ERROR(twice.add("a", step), ErrorCode::value, "already");
  EXPECT_ERROR(twice.add("a.b", step), ErrorCode::value, "no dot");
}

}  // namespace
}  // namespace tandem
