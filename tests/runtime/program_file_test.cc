#include "tandem/runtime/program_file.h"

#include "tandem/io/file.h"
#include "tandem/io/tensor_files.h"
#include "tandem/ops/functions.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/runtime/sample_program.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

std::string shown(const Tensor& t) {
  std::string s = text(t.type(), " ");
  for (const double x : t.to_vector<double>()) s += text(x, " ");
  return s;
}

void expect_same(const ProgramFile& a, const ProgramFile& b) {
  EXPECT_EQ(graph::print(a.programs), graph::print(b.programs));
  for (const auto& [of, other] : {std::pair(&a.state, &b.state), std::pair(&a.assets, &b.assets)}) {
    ASSERT_EQ(of->size(), other->size());
    for (const auto& [name, tensor] : *of) EXPECT_EQ(shown(tensor), shown((*other)[name])) << name;
  }
  EXPECT_EQ(a.metadata, b.metadata);
}

TEST(ProgramFile, RoundTrips) {
  TemporaryFolder folder;
  const ProgramFile file = sample_program();
  save_program(folder / "a.tandem", file);
  const ProgramFile read = load_program(folder / "a.tandem");
  expect_same(file, read);
  const graph::Parameter* table =
      read.programs["predict"].find(graph::ParameterKind::constant, "table");
  EXPECT_EQ(table->constant.to_vector<float>()[17], 17.0F);
  EXPECT_EQ(read.asset("labels.txt"), "zero\none\ntwo\n");
  EXPECT_ERROR(read.asset("labels"), ErrorCode::index, "labels");

  // What was read makes the same bytes again; so do the same bytes without a file.
  save_program(folder / "b.tandem", read);
  const std::string bytes = read_text(folder / "a.tandem");
  EXPECT_EQ(read_text(folder / "b.tandem"), bytes);
  expect_same(runtime::load_program_from_bytes(bytes_of(bytes)), file);
}

TEST(ProgramFile, IsASafetensorsFile) {
  TemporaryFolder folder;
  save_program(folder / "a.tandem", sample_program());
  Metadata metadata;
  const NamedTensors tensors = load_safetensors(folder / "a.tandem", &metadata);
  EXPECT_EQ(shown(tensors["fc.bias"]), "float32[3] 1 2 3 ");
  EXPECT_EQ(tensors["constant:predict:table"].shape(), (Dims{6, 3}));
  EXPECT_FALSE(tensors.contains("constant:predict:scale"));  // it stands in the text
  EXPECT_EQ(tensors["asset:labels.txt"].dtype(), DType::u8);

  std::map<std::string, std::string> keys(metadata.begin(), metadata.end());
  EXPECT_EQ(keys["tandem.version"], "1");
  EXPECT_EQ(keys["tandem.programs"], sample_text);
  EXPECT_EQ(keys["author"], "somebody \"quoted\"");
  EXPECT_THAT(keys["tandem.signatures"],
              HasSubstr(R"("predict":{"inputs":[{"dtype":"f32","name":"x","shape":["b",4]}],)"
                        R"("outputs":[{"dtype":"f32","name":"scores","shape":["b",3]}]})"));
  EXPECT_THAT(keys["tandem.sha256"], HasSubstr("\"asset:labels.txt\":\""));

  const std::string bytes = read_text(folder / "a.tandem");
  const auto content = parse_safetensors(bytes_of(bytes), "a");
  EXPECT_EQ((reinterpret_cast<const char*>(content.entries[0].bytes.data()) - bytes.data()) % 64,
            0);
}

TEST(ProgramFile, StateLiesInTheMappedFileAndIsWrittenInMemoryAlone) {
  TemporaryFolder folder;
  save_program(folder / "a.tandem", sample_program());
  const std::string before = read_text(folder / "a.tandem");
  const auto mapped = std::make_shared<MappedFile>("test", folder / "a.tandem");
  const ProgramFile file = load_program(mapped);
  for (const auto& [name, tensor] : file.state) {
    const auto* data = static_cast<const std::byte*>(tensor.data_ptr());
    EXPECT_GE(data, mapped->bytes().data()) << name;
    EXPECT_LE(data + tensor.nbytes(), mapped->bytes().data() + mapped->bytes().size()) << name;
  }
  file.state["fc.weight"].data<float>()[0] = 42;
  EXPECT_EQ(read_text(folder / "a.tandem"), before);
  // Saved over the very file that it lies in.
  save_program(folder / "a.tandem", file);
  EXPECT_EQ(load_program(folder / "a.tandem").state["fc.weight"].data<float>()[0], 42);
  EXPECT_EQ(folder.count(), 1);
}

TEST(ProgramFile, StridesAreNotSaved) {
  TemporaryFolder folder;
  ProgramFile file = sample_program();
  std::vector<float> columns(12);
  for (std::size_t i = 0; i < 12; ++i) columns[i] = float(i);
  NamedTensors state;
  for (const auto& [name, tensor] : file.state)
    state.add(name, name == "fc.weight" ? from_data(columns, {4, 3}).T() : tensor);
  file.state = state;
  save_program(folder / "a.tandem", file);
  const Tensor weight = load_program(folder / "a.tandem").state["fc.weight"];
  EXPECT_TRUE(weight.is_contiguous());
  EXPECT_EQ(weight.to_vector<float>(), state["fc.weight"].to_vector<float>());
}

TEST(ProgramFile, HoldsNothingToo) {
  TemporaryFolder folder;
  save_program(folder / "a.tandem", {});
  const ProgramFile file = load_program(folder / "a.tandem");
  EXPECT_TRUE(file.programs.programs.empty() && file.state.empty() && file.assets.empty());
}

/// A cache whose length is a symbolic dim.
TEST(ProgramFile, StateMayHaveSymbolicSizes) {
  TemporaryFolder folder;
  const auto file_with = [](const Dims& a, const Dims& b) {
    ProgramFile file;
    file.programs = graph::parse(
        "program f(%x: f32[n]) -> (%y: f32[n]) {\n"
        "  state @a: f32[n], @b: f32[2*n]\n  return %x\n}\n");
    file.state = {{"a", empty(a)}, {"b", empty(b)}};
    return file;
  };
  save_program(folder / "a.tandem", file_with({5}, {10}));
  EXPECT_EQ(load_program(folder / "a.tandem").state["a"].size(0), 5);
  EXPECT_ERROR(save_program(folder / "a.tandem", file_with({5}, {11})), ErrorCode::value,
               "state 'b' is float32[11], but program f says f32[2*n]");
}

TEST(ProgramFile, RefusesToWriteWhatItWouldNotRead) {
  TemporaryFolder folder;
  const auto expect_refused = [&](ErrorCode code, std::string_view part, auto change) {
    ProgramFile file = sample_program();
    change(file);
    EXPECT_ERROR(save_program(folder / "a.tandem", file), code, std::string(part));
    EXPECT_EQ(folder.count(), 0);
  };
  const auto without = [](const NamedTensors& tensors, std::string_view name) {
    NamedTensors rest;
    for (const auto& [n, tensor] : tensors)
      if (n != name) rest.add(n, tensor);
    return rest;
  };
  expect_refused(ErrorCode::value,
                 "there is no state 'fc.bias', which program predict needs as f32[3]",
                 [&](ProgramFile& f) { f.state = without(f.state, "fc.bias"); });
  expect_refused(ErrorCode::value, "; did you mean 'fc.bios'?", [&](ProgramFile& f) {
    f.state = without(f.state, "fc.bias");
    f.state.add("fc.bios", empty({3}));
  });
  expect_refused(ErrorCode::value, "state 'fc.bias' is float64[3], but program predict says f32[3]",
                 [&](ProgramFile& f) {
                   f.state = without(f.state, "fc.bias");
                   f.state.add("fc.bias", empty({3}, DType::f64));
                 });
  expect_refused(ErrorCode::value, "state cannot be named 'asset:x'",
                 [](ProgramFile& f) { f.state.add("asset:x", empty({1})); });
  expect_refused(ErrorCode::value, "state cannot be named 'constant:x'",
                 [](ProgramFile& f) { f.state.add("constant:x", empty({1})); });
  expect_refused(ErrorCode::value, "reserved",
                 [](ProgramFile& f) { f.state.add("__metadata__", empty({1})); });
  expect_refused(ErrorCode::value, "UTF-8",
                 [](ProgramFile& f) { f.state.add("\xff", empty({1})); });
  expect_refused(ErrorCode::value, "'nothing' is an undefined tensor",
                 [](ProgramFile& f) { f.state.add("nothing", Tensor()); });
  expect_refused(ErrorCode::value, "asset 'x' is float32[1]; expected uint8[n]",
                 [](ProgramFile& f) { f.assets.add("x", empty({1})); });
  expect_refused(ErrorCode::value, "metadata cannot have the key 'tandem.mine'",
                 [](ProgramFile& f) { f.metadata.emplace_back("tandem.mine", ""); });
  expect_refused(ErrorCode::value, "'author' twice",
                 [](ProgramFile& f) { f.metadata.emplace_back("author", ""); });
  expect_refused(ErrorCode::value, "#table of program predict has no elements",
                 [](ProgramFile& f) { f.programs = graph::parse(sample_text); });
  expect_refused(ErrorCode::format, "two programs are named count",
                 [](ProgramFile& f) { f.programs.programs[0].name = "count"; });
  EXPECT_ERROR(save_program(folder / "no/such/folder", sample_program()), ErrorCode::io,
               "does its folder exist?");
}

}  // namespace
}  // namespace tandem
