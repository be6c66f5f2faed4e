#include "tandem/cli/progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace tandem {
namespace {

const ProgressState half{.label = "Epoch 1/3",
                         .unit = "images",
                         .done = 30'000,
                         .total = 60'000,
                         .seconds = 2,
                         .values = {{"loss", "0.1234"}, {"accuracy", "96.21 %"}}};

TEST(Progress, SaysEverythingWhereThereIsRoom) {
  EXPECT_EQ(progress_line(half, 120),
            "Epoch 1/3  [===============>              ]  50 %  loss 0.1234  accuracy 96.21 %  "
            "15,000 images/s  0:02 left");
}

TEST(Progress, FitsAnyWidth) {
  for (int columns = 0; columns < 130; ++columns)
    EXPECT_LE(int(progress_line(half, columns).size()), columns);
  EXPECT_EQ(progress_line(half, 79),
            "Epoch 1/3  [===>   ]  loss 0.1234  accuracy 96.21 %  15,000 images/s  0:02 left");
  EXPECT_EQ(progress_line(half, 31), "Epoch 1/3  [==>  ]  loss 0.1234");
  EXPECT_EQ(progress_line(half, 12), "Epoch 1/3");
}

TEST(Progress, CountsBytesOfUnknownLength) {
  const ProgressState state{.label = "a.gz", .unit = "bytes", .done = 1'500'000, .seconds = 1};
  EXPECT_EQ(progress_line(state, 80), "a.gz  1.5 MB  1.5 MB/s");
}

TEST(Progress, StartsAndEnds) {
  ProgressState state = half;
  state.done = 0, state.seconds = 0, state.values.clear();
  EXPECT_EQ(progress_line(state, 60), "Epoch 1/3  [>                             ]   0 %");
  state.done = 60'000, state.seconds = 4;
  EXPECT_EQ(progress_line(state, 80),
            "Epoch 1/3  [==============================] 100 %  15,000 images/s  0:00 left");
}

TEST(Progress, SummaryIsOneLine) {
  EXPECT_EQ(progress_summary(half),
            "Epoch 1/3  loss 0.1234  accuracy 96.21 %  15,000 images/s  in 0:02");
}

TEST(Progress, SummaryOfADownloadSaysHowMuch) {
  const ProgressState state{
      .label = "a.gz", .unit = "bytes", .done = 4517, .total = 4517, .seconds = 1e-6};
  EXPECT_EQ(progress_summary(state), "a.gz  4.5 kB  in 0:00");
}

TEST(Progress, PrintsOnlyTheSummaryIntoAFile) {
  std::FILE* file = std::tmpfile();
  {
    Progress progress(file, "Epoch 1/1", "images", 10);
    progress.update(5, {{"loss", "1"}});
    progress.update(10, {{"loss", "2"}});
    progress.finish();
  }
  std::rewind(file);
  char text[200] = "";
  const size_t size = std::fread(text, 1, sizeof text - 1, file);
  std::fclose(file);
  EXPECT_THAT(std::string(text, size), testing::StartsWith("Epoch 1/1  loss 2  "));
  EXPECT_EQ(std::string(text, size).find('\n'), size - 1);
}

TEST(Progress, WritesNumbersForPeople) {
  EXPECT_EQ(clock_text(65), "1:05");
  EXPECT_EQ(clock_text(3723), "1:02:03");
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(-1234567), "-1,234,567");
}

}  // namespace
}  // namespace tandem
