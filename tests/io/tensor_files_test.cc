#include "tandem/io/tensor_files.h"

#include "tandem/io/idx.h"
#include "tandem/io/npy.h"
#include "tandem/io/zip.h"
#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/io/gzip.h"
#include "tests/io/temporary_folder.h"
#include "tests/test_data.h"

namespace tandem {
namespace {

using testing::ElementsAre;

NamedTensors one_of_each_dtype() {
  NamedTensors all;
  for (int i = 0; i < dtype_count; ++i)
    all.add(std::string(name(DType(i))),
            cast(from_data<int64_t>({0, 1, 1, 0, 1, 1}, {2, 3}), DType(i)));
  all.add("scalar", from_data<double>({2.5}, {}));
  all.add("empty", empty({0, 4}));
  return all;
}
void expect_equal(const NamedTensors& got, const NamedTensors& want) {
  ASSERT_EQ(got.size(), want.size());
  for (const auto& [name, tensor] : want) {
    ASSERT_TRUE(got.contains(name)) << name;
    EXPECT_EQ(got[name].type(), tensor.type()) << name;
    EXPECT_EQ(got[name].to_vector<double>(), tensor.to_vector<double>()) << name;
  }
}

TEST(TensorFiles, MoreDimsThanThereAreNameTheFile) {
  TemporaryFolder folder;
  const std::string one = "x";
  const std::vector<int64_t> shape(13, 1);
  write_safetensors(folder / "a", std::vector<SafetensorsEntry>{{"w", "U8", shape, bytes_of(one)}});
  EXPECT_ERROR(load_safetensors(folder / "a"), ErrorCode::format,
               "a': 'w' has 13 dims; expected at most 12");
  write_npy(folder / "b", {'u', 1, false, false, shape, bytes_of(one)});
  EXPECT_ERROR(load_npy(folder / "b"), ErrorCode::unsupported,
               "b' has 13 dims; expected at most 12");
}

TEST(TensorFiles, SafetensorsRoundTripEveryDtype) {
  TemporaryFolder folder;
  const NamedTensors all = one_of_each_dtype();
  save_safetensors(folder / "a", all, {{"format", "tandem"}});
  Metadata metadata;
  expect_equal(load_safetensors(folder / "a", &metadata), all);
  EXPECT_EQ(metadata, (Metadata{{"format", "tandem"}}));
}

TEST(TensorFiles, SafetensorsAreNotCopied) {
  TemporaryFolder folder;
  save_safetensors(folder / "a", {{"x", from_data<float>({1, 2}, {2})}});
  NamedTensors loaded = load_safetensors(folder / "a");
  Tensor x = loaded["x"];
  EXPECT_TRUE(x.impl()->storage->release_external);
  loaded = {};
  std::filesystem::remove(folder / "a");
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(1, 2));  // the mapping lives as long as x
}

TEST(TensorFiles, WritingToALoadedTensorLeavesTheFile) {
  TemporaryFolder folder;
  save_safetensors(folder / "a", {{"x", from_data<float>({1, 2}, {2})}});
  Tensor x = load_safetensors(folder / "a")["x"];
  x.fill_(7);
  EXPECT_THAT(x.to_vector<float>(), ElementsAre(7, 7));
  EXPECT_THAT(load_safetensors(folder / "a")["x"].to_vector<float>(), ElementsAre(1, 2));
}

TEST(TensorFiles, SavesLogicalOrder) {
  TemporaryFolder folder;
  const Tensor t = permute(from_data<float>({1, 2, 3, 4, 5, 6}, {2, 3}), {1, 0});
  save_safetensors(folder / "a", {{"t", t}});
  save_npy(folder / "a.npy", t);
  for (const Tensor& got : {load_safetensors(folder / "a")["t"], load_npy(folder / "a.npy")}) {
    EXPECT_EQ(got.shape(), (Dims{3, 2}));
    EXPECT_TRUE(got.is_contiguous());
    EXPECT_THAT(got.to_vector<float>(), ElementsAre(1, 4, 2, 5, 3, 6));
  }
}

TEST(TensorFiles, NothingIsRecordedForGradients) {
  TemporaryFolder folder;
  Tensor w = from_data<float>({1, 2}, {2});
  w.requires_grad_();
  save_safetensors(folder / "a", {{"w", w}});
  EXPECT_FALSE(load_safetensors(folder / "a")["w"].requires_grad());
}

TEST(TensorFiles, UnalignedSafetensorsAreCopied) {
  TemporaryFolder folder;
  const std::string header = R"({"u":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},)"
                             R"("i":{"dtype":"I32","shape":[1],"data_offsets":[1,5]}})";
  std::string file(1, char(header.size()));
  file.append(7, '\0').append(header).append("x\1\0\0\0", 5);
  write_text(folder / "a", file);
  EXPECT_EQ(load_safetensors(folder / "a")["i"].item<int>(), 1);
}

TEST(TensorFiles, ForeignDtypesNameTheTensor) {
  TemporaryFolder folder;
  const std::string data = "ab", wrong = "\2";
  write_safetensors(folder / "a", std::vector<SafetensorsEntry>{{"x", "U16", {1}, bytes_of(data)}});
  EXPECT_ERROR(load_safetensors(folder / "a"), ErrorCode::unsupported, "'x' is U16");
  write_safetensors(folder / "b",
                    std::vector<SafetensorsEntry>{{"x", "BOOL", {1}, bytes_of(wrong)}});
  EXPECT_ERROR(load_safetensors(folder / "b"), ErrorCode::format, "boolean 'x' holds the byte 2");
  EXPECT_ERROR(save_safetensors(folder / "c", {{"x", Tensor()}}), ErrorCode::value, "undefined");
}

TEST(TensorFiles, RanksBeyondTheLimitAreAnError) {
  TemporaryFolder folder;
  const std::string data = "a";
  write_safetensors(folder / "a", std::vector<SafetensorsEntry>{
                                      {"x", "U8", std::vector<int64_t>(40, 1), bytes_of(data)}});
  EXPECT_ERROR(load_safetensors(folder / "a"), ErrorCode::format,
               "'x' has 40 dims; expected at most 12");
}

TEST(TensorFiles, NpyRoundTripsEveryDtypeNumpyHas) {
  TemporaryFolder folder;
  for (const auto& [name, tensor] : one_of_each_dtype()) {
    if (tensor.dtype() == DType::bf16) {
      EXPECT_ERROR(save_npy(folder / "x", tensor), ErrorCode::unsupported, "cast it to float32");
      continue;
    }
    save_npy(folder / "x", tensor);
    expect_equal({{name, load_npy(folder / "x")}}, {{name, tensor}});
  }
}

TEST(TensorFiles, NpyOfOtherOrders) {
  TemporaryFolder folder;
  const std::string data("\0\1\0\2\0\3\0\4\0\5\0\6", 12);
  write_npy(folder / "a.npy", {'i', 2, true, true, {3, 2}, bytes_of(data)});
  const Tensor t = load_npy(folder / "a.npy");
  EXPECT_EQ(t.shape(), (Dims{3, 2}));
  EXPECT_THAT(t.to_vector<int>(), ElementsAre(1, 4, 2, 5, 3, 6));
  write_npy(folder / "b.npy", {'u', 4, false, false, {3}, bytes_of(data)});
  EXPECT_ERROR(load_npy(folder / "b.npy"), ErrorCode::unsupported, "items of type 'u4'");
}

TEST(TensorFiles, NpzRoundTrips) {
  TemporaryFolder folder;
  NamedTensors arrays{{"a", from_data<float>({1, 2}, {2})}, {"b/c", from_data<int64_t>({3}, {})}};
  save_npz(folder / "a.npz", arrays);
  expect_equal(load_npz(folder / "a.npz"), arrays);
  const std::string before = read_text(folder / "a.npz");
  EXPECT_ERROR(save_npz(folder / "a.npz", {{"x", cast(empty({1}), DType::bf16)}}),
               ErrorCode::unsupported, "'x' is bfloat16");
  EXPECT_EQ(read_text(folder / "a.npz"), before);
}

TEST(TensorFiles, NpzErrorsNameTheEntry) {
  TemporaryFolder folder;
  const std::string junk = "not an array";
  ZipWriter writer("test", folder / "a.npz");
  const std::span<const std::byte> parts[] = {bytes_of(junk)};
  writer.add("x.npy", parts);
  writer.commit();
  EXPECT_ERROR(load_npz(folder / "a.npz"), ErrorCode::format, "a.npz:x.npy': is no npy file");
}

TEST(TensorFiles, IdxBecomesATensor) {
  TemporaryFolder folder;
  write_text(folder / "a.gz", compressed(std::string("\0\0\x08\2\0\0\0\1\0\0\0\2ab", 14)));
  const Tensor t = load_idx(folder / "a.gz");
  EXPECT_EQ(t.type(), (Type{DType::u8, {1, 2}}));
  EXPECT_THAT(t.to_vector<int>(), ElementsAre('a', 'b'));
}

/// The real files, where there are any: their own checksums guard what is read.
TEST(TensorFiles, ReadsSafetensorsOfOthers) {
  const std::string data = test_data();
  if (data.empty())
    GTEST_SKIP() << "set TANDEM_DATA to a folder with models/burn-mnist.safetensors";
  Metadata metadata;
  const NamedTensors tensors = load_safetensors(data + "/models/burn-mnist.safetensors", &metadata);
  EXPECT_GT(tensors.size(), 4u);
}

}  // namespace
}  // namespace tandem
