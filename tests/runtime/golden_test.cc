// Files written by every version of the format stay readable.
#include <map>

#include "tandem/runtime/sign.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

/// Made by golden/version1.py, which knows nothing of this code.
TEST(GoldenProgramFile, Version1) {
  const std::string path = TANDEM_SOURCE_FOLDER "/tests/runtime/golden/version1.tandem";
  const ProgramFile file =
      runtime::load_signed_program(path,
                                   "-----BEGIN PUBLIC KEY-----\n"
                                   "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                                   "-----END PUBLIC KEY-----\n");
  ASSERT_EQ(file.programs.programs.size(), 2u);
  const graph::Program& predict = file.programs["predict"];
  EXPECT_EQ(predict.symbols, graph::Symbols{"b"});
  ASSERT_EQ(predict.instructions.size(), 3u);
  EXPECT_EQ(predict.instructions[2].info().name(), "softmax");
  EXPECT_EQ(predict.instructions[2].where.line(), 12u);
  EXPECT_STREQ(predict.instructions[2].where.file_name(), "golden.py");
  const auto constant = [&](std::string_view name) {
    return predict.find(graph::ParameterKind::constant, name)->constant.to_vector<float>();
  };
  EXPECT_EQ(constant("mean"), (std::vector<float>{0.5, 1, 1.5, 2}));
  EXPECT_EQ(constant("table")[17], 17);
  EXPECT_EQ(file.programs["count"].updates.size(), 1u);

  ASSERT_EQ(file.state.size(), 6u);
  EXPECT_EQ(file.state["steps"].item<int64_t>(), 7);
  EXPECT_EQ(file.state["fc.weight"].to_vector<float>()[11], 2.75F);
  EXPECT_EQ(file.state["fc.bias"].to_vector<float>(), (std::vector<float>{-1, 0, 1}));
  EXPECT_EQ(file.state["half"].to_vector<float>(), (std::vector<float>{1.5, -2}));
  EXPECT_EQ(file.state["brain"].item<float>(), 3);
  EXPECT_EQ(file.state["mask"].to_vector<bool>(), (std::vector<bool>{true, false, true}));
  EXPECT_EQ(file.asset("labels.txt"), "zero\none\ntwo\n");
  EXPECT_EQ(file.metadata, (Metadata{{"author", "the golden file's script, ü"}}));
}

}  // namespace
}  // namespace tandem
