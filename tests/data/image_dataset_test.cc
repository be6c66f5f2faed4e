#include "tandem/data/image_dataset.h"

#include <algorithm>

#include "tandem/tandem.h"
#include "tests/data/environment.h"
#include "tests/expect_error.h"
#include "tests/io/temporary_folder.h"
#include "tests/test_data.h"

namespace tandem {
namespace {

using testing::ElementsAre;

TEST(ImageDataset, GivesFloatsAndLabels) {
  const ImageDataset data(from_data<uint8_t>({0, 255, 51, 102}, {2, 1, 2}),
                          from_data<int64_t>({7, 8}, {2}));
  const Batch batch = data.get_batch(std::vector<int64_t>{1, 0});
  EXPECT_EQ(batch[0].type(), (Type{DType::f32, {2, 1, 1, 2}}));
  EXPECT_THAT(batch[0].to_vector<float>(), ElementsAre(0.2f, 0.4f, 0, 1));
  EXPECT_THAT(batch[1].to_vector<int>(), ElementsAre(8, 7));
  const Sample sample = data.get(0);
  EXPECT_EQ(sample[0].shape(), (Dims{1, 1, 2}));
  EXPECT_EQ(sample[1].shape(), Dims{});
  EXPECT_EQ(data.Dataset::get_batch(std::vector<int64_t>{1, 0})[0].to_vector<float>(),
            batch[0].to_vector<float>());
  EXPECT_ERROR(data.get(2), ErrorCode::index, "sample 2 is out of range; there are 2");
}

TEST(ImageDataset, RejectsOtherTensors) {
  EXPECT_ERROR(ImageDataset(empty({1, 2, 2}), empty({1}, DType::i64)), ErrorCode::dtype, "uint8");
  EXPECT_ERROR(ImageDataset(empty({2, 2, 2}, DType::u8), empty({1}, DType::i64)), ErrorCode::shape,
               "got [2, 2, 2] and [1]");
}

TEST(DrawDigits, HasEveryDigitAlike) {
  const auto digits = draw_digits(1000, 1);
  const auto labels = digits->targets().to_vector<int64_t>();
  for (int digit = 0; digit < 10; ++digit) EXPECT_EQ(std::ranges::count(labels, digit), 100);
  EXPECT_EQ(draw_digits(1000, 1)->data().to_vector<uint8_t>(), digits->data().to_vector<uint8_t>());
}

TEST(FindDigits, DrawsThemWhereThereIsNoData) {
  Environment environment;
  TemporaryFolder cache;
  environment.unset("TANDEM_DATA");
  environment.set("TANDEM_CACHE", cache.path());
  environment.set("TANDEM_OFFLINE", "1");
  const Digits digits = find_digits();
  EXPECT_EQ(digits.origin, DataOrigin::missing);
  EXPECT_EQ(digits.train->size(), 20'000);
  EXPECT_EQ(digits.test->size(), 4'000);
  EXPECT_THAT(digits.summary, testing::HasSubstr("draws itself"));
  EXPECT_ERROR(load_mnist(), ErrorCode::io, "no MNIST: TANDEM_DATA is not set");
}

TEST(LoadMnist, RejectsFilesOfAnotherShape) {
  TemporaryFolder folder;
  write_text(folder / "images", std::string("\0\0\x08\1\0\0\0\1a", 9));
  write_text(folder / "labels", std::string("\0\0\x08\1\0\0\0\1a", 9));
  const DataLocation location{DataOrigin::given, {folder / "images", folder / "labels"}, ""};
  EXPECT_ERROR(load_mnist(location, true), ErrorCode::format, "got uint8[1] and uint8[1]");
}

TEST(LoadMnist, ReadsTheRealOne) {
  if (test_data().empty()) GTEST_SKIP() << "set TANDEM_DATA to a folder with mnist/";
  const auto train = load_mnist(true), test = load_mnist(false);
  EXPECT_EQ(train->size(), 60'000);
  EXPECT_EQ(test->size(), 10'000);
  const auto labels = train->targets().to_vector<int64_t>();
  EXPECT_THAT(std::vector(labels.begin(), labels.begin() + 5), ElementsAre(5, 0, 4, 1, 9));
}

}  // namespace
}  // namespace tandem
