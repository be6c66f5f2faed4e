#include "tandem/runtime/verify_case.h"

#include "tandem/graph/text.h"
#include "tandem/io/tensor_files.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"
#include "tests/same_bits.h"

namespace tandem {
namespace {

VerifyCase sample_case() {
  const ProgramFile file = sample_program();
  return {.programs = file.programs,
          .inputs = {{{"x", randn({2, 4})}}, {{"amount", from_data({int64_t(5)}, {})}}},
          .state = file.state};
}

TEST(VerifyCase, GoesThroughAFile) {
  TemporaryFolder folder;
  const VerifyCase one = sample_case();
  save_case(folder / "case", one);
  const VerifyCase two = load_case(folder / "case");
  EXPECT_EQ(graph::print(two.programs), graph::print(one.programs));
  EXPECT_TRUE(same_bits(two.inputs[0]["x"], one.inputs[0]["x"]));
  EXPECT_TRUE(same_bits(two.inputs[1]["amount"], one.inputs[1]["amount"]));
  EXPECT_TRUE(same_bits(two.state["fc.weight"], one.state["fc.weight"]));
  EXPECT_TRUE(
      same_bits(two.programs.programs[0].find(graph::ParameterKind::constant, "table")->constant,
                one.programs.programs[0].find(graph::ParameterKind::constant, "table")->constant));
}

TEST(VerifyCase, ValuesAreThoseOfTheOps) {
  TemporaryFolder folder;
  const VerifyCase sample = sample_case();
  save_values(folder / "values", sample);
  std::vector<ProgramValues> expected;
  for (std::size_t p = 0; p < 2; ++p)
    expected.push_back(eager_values(sample.programs.programs[p], sample.inputs[p], sample.state));
  ASSERT_EQ(expected[0].entries.size(), 3u);
  EXPECT_EQ(expected[0].entries[1].name, "%2 = linear");
  EXPECT_EQ(expected[0].entries[1].operands,
            "%1: f32[b, 4], @fc.weight: f32[3, 4], @fc.bias: f32[3]");
  EXPECT_EQ(expected[0].entries[2].name, "result scores");
  ASSERT_EQ(expected[1].entries.size(), 3u);
  EXPECT_EQ(expected[1].entries[2].name, "update @steps");

  std::vector<ProgramValues> blank = expected;
  for (ProgramValues& values : blank)
    for (ProgramValues::Entry& e : values.entries) e.value = {};
  const auto loaded = load_values(folder / "values", sample, blank);
  for (std::size_t p = 0; p < 2; ++p)
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(same_bits(loaded[p].entries[i].value, expected[p].entries[i].value));
}

TEST(VerifyCase, OtherFilesAreRefused) {
  TemporaryFolder folder;
  save_safetensors(folder / "no_case", {{"x", ones({2})}});
  EXPECT_ERROR(load_case(folder / "no_case"), ErrorCode::format, "holds no programs");
  save_safetensors(folder / "no_input", {}, {{"programs", std::string(sample_text)}});
  EXPECT_ERROR(load_case(folder / "no_input"), ErrorCode::index, "input:predict:x");
  EXPECT_ERROR(load_values(folder / "no_input", sample_case(),
                           {eager_values(sample_case().programs.programs[0],
                                         sample_case().inputs[0], sample_case().state)}),
               ErrorCode::index, "value:predict:0");
}

}  // namespace
}  // namespace tandem
