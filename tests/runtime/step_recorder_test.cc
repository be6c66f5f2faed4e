#include "tandem/runtime/step_recorder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tandem/runtime/first_non_finite.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/programs.h"
#include "tests/same_bits.h"

namespace tandem::runtime {
namespace {

using ::testing::HasSubstr;

/// y = log(w), w -= step: goes wrong where w falls below 0.
ProgramSet falling() {
  Builder t("fall");
  const auto step = t.input("step", {DType::f32, {}}), w = t.state("w", {DType::f32, {2, 3}});
  t.output("y", t(Log{}, {w}));
  t.update("w", t(Sub{}, {w, step}));
  return {{t.program}};
}

struct Falling {
  Session session{falling(), {{"w", from_data<float>({9, 9, 9, 9, 4.5, 9}, {2, 3})}}};
  const std::vector<Tensor> step{full({}, 1.0, DType::f32)};
};

TEST(StepRecorder, KeepsTheStepsBeforeAndTheOneThatBroke) {
  const TemporaryFolder folder;
  const std::string path = folder / "steps.tandem";
  Falling f;
  StepRecorder recorder(f.session, "fall", 2);
  EXPECT_ERROR(recorder.save(path), ErrorCode::value, "nothing was run yet");
  std::vector<Tensor> outputs;
  while (!recorder.is_broken() && recorder.count() < 20) outputs.push_back(recorder.run(f.step)[0]);
  ASSERT_EQ(recorder.count(), 6);  // log(-0.5)
  recorder.save(path);

  const Recording recording = load_recording(path);
  EXPECT_EQ(recording.program, "fall");
  ASSERT_EQ(recording.steps.size(), 4);
  EXPECT_EQ(recording.first_step, 2);
  EXPECT_EQ(recording.file.state["w"].to_vector<float>()[0], 7);
  Session again(recording.file.programs, recording.file.state);
  for (std::size_t i = 0; i < recording.steps.size(); ++i) {
    const Tensor y = again.run("fall", recording.steps[i].inputs)["y"];
    EXPECT_TRUE(same_bits(y, recording.steps[i].outputs["y"]));
    EXPECT_TRUE(same_bits(y, outputs[i + 2]));
  }
}

TEST(StepRecorder, ACallThatIsRefusedIsNoStep) {
  Falling f;
  StepRecorder recorder(f.session, "fall");
  EXPECT_ERROR(recorder.run(std::vector{ones({3})}), ErrorCode::shape, "step");
  EXPECT_EQ(recorder.count(), 0);
  recorder.run(f.step);
  EXPECT_EQ(recorder.count(), 1);
  EXPECT_FALSE(recorder.is_broken());
}

TEST(StepRecorder, RefusesFilesThatDoNotFit) {
  const TemporaryFolder folder;
  const std::string path = folder / "steps.tandem";
  const ProgramSet programs = falling();
  const Tensor w = ones({2, 3}), number = ones({});
  const auto load = [&](NamedTensors state, Metadata metadata = {{"recorded.program", "fall"}}) {
    state.add("w", w);
    save_program(path, {.programs = programs, .state = state, .metadata = metadata});
    return load_recording(path);
  };
  EXPECT_ERROR(load({}, {}), ErrorCode::format, "is no recording");
  EXPECT_ERROR(load({}, {{"recorded.program", "x"}}), ErrorCode::format, "which is not there");
  EXPECT_ERROR(load({}), ErrorCode::format, "has no steps");
  EXPECT_ERROR(load({{"recorded.x", w}}), ErrorCode::format, "\"recorded.x\"");
  EXPECT_ERROR(load({{"recorded.0.input.step", number}}), ErrorCode::format, "no output y");
  EXPECT_ERROR(load({{"recorded.0.output.y", w}}), ErrorCode::format, "no input step");
  EXPECT_ERROR(load({{"recorded.0.output.y", w}, {"recorded.999999999999.output.y", w}}),
               ErrorCode::format, "lacks steps");
  EXPECT_ERROR(load({{"recorded.0.input.step", number},
                     {"recorded.0.output.y", w},
                     {"recorded.0.output.z", w}}),
               ErrorCode::format, "more than");
}

TEST(FirstNonFinite, NamesTheOpAndWhatItRead) {
  const Program program = falling().programs[0];
  const Tensor w = from_data<float>({1, 2, 3, 4, -0.5f, 6}, {2, 3});
  const auto found = find_first_non_finite(program, {{"step", ones({})}}, {{"w", w}});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->at, 4);
  EXPECT_THAT(found->instruction, HasSubstr("= log(@w) : float32[2, 3]"));
  const std::string text = to_text(*found);
  EXPECT_THAT(text, HasSubstr("the first NaN: 1 of 6 elements, the first at [1, 1]"));
  EXPECT_THAT(text, HasSubstr("from -0.5 to 6"));
  EXPECT_THAT(text, HasSubstr("at the same place: -0.5"));
  EXPECT_FALSE(find_first_non_finite(program, {{"step", ones({})}}, {{"w", ones({2, 3})}}));
}

TEST(FirstNonFinite, InfinitiesOfMasksAreMeant) {
  Builder t("masked");
  const auto x = t.input("x", {DType::f32, {2}}), mask = t.input("mask", {DType::boolean, {2}});
  const auto infinity = t(Full{.fill_value = Scalar(double(-INFINITY)), .dtype = DType::f32}, {});
  const auto masked = t(Where{}, {mask, infinity, x});
  t.output("y", t(Softmax{.dim = 0}, {masked}));
  const NamedTensors inputs{{"x", ones({2})}, {"mask", from_data<bool>({true, false}, {2})}};
  EXPECT_FALSE(find_first_non_finite(t.program, inputs, {}));
  const auto found = find_first_non_finite(
      t.program, {{"x", ones({2})}, {"mask", from_data<bool>({true, true}, {2})}}, {});
  ASSERT_TRUE(found);
  EXPECT_THAT(found->instruction, HasSubstr("softmax"));
}

TEST(NonFinite, CountsInEveryFloatingDType) {
  for (const DType dtype : {DType::f16, DType::bf16, DType::f32, DType::f64}) {
    const Tensor t = from_data<double>({1, NAN, -INFINITY, 2, NAN, INFINITY}, {2, 3}).to(dtype);
    const NonFinite found = count_non_finite(t);
    EXPECT_EQ(found.nans, 2);
    EXPECT_EQ(found.infinities, 2);
    EXPECT_EQ(found.first_nan, 1);
    EXPECT_EQ(found.first_infinity, 2);
    EXPECT_EQ(count_non_finite(permute(t, {1, 0})).first_nan, 2);
    EXPECT_FALSE(is_finite(t));
    EXPECT_TRUE(is_finite(ones({3}).to(dtype)));
  }
  EXPECT_TRUE(is_finite(ones({2}, DType::i64)));
}

}  // namespace
}  // namespace tandem::runtime
