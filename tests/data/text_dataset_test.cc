#include "tandem/data/text_dataset.h"

#include "tandem/tandem.h"
#include "tests/expect_error.h"
#include "tests/test_data.h"

namespace tandem {
namespace {

using testing::ElementsAre;

TEST(Vocabulary, NumbersCharactersInTheirOrder) {
  const Vocabulary vocabulary("hello");
  EXPECT_EQ(vocabulary.characters(), "ehlo");
  EXPECT_THAT(vocabulary.encode("hole"), ElementsAre(1, 3, 2, 0));
  EXPECT_EQ(vocabulary.decode(vocabulary.encode("hole")), "hole");
  const Vocabulary accents("é");
  EXPECT_EQ(accents.decode(accents.encode("é")), "é");
  EXPECT_ERROR(vocabulary.encode("x"), ErrorCode::value, "character 120 ('x') is not among the 4");
  EXPECT_ERROR(vocabulary.decode(std::vector<int64_t>{4}), ErrorCode::index, "expected 0..3");
}

TEST(TextDataset, TargetsAreOneAhead) {
  const TextDataset data({10, 11, 12, 13, 14}, 3);
  EXPECT_EQ(data.size(), 2);
  EXPECT_THAT(data.get(1)[0].to_vector<int>(), ElementsAre(11, 12, 13));
  EXPECT_THAT(data.get(1)[1].to_vector<int>(), ElementsAre(12, 13, 14));
  const Batch batch = data.get_batch(std::vector<int64_t>{1, 0});
  EXPECT_EQ(batch[0].shape(), (Dims{2, 3}));
  EXPECT_THAT(batch[1].to_vector<int>(), ElementsAre(12, 13, 14, 11, 12, 13));
  EXPECT_ERROR(data.get(2), ErrorCode::index, "sample 2 is out of range");
  EXPECT_ERROR(TextDataset({1, 2}, 2), ErrorCode::value, "expected a block_size in 1..1");
}

TEST(LoadShakespeare, ReadsTheRealOne) {
  if (test_data().empty()) GTEST_SKIP() << "set TANDEM_DATA to a folder with text/";
  EXPECT_TRUE(load_shakespeare().starts_with("First Citizen:"));
}

}  // namespace
}  // namespace tandem
