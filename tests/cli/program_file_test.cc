// The commands for program files, as a user meets them.
#include <sys/stat.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tandem/io/tensor_files.h"
#include "tandem/tandem.h"
#include "tests/cli/run_program.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::Not;

class ProgramFileCommands : public testing::Test {
 protected:
  ProgramFileCommands() { save_program(a, sample_program()); }

  static void expect(const Outcome& outcome, int code, std::string_view part) {
    EXPECT_EQ(outcome.code, code) << outcome.output;
    EXPECT_THAT(outcome.output, HasSubstr(std::string(part)));
  }
  static json parsed(const Outcome& outcome) {
    EXPECT_EQ(outcome.code, 0) << outcome.output;
    return json::parse(outcome.output, nullptr, false);
  }
  std::string signed_with_fresh_key() {
    const std::string key = folder / "key";
    EXPECT_EQ(run("keygen " + key).code, 0);
    expect(run("sign " + a + " --key " + key + ".private.pem"), 0, "signed by key ");
    return key;
  }

  TemporaryFolder folder;
  const std::string a = folder / "a.tandem", b = folder / "b.tandem";
};

TEST_F(ProgramFileCommands, Info) {
  const Outcome info = run("info " + a);
  expect(info, 0, "program file, version 1: 2 programs, 4 tensors of state in 70 bytes, 1 asset, ");
  expect(info, 0,
         "  predict(x: f32[b, 4]) -> (scores: f32[b, 3])\n      2 instructions, state: 2\n");
  expect(info, 0, "      1 instruction, state: 1, of which it updates 1\n");
  expect(info, 0, "  fc.weight  f32   [3, 4]              48 bytes\n");
  expect(info, 0, "  labels.txt              13 bytes\n");
  expect(info, 0, "  author = somebody \"quoted\"\n");
  expect(info, 0, "signature: none\n");

  const json j = parsed(run("info --json " + a));
  EXPECT_EQ(j["format"], "tandem");
  EXPECT_EQ(j["programs"][0]["inputs"],
            json::parse(R"([{"name":"x","dtype":"f32","shape":["b",4]}])"));
  EXPECT_EQ(j["programs"][1]["updates"], json::parse(R"(["steps"])"));
  EXPECT_EQ(j["signature"], nullptr);
  signed_with_fresh_key();
  EXPECT_EQ(parsed(run("info --json " + a))["signature"]["algorithm"], "Ed25519");
  expect(run("info " + a), 0, "signature: by key ");
}

TEST_F(ProgramFileCommands, InfoOfADamagedFile) {
  std::string bytes = read_text(a);
  bytes.replace(bytes.find("linear"), 6, "linoar");
  write_text(a, bytes);
  expect(run("info " + a), 1, "linoar");
  write_text(a, bytes.substr(0, bytes.size() / 2));
  expect(run("info " + a), 1, "is truncated");
}

TEST_F(ProgramFileCommands, Run) {
  save_npy(folder / "x.npy", full({2, 4}, 1.0));
  // 0.5 * (1 + 2 + 3 + 4) + 1, 2, 3
  const Outcome shown = run("run " + a + " --input x=" + (folder / "x.npy"));
  expect(shown, 0, "scores: float32[2, 3]\ntensor([[6., 7., 8.],\n        [6., 7., 8.]])\n");
  EXPECT_EQ(run("run " + a + " -i " + (folder / "x.npy")).output, shown.output);

  expect(run("run " + a + " -i " + (folder / "x.npy") + " -o " + (folder / "y.npy")), 0,
         "scores: float32[2, 3] in ");
  EXPECT_EQ(load_npy(folder / "y.npy").to_vector<float>(), (std::vector<float>{6, 7, 8, 6, 7, 8}));
  const json j = parsed(run("run --json " + a + " -i " + (folder / "x.npy")));
  EXPECT_EQ(j["outputs"][0]["values"], (std::vector<double>{6, 7, 8, 6, 7, 8}));
  EXPECT_EQ(j["outputs"][0]["shape"], (std::vector<int>{2, 3}));
}

TEST_F(ProgramFileCommands, RunKeepsStateOnRequest) {
  save_npy(folder / "n.npy", full({}, 5, DType::i64));
  const std::string count = "run " + a + " --program count --input " + (folder / "n.npy");
  expect(run(count), 0, "tensor(12)\n1 tensors of state have new values, which are not kept");
  expect(run(count), 0, "tensor(12)\n");
  expect(run(count + " --save " + a), 0, "1 of 4 tensors of state have new values in ");
  expect(run(count), 0, "tensor(17)\n");
  EXPECT_EQ(load_program(a).state["steps"].item<int64_t>(), 12);
  EXPECT_EQ(load_program(a).asset("labels.txt"), "zero\none\ntwo\n");
}

TEST_F(ProgramFileCommands, RunSaysWhatItNeeds) {
  expect(run("run " + a), 1, "program predict needs x, f32[b, 4]: --input x=FILE.npy");
  expect(run("run " + a + " --program prdict"), 1, "prdict");
  expect(run("run " + a + " --input y=z.npy"), 1,
         "'y=z.npy': expected NAME=FILE with the name of an input: x");
  save_npy(folder / "x.npy", full({2, 5}, 1.0));
  expect(run("run " + a + " --input " + (folder / "x.npy")), 1, "dim 1 must be 4, got 5");
  save_npy(folder / "x.npy", full({2, 4}, 1, DType::i64));
  expect(run("run " + a + " --input " + (folder / "x.npy")), 1,
         "input x: expected f32[b, 4], got i64 in '");
  expect(run("run " + a + " --input " + (folder / "x.npy")), 1, "astype(\"float32\")");
  save_npy(folder / "x.npy", full({2, 4}, 1.0));
  const std::string twice = "x=" + (folder / "x.npy");
  expect(run("run " + a + " --input " + twice + " " + twice), 1, "input x is given twice");
  expect(run("run " + a + " --output probs=y.npy --input " + (folder / "x.npy")), 1,
         "the name of an output: scores");
}

TEST_F(ProgramFileCommands, PlanAndForecast) {
  expect(run("plan " + a + " --shape b=7"), 0, "float32[7, 4]");
  expect(run("plan " + a), 1, "program predict needs a size for b: --shape b=8");
  expect(run("plan " + a + " --shape b=7 b=8"), 1, "'b=8': b has a size already");
  expect(run("plan " + a + " --shape n=7"), 1, "'n=7': program predict has the symbolic dims b");
  for (const char* bad : {"b", "b=", "b=x", "b=-1", "b=1.5"})
    expect(run("plan " + a + " --shape " + bad), 1, "expected a size, as b=8");
  const json plan = parsed(run("plan --json " + a + " --shape b=7"));
  EXPECT_EQ(plan["program"], "predict");
  EXPECT_EQ(plan["steps"].back()["op"], "linear");

  const std::string forecast = "forecast " + a + " --shape b=64";
  expect(run(forecast), 0, "forecast of predict: ");
  const json f = parsed(run(forecast + " --json"));
  EXPECT_EQ(f["inputs"], 64 * 4 * 4);
  EXPECT_EQ(f["outputs"], 64 * 3 * 4);
  EXPECT_EQ(f["state"], 60);
  EXPECT_EQ(f["total"], f["inputs"].get<int>() + f["outputs"].get<int>() + f["state"].get<int>() +
                            f["arena"].get<int>() + f["constants"].get<int>());
  expect(run(forecast + " --budget 1MB"), 0, "fits in 1.0 MB, with ");
  const int total = f["total"].get<int>();
  expect(run(forecast + " --budget " + std::to_string(total)), 0, ", with 0 B to spare\n");
  expect(
      run(forecast + " --budget " + std::to_string(total - 1)), 1,
      "needs " + std::to_string(total) + " B, the budget is " + std::to_string(total - 1) + " B:");
  expect(run(forecast + " --budget 1kB"), 1, "the budget is 1.0 KB");
  expect(run(forecast + " --budget 1QB"), 1, "'1QB': expected a number of bytes");
}

/// Where nothing is left to verify or show, "verified" would be said of nothing.
TEST_F(ProgramFileCommands, AFileWithoutPrograms) {
  ProgramFile none = sample_program();
  none.programs.programs.clear();
  save_program(b, none);
  for (const char* command : {"verify ", "passes ", "plan ", "forecast ", "run "})
    expect(run(command + b), 1, "no programs");
  expect(run("info " + b), 0, ": 0 programs, 4 tensors of state");
}

/// A name may not move the cursor of who looks at it.
TEST_F(ProgramFileCommands, ControlCharactersOfAFileAreSpelledOut) {
  ProgramFile hostile = sample_program();
  hostile.state.add("\x1b[2Jgone", full({1}, 1.0));
  hostile.assets.add("\x1b]0;title\a", full({1}, 1, DType::u8));
  hostile.metadata = {{"k\x1b[31m", "two\nlines \u009b31m"}};
  save_program(b, hostile);
  const Outcome info = run("info " + b);
  expect(info, 0, "  \\x1b[2Jgone");
  expect(info, 0, "  \\x1b]0;title\\x07");
  expect(info, 0, "  k\\x1b[31m = two\\nlines \\x9b31m\n");
  expect(run("diff " + a + " " + b), 0, "+ \\x1b[2Jgone");
  write_text(folder / "text", "program \x1b[2J");
  expect(run("edit " + a + " --apply " + (folder / "text")), 1, "character '\\x1b'");
}

TEST_F(ProgramFileCommands, OutputThatDoesNotArriveIsAFailure) {
  if (!std::filesystem::exists("/dev/full")) GTEST_SKIP() << "this system has no /dev/full";
  for (const char* command : {"info ", "info --json ", "edit --print ", "passes "})
    expect(run(command + a + " 2>&1 > /dev/full #"), 1,
           "cannot write to standard output: No space left");
}

TEST_F(ProgramFileCommands, WhatIsNotUnderstoodSaysWhatIs) {
  expect(run("verfy " + a), 2, "tandem: there is no command 'verfy'; did you mean 'verify'?");
  expect(run("verify " + a + " --tolerance 0"), 2, "expected a number above 0, got 0");
  expect(run("verify " + a + " --tolerance abc"), 2, "tandem: --tolerance: ");
  expect(run("predict " + a), 1, "has no program predict(image) -> (probs)");
}

TEST_F(ProgramFileCommands, WithoutAFolderForTemporaryFiles) {
  const std::string none = "EDITOR=true TMPDIR=" + (folder / "none") + " ";
  expect(run("verify " + a, none), 1, "set TMPDIR to one");
  expect(run("edit " + a, none), 1, "set TMPDIR to one");
}

TEST_F(ProgramFileCommands, SignAndVerify) {
  const std::string key = folder / "key";
  expect(run("verify-signature " + a + " --key " + a), 1, "expected an Ed25519 public key");
  signed_with_fresh_key();
  struct stat secret;
  ASSERT_EQ(stat((key + ".private.pem").c_str(), &secret), 0);
  EXPECT_EQ(secret.st_mode & 0777, 0600u);
  expect(run("keygen " + key), 1, "is there already");
  const std::string verify = "verify-signature " + a + " --key " + key + ".public.pem";
  expect(run(verify), 0, "every byte is as it was signed by key ");
  EXPECT_EQ(parsed(run(verify + " --json"))["public_key"].get<std::string>().size(), 64u);
  expect(run("verify-signature " + a + " --key " + key + ".private.pem"), 1, "got a private key");
  std::string bytes = read_text(a);
  bytes.back() ^= 1;
  write_text(a, bytes);
  expect(run(verify), 1, "tensor 'asset:labels.txt' has SHA-256");
  save_program(a, sample_program());
  expect(run(verify), 1, "is not signed");
}

TEST_F(ProgramFileCommands, DiffOfTheSame) {
  save_program(b, sample_program());
  expect(run("diff --exit-code " + a + " " + b), 0, "hold the same");
  EXPECT_EQ(parsed(run("diff --json " + a + " " + b))["same"], true);
}

TEST_F(ProgramFileCommands, DiffOfWeightsAndPrograms) {
  ProgramFile other = sample_program(0.75F);
  std::string text(sample_text);
  text.replace(text.find("  %2 = linear(%1"), 16, "  %2 = relu(%1) : f32[b, 4]\n  %3 = linear(%2");
  text.replace(text.find("return %2"), 9, "return %3");
  const graph::ProgramSet changed = graph::parse(text);
  const Tensor table =
      other.programs["predict"].find(graph::ParameterKind::constant, "table")->constant;
  other.programs = changed;
  for (graph::Parameter& p : other.programs.programs[0].parameters)
    if (p.name == "table") p.constant = table;
  other.state.add("more", full({2}, 1.0));
  other.metadata = {};
  save_program(b, other);
  const Outcome outcome = run("diff " + a + " " + b);
  // What has another operand now, and not what only has another number.
  expect(outcome, 0,
         "\n-  %2 = linear(%1, @fc.weight, @fc.bias) : f32[b, 3]\n+  %2 = relu(%1) : f32[b, 4]\n"
         "+  %3 = linear(%2, @fc.weight, @fc.bias) : f32[b, 3]\n   return %3\n");
  expect(outcome, 0, "programs: 1 line removed, 2 added\n");
  expect(outcome, 0,
         "! fc.weight  float32[3, 4]: 12 of 12 elements differ, by 0.25 at most, "
         "4,194,304 ULPs\n");
  expect(outcome, 0, "+ more       float32[2]\n");
  expect(outcome, 0, "metadata: author differs\n");
  EXPECT_THAT(outcome.output, Not(HasSubstr("fc.bias  ")));
  EXPECT_EQ(run("diff --exit-code " + a + " " + b).code, 1);
  const json j = parsed(run("diff --json " + a + " " + b));
  EXPECT_EQ(j["same"], false);
  EXPECT_EQ(j["tensors"][0]["max_ulps"], 4194304);
  EXPECT_EQ(j["programs"]["added"], 2);
}

TEST_F(ProgramFileCommands, DiffOfTensorsAlone) {
  save_safetensors(folder / "a", {{"w", full({2}, 1.0)}, {"v", full({2}, 1.0)}});
  save_safetensors(folder / "b", {{"w", full({3}, 1.0)}});
  const Outcome outcome = run("diff " + (folder / "a") + " " + (folder / "b"));
  expect(outcome, 0, "! w  float32[2] before, float32[3] now\n");
  expect(outcome, 0, "- v  float32[2]\n");
  EXPECT_THAT(outcome.output, Not(HasSubstr("programs")));
}

TEST_F(ProgramFileCommands, EditByText) {
  EXPECT_EQ(run("edit --print " + a).output, sample_text);
  EXPECT_EQ(parsed(run("edit --json --print " + a))["programs"], sample_text);
  // The same text changes nothing.
  const std::string before = read_text(a);
  run("edit --print " + a + " > " + (folder / "text"));
  expect(run("edit " + a + " --apply " + (folder / "text")), 0, "0 lines removed, 0 added");
  EXPECT_EQ(read_text(a), before);

  std::string text(sample_text);
  text.replace(text.find("1.0, 2.0"), 8, "9.0, 2.0");
  write_text(folder / "text", text);
  expect(run("edit " + a + " --apply - --output " + b + " < " + (folder / "text")), 0,
         ": 1 line removed, 1 added\n");
  EXPECT_EQ(read_text(a), before);
  const ProgramFile edited = load_program(b);
  EXPECT_EQ(graph::print(edited.programs), text);
  EXPECT_EQ(edited.programs["predict"]
                .find(graph::ParameterKind::constant, "table")
                ->constant.to_vector<float>()[17],
            17.0F);
  EXPECT_EQ(edited.asset("labels.txt"), "zero\none\ntwo\n");
}

TEST_F(ProgramFileCommands, EditInAnEditor) {
  signed_with_fresh_key();
  const Outcome outcome = run("edit " + a, "VISUAL= EDITOR=\"sed -i s/1.0,/7.0,/\" ");
  expect(outcome, 0, "-  constant #scale: f32[1, 4] = [1.0, 2.0, 3.0, 4.0]");
  expect(outcome, 0, "is no longer signed; sign it with: tandem sign");
  EXPECT_THAT(graph::print(load_program(a).programs), HasSubstr("[7.0, 2.0, 3.0, 4.0]"));
  expect(run("edit " + a, "VISUAL= EDITOR= "), 1, "set EDITOR to an editor");
  expect(run("edit " + a, "VISUAL=false "), 1, "'false' failed; nothing was changed");
}

TEST_F(ProgramFileCommands, EditKeepsTheFileWhereTheTextIsWrong) {
  const std::string before = read_text(a);
  const auto expect_refused = [&](std::string_view from, std::string_view to,
                                  std::string_view part) {
    std::string text(sample_text);
    for (size_t at; (at = text.find(from)) != text.npos;) text.replace(at, from.size(), to);
    write_text(folder / "text", text);
    expect(run("edit " + a + " --apply " + (folder / "text")), 1, part);
    EXPECT_EQ(read_text(a), before);
  };
  expect_refused("linear", "linoar", "text:5:8");
  expect_refused("fc.bias", "fc.bios",
                 "there is no state 'fc.bios', which program predict needs as f32[3]; did you mean "
                 "'fc.bias'?");
  expect_refused("i64", "i32", "state 'steps' is int64[], but program count says i32[]");
  expect_refused("#table: f32[6, 3]", "#table: f32[6, 4]",
                 "constant #table of program predict has no elements");
  const Outcome outcome = run("edit " + a, "VISUAL= EDITOR=\"sed -i s/linear/linoar/\" ");
  expect(outcome, 1, "Your text is kept in ");
  expect(outcome, 1, "linoar");
  const size_t start = outcome.output.find("/", outcome.output.find("kept in"));
  std::remove(outcome.output.substr(start, outcome.output.find(':', start) - start).c_str());
}

}  // namespace
}  // namespace tandem
