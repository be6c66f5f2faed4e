// The program as a user meets it.
#include "tandem/io/tensor_files.h"
#include "tandem/tandem.h"
#include "tests/cli/run_program.h"
#include "tests/data/environment.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"

namespace tandem {
namespace {

using testing::HasSubstr;

TEST(Program, HelpTeaches) {
  for (const char* help :
       {"--help", "train --help", "train digits --help", "predict --help", "info --help",
        "data --help", "data get --help", "bench --help", "run --help", "diff --help",
        "edit --help", "keygen --help", "sign --help", "verify-signature --help", "plan --help",
        "forecast --help", "passes --help"}) {
    const Outcome outcome = run(help);
    EXPECT_EQ(outcome.code, 0) << help;
    EXPECT_THAT(outcome.output, HasSubstr("tandem")) << help;
  }
  EXPECT_THAT(run("--help").output, HasSubstr("Examples:"));
  EXPECT_THAT(run("info --help").output, HasSubstr("tandem info model.safetensors"));
  EXPECT_THAT(run("--version").output, testing::StartsWith("0."));
}

TEST(Program, MisuseIsCodeTwo) {
  EXPECT_EQ(run("").code, 2);
  EXPECT_THAT(run("").output, HasSubstr("Examples:"));
  EXPECT_EQ(run("info").code, 2);
  const Outcome unknown = run("frobnicate");
  EXPECT_EQ(unknown.code, 2);
  EXPECT_THAT(unknown.output, HasSubstr("frobnicate"));
  EXPECT_EQ(run("--threads 0 data list").code, 2);
}

TEST(Program, InfoShowsTensors) {
  TemporaryFolder folder;
  save_safetensors(folder / "a.safetensors", {{"weight", full({2, 3}, 1.0)}}, {{"made", "here"}});
  const Outcome text = run("info " + (folder / "a.safetensors"));
  EXPECT_EQ(text.code, 0);
  EXPECT_THAT(text.output, HasSubstr("safetensors, 1 tensor, 6 items, 24 bytes"));
  EXPECT_THAT(text.output, HasSubstr("weight  F32  [2, 3]"));
  EXPECT_THAT(text.output, HasSubstr("made = here"));
  const Outcome json = run("info --json " + (folder / "a.safetensors"));
  EXPECT_THAT(json.output, HasSubstr(R"("metadata":{"made":"here"},"tensors":[{"name":"weight",)"
                                     R"("dtype":"F32","shape":[2,3],"bytes":24}])"));
  save_npz(folder / "a.npz", {{"x", full({4}, 1.0)}});
  EXPECT_THAT(run("info " + (folder / "a.npz")).output, HasSubstr("x  f32  [4]"));
  save_npy(folder / "a.npy", full({4}, 1, DType::i64));
  EXPECT_THAT(run("info " + (folder / "a.npy")).output, HasSubstr("i64  [4]"));
}

TEST(Program, FailureIsCodeOneAndSaysWhy) {
  const Outcome missing = run("info /no/such/file");
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.output, HasSubstr("tandem: info: cannot open '/no/such/file'"));
  const Outcome json = run("info --json /dev/null");
  EXPECT_EQ(json.code, 1);
  EXPECT_THAT(json.output, testing::StartsWith(R"({"error":{"code":"io","message":)"));
}

TEST(Program, DataSaysWhatIsMissing) {
  Environment environment;
  TemporaryFolder cache;
  environment.unset("TANDEM_DATA");
  environment.unset("TANDEM_OFFLINE");
  environment.set("TANDEM_CACHE", cache.path());
  EXPECT_THAT(run("data list").output, HasSubstr("get it with: tandem data get mnist"));
  environment.set("TANDEM_OFFLINE", "1");
  const Outcome offline = run("data get mnist");
  EXPECT_EQ(offline.code, 1);
  EXPECT_THAT(offline.output, HasSubstr("TANDEM_OFFLINE is set"));
  EXPECT_THAT(run("data get letters").output, HasSubstr("expected one of mnist, shakespeare"));
}

TEST(Program, TrainsSavesAndPredicts) {
  Environment environment;
  TemporaryFolder folder;
  environment.unset("TANDEM_DATA");
  environment.set("TANDEM_CACHE", folder.path());
  environment.set("TANDEM_OFFLINE", "1");
  const std::string weights = folder / "net.safetensors";
  const Outcome trained = run("train digits --epochs 1 --limit 3000 -o " + weights);
  EXPECT_EQ(trained.code, 0) << trained.output;
  EXPECT_THAT(trained.output, HasSubstr("digits that Tandem draws itself"));
  EXPECT_THAT(trained.output, HasSubstr("Epoch 1/1  loss "));
  EXPECT_THAT(trained.output, HasSubstr("Test accuracy "));

  Metadata metadata;
  EXPECT_TRUE(load_safetensors(weights, &metadata).contains("conv1.weight"));
  EXPECT_EQ(metadata[1], (std::pair<std::string, std::string>{"tandem.data", "drawn digits"}));

  const Outcome shown = run("predict " + weights + " --count 2");
  EXPECT_EQ(shown.code, 0) << shown.output;
  EXPECT_THAT(shown.output, HasSubstr("trained on drawn digits"));
  EXPECT_THAT(shown.output, HasSubstr("█"));
  EXPECT_THAT(shown.output, HasSubstr(" of 2 right"));

  save_npy(folder / "page.npy", full({28, 28}, 0, DType::u8));
  const Outcome json = run("predict --json " + weights + " --input " + (folder / "page.npy"));
  EXPECT_THAT(json.output, testing::StartsWith(R"({"index":0,"digit":)"));
  save_npy(folder / "odd.npy", full({3, 5}, 0, DType::u8));
  EXPECT_THAT(run("predict " + weights + " --input " + (folder / "odd.npy")).output,
              HasSubstr("expected uint8[n, 28, 28]"));
}

TEST(Program, PredictNeedsFittingWeights) {
  TemporaryFolder folder;
  const Outcome missing = run("predict " + (folder / "none"));
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.output, HasSubstr("train one with: tandem train digits"));
  save_safetensors(folder / "other", {{"weight", full({2}, 1.0)}});
  const Outcome other = run("predict " + (folder / "other"));
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.output, HasSubstr("conv1.weight"));
}

TEST(Program, BenchPrintsJson) {
  const Outcome outcome = run("bench add16 --seconds 0.02 --json");
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.output, testing::StartsWith(R"({"peer":"tandem","case":"add16",)"));
  EXPECT_THAT(run("bench nonsense").output, HasSubstr("no case 'nonsense'; expected add16"));
}

}  // namespace
}  // namespace tandem
