// "same", "valid" and the padding modes of the convolutions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/nn/nn.h"
#include "tandem/tandem.h"

namespace tandem::nn {
namespace {

TEST(ConvPadding, SameKeepsTheSize) {
  manual_seed(1);
  const Tensor x = randn({2, 3, 7, 6});
  for (const int64_t kernel : {1, 2, 3, 4, 5})
    for (const int64_t dilation : {1, 2}) {
      Conv2d conv(3, 4, kernel, {.padding = "same", .dilation = dilation});
      const Tensor y = conv(x);
      EXPECT_EQ(y.shape(), (Dims{2, 4, 7, 6}));
      // The odd amount goes to the end, as PyTorch has it.
      const int64_t total = dilation * (kernel - 1), before = total / 2, after = total - before;
      const Tensor wide = pad(x, {before, after, before, after});
      EXPECT_TRUE(allclose(y, conv2d(wide, conv.weight, conv.bias, 1, 0, dilation)));
    }
  Conv1d line(3, 2, 4, {.padding = "same"});
  EXPECT_EQ(line(select(x, 2, 0)).shape(), (Dims{2, 2, 6}));
  Conv2d valid(3, 4, 3, {.padding = "valid"});
  EXPECT_EQ(valid(x).shape(), (Dims{2, 4, 5, 4}));
}

TEST(ConvPadding, ModesPadTheInputFirst) {
  manual_seed(1);
  const Tensor x = randn({2, 3, 7, 6});
  for (const char* mode : {"reflect", "replicate", "circular"}) {
    Conv2d conv(3, 4, 3, {.stride = 2, .padding = {1, 2}, .padding_mode = Name(mode)});
    const Tensor wide = pad(x, {2, 2, 1, 1}, mode);
    EXPECT_TRUE(allclose(conv(x), conv2d(wide, conv.weight, conv.bias, 2)));
  }
}

TEST(ConvPadding, PrintsAsPyTorch) {
  EXPECT_EQ(to_string(Conv2d(1, 2, 3, {.padding = "same", .padding_mode = "reflect"})),
            "Conv2d(1, 2, kernel_size=(3, 3), stride=(1, 1), padding=same, padding_mode=reflect)");
  EXPECT_EQ(to_string(Conv1d(1, 2, 3, {.padding = "valid"})),
            "Conv1d(1, 2, kernel_size=(3,), stride=(1,))");
}

TEST(ConvPadding, WrongWordsAreErrors) {
  EXPECT_THROW(Conv2d(1, 2, 3, {.padding = "full"}), Error);
  EXPECT_THROW(Conv2d(1, 2, 3, {.padding_mode = "mirror"}), Error);
  EXPECT_THROW(Conv2d(1, 2, 3, {.padding = -1}), Error);
  EXPECT_THROW(Conv2d(1, 2, 3, {.stride = 2, .padding = "same"}), Error);
}

}  // namespace
}  // namespace tandem::nn
