#include "tandem/nn/registry.h"

#include <gtest/gtest.h>

#include "tandem/nn/init.h"
#include "tandem/nn/nn.h"
#include "tandem/nn/repr.h"
#include "tandem/tandem.h"
#include "tandem/tensor/attribute_value.h"

namespace tandem::nn {
namespace {

std::string spelled(const auto& value) { return python(value); }
std::string spelled(const Dims& value) { return text(value); }
std::string spelled(const Scalar& value) { return text(value); }
std::string spelled(DType value) { return text(value); }
std::string spelled(const Name& value) { return text("'", value, "'"); }
template <class T>
std::string spelled(const std::optional<T>& value) {
  return value ? spelled(*value) : "None";
}

/// "Conv2d(in_channels, out_channels, kernel_size, stride=(1,), …)": names, order and defaults.
std::string signature(const ModuleInfo& info) {
  std::vector<std::byte> options(info.bytes + 1);
  info.defaults(options.data());
  std::string s;
  for (const AttributeInfo& a : info.options) {
    s += s.empty() ? "" : ", ";
    s += a.name;
    if (a.required) continue;
    s += "=" + visit_attribute(a, options.data(), [](const auto& v) { return spelled(v); });
  }
  return text(info.name, "(", s, ")");
}

TEST(ModuleRegistry, HasPyTorchsNamesOrderAndDefaults) {
  const auto of = [](std::string_view name) {
    const ModuleInfo* info = find_module(name);
    return info ? signature(*info) : std::string("no module ") + std::string(name);
  };
  EXPECT_EQ(of("Linear"), "Linear(in_features, out_features, bias=True)");
  EXPECT_EQ(of("Conv2d"),
            "Conv2d(in_channels, out_channels, kernel_size, stride=[1], padding=[0], "
            "dilation=[1], groups=1, bias=True, padding_mode='zeros')");
  EXPECT_EQ(of("ConvTranspose2d"),
            "ConvTranspose2d(in_channels, out_channels, kernel_size, stride=[1], padding=[0], "
            "output_padding=[0], groups=1, bias=True, dilation=[1])");
  EXPECT_EQ(of("BatchNorm2d"),
            "BatchNorm2d(num_features, eps=1e-05, momentum=0.1, affine=True, "
            "track_running_stats=True, bias=True)");
  EXPECT_EQ(of("LayerNorm"),
            "LayerNorm(normalized_shape, eps=1e-05, elementwise_affine=True, bias=True)");
  EXPECT_EQ(of("GroupNorm"),
            "GroupNorm(num_groups, num_channels, eps=1e-05, affine=True, bias=True)");
  EXPECT_EQ(of("Embedding"), "Embedding(num_embeddings, embedding_dim, padding_idx=None)");
  EXPECT_EQ(of("MaxPool2d"),
            "MaxPool2d(kernel_size, stride=[], padding=[0], dilation=[1], ceil_mode=False)");
  EXPECT_EQ(of("Dropout"), "Dropout(p=0.5, inplace=False)");
  EXPECT_EQ(of("LSTM"),
            "LSTM(input_size, hidden_size, num_layers=1, bias=True, batch_first=False, "
            "dropout=0.0, bidirectional=False, proj_size=0)");
  EXPECT_EQ(of("RNN"),
            "RNN(input_size, hidden_size, num_layers=1, nonlinearity='tanh', bias=True, "
            "batch_first=False, dropout=0.0, bidirectional=False, proj_size=0)");
  EXPECT_EQ(of("MultiheadAttention"),
            "MultiheadAttention(embed_dim, num_heads, dropout=0.0, bias=True, batch_first=False)");
  EXPECT_EQ(of("CrossEntropyLoss"),
            "CrossEntropyLoss(ignore_index=-100, reduction='mean', label_smoothing=0.0)");
  EXPECT_EQ(of("Hardtanh"), "Hardtanh(min_val=-1.0, max_val=1.0, inplace=False)");
  EXPECT_EQ(of("Softmax"), "Softmax(dim=None)");
  EXPECT_EQ(of("GELU"), "GELU(approximate='none')");
  EXPECT_EQ(find_module("NoSuchModule"), nullptr);
}

TEST(ModuleRegistry, MakesModulesFromOptions) {
  const ModuleInfo& info = *find_module("Linear");
  std::vector<std::byte> options(info.bytes);
  info.defaults(options.data());
  *static_cast<int64_t*>(info.options[0].in(options.data())) = 3;
  *static_cast<int64_t*>(info.options[1].in(options.data())) = 2;
  *static_cast<bool*>(info.options[2].in(options.data())) = false;
  const auto module = info.make(options.data());
  EXPECT_EQ(to_string(*module), "Linear(in_features=3, out_features=2, bias=False)");
}

/// "forward(query, key, value, key_padding_mask?, …)"
std::string called(const ModuleInfo& info) {
  std::string s;
  for (const ForwardParameter& p : info.forward.parameters)
    s += text(s.empty() ? "" : ", ", p.name, p.required ? "" : "?");
  return s;
}

TEST(ModuleRegistry, SaysHowModulesAreCalled) {
  EXPECT_EQ(called(*find_module("Linear")), "input");
  EXPECT_EQ(called(*find_module("MSELoss")), "input, target");
  EXPECT_EQ(called(*find_module("LSTM")), "input, hx?");
  EXPECT_EQ(find_module("LSTM")->forward.parameters[1].count, 2);
  EXPECT_EQ(called(*find_module("MultiheadAttention")),
            "query, key, value, key_padding_mask?, need_weights?, attn_mask?, "
            "average_attn_weights?, is_causal?");
  const ModuleInfo& loss = *find_module("NLLLoss");
  EXPECT_EQ(loss.constructor,
            (std::vector<std::string_view>{"weight?", "size_average?", "ignore_index", "reduce?",
                                           "reduction"}));
}

TEST(ModuleRegistry, CallsModules) {
  const MultiheadAttention attention(4, 2);
  const ForwardInfo& info = find_module("MultiheadAttention")->forward;
  const std::shared_ptr<void> arguments = info.arguments();
  *static_cast<bool*>(info.parameters[4].value.in(arguments.get())) = false;  // need_weights
  const Tensor x = randn({3, 1, 4});
  const auto results =
      info.run(const_cast<MultiheadAttention&>(attention), std::vector{x, x, x}, arguments.get());
  ASSERT_EQ(results.size(), 2u);
  EXPECT_EQ(results[0].shape(), (Dims{3, 1, 4}));
  EXPECT_FALSE(results[1]);
  LSTM lstm(3, 4);
  EXPECT_EQ(find_module("LSTM")
                ->forward.run(lstm, std::vector<Tensor>{randn({5, 2, 3}), {}, {}}, nullptr)
                .size(),
            3u);
}

TEST(ModuleRegistry, KnowsOptionsAsTheModuleCompletedThem) {
  const Conv2d conv(1, 2, 3, {.padding = 1});
  const ModuleInfo& info = *find_module("Conv2d");
  const void* options = info.options_of(conv);
  EXPECT_EQ(*static_cast<const Dims*>(info.options[2].in(const_cast<void*>(options))),
            (Dims{3, 3}));
  EXPECT_TRUE(info.options[4].from_word);
  EXPECT_TRUE(find_module("MaxPool2d")->options[0].number_or_dims);
}

TEST(Skip, LeavesTensorsAndTheGeneratorAlone) {
  manual_seed(1);
  const Tensor before = default_generator().get_state();
  {
    const init::Skip skip;
    const Linear layer(3, 2);
  }
  EXPECT_EQ(default_generator().get_state().to_vector<int64_t>(), before.to_vector<int64_t>());
}

TEST(ModuleText, IsPyTorchs) {
  const auto expect = [](const Module& module, std::string_view repr) {
    EXPECT_EQ(to_string(module), repr);
  };
  expect(Linear(2, 3), "Linear(in_features=2, out_features=3, bias=True)");
  expect(Conv1d(1, 2, 3), "Conv1d(1, 2, kernel_size=(3,), stride=(1,))");
  expect(Conv2d(1, 8, 3, {.padding = 1, .bias = false}),
         "Conv2d(1, 8, kernel_size=(3, 3), stride=(1, 1), padding=(1, 1), bias=False)");
  expect(Conv2d(2, 2, 3, {.dilation = 2, .groups = 2}),
         "Conv2d(2, 2, kernel_size=(3, 3), stride=(1, 1), dilation=(2, 2), groups=2)");
  expect(Bilinear(2, 3, 4, {.bias = false}),
         "Bilinear(in1_features=2, in2_features=3, out_features=4, bias=False)");
  expect(Upsample({.scale_factor = 2, .mode = "bilinear"}),
         "Upsample(scale_factor=2.0, mode='bilinear')");
  expect(Upsample({.size = {4, 6}}), "Upsample(size=(4, 6), mode='nearest')");
  expect(PixelShuffle(2), "PixelShuffle(upscale_factor=2)");
  expect(PixelUnshuffle(2), "PixelUnshuffle(downscale_factor=2)");
  expect(Unfold({2, 3}, {.padding = 1}),
         "Unfold(kernel_size=(2, 3), dilation=1, padding=1, stride=1)");
  expect(Fold({4, 5}, 2),
         "Fold(output_size=(4, 5), kernel_size=2, dilation=1, padding=0, stride=1)");
  expect(ConvTranspose2d(1, 2, 3, {.stride = 2, .output_padding = 1}),
         "ConvTranspose2d(1, 2, kernel_size=(3, 3), stride=(2, 2), output_padding=(1, 1))");
  expect(BatchNorm2d(3),
         "BatchNorm2d(3, eps=1e-05, momentum=0.1, affine=True, bias=True, "
         "track_running_stats=True)");
  expect(BatchNorm1d(3, {.momentum = std::nullopt, .affine = false}),
         "BatchNorm1d(3, eps=1e-05, momentum=None, affine=False, bias=False, "
         "track_running_stats=True)");
  expect(LayerNorm(4), "LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)");
  expect(LayerNorm({4, 5}, {.bias = false}),
         "LayerNorm((4, 5), eps=1e-05, elementwise_affine=True, bias=False)");
  expect(GroupNorm(2, 4), "GroupNorm(2, 4, eps=1e-05, affine=True, bias=True)");
  expect(InstanceNorm2d(3),
         "InstanceNorm2d(3, eps=1e-05, momentum=0.1, affine=False, bias=False, "
         "track_running_stats=False)");
  expect(RMSNorm(4), "RMSNorm((4,), eps=None, elementwise_affine=True)");
  expect(Embedding(3, 4, {.padding_idx = 0}), "Embedding(3, 4, padding_idx=0)");
  expect(MaxPool2d(2),
         "MaxPool2d(kernel_size=2, stride=2, padding=0, dilation=1, ceil_mode=False)");
  expect(MaxPool2d({2, 3}, {.padding = 1, .ceil_mode = true}),
         "MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=1, dilation=1, ceil_mode=True)");
  expect(AvgPool2d(2), "AvgPool2d(kernel_size=2, stride=2, padding=0)");
  expect(AdaptiveAvgPool2d(1), "AdaptiveAvgPool2d(output_size=1)");
  expect(AdaptiveAvgPool2d({1, -1}), "AdaptiveAvgPool2d(output_size=(1, None))");
  expect(Dropout(), "Dropout(p=0.5, inplace=False)");
  expect(ReLU(), "ReLU()");
  expect(ReLU({true}), "ReLU(inplace=True)");
  expect(LeakyReLU(), "LeakyReLU(negative_slope=0.01)");
  expect(GELU("tanh"), "GELU(approximate='tanh')");
  expect(Softmax(1), "Softmax(dim=1)");
  expect(ELU(), "ELU(alpha=1.0)");
  expect(Softplus(), "Softplus(beta=1.0, threshold=20.0)");
  expect(Hardtanh(), "Hardtanh(min_val=-1.0, max_val=1.0)");
  expect(PReLU(), "PReLU(num_parameters=1)");
  expect(Flatten(), "Flatten(start_dim=1, end_dim=-1)");
  expect(Unflatten(1, {2, 3}), "Unflatten(dim=1, unflattened_size=(2, 3))");
  expect(Identity(), "Identity()");
  expect(CrossEntropyLoss(), "CrossEntropyLoss()");
  expect(LSTM(3, 4, {.num_layers = 2, .batch_first = true}),
         "LSTM(3, 4, num_layers=2, batch_first=True)");
  expect(GRU(3, 4, {.num_layers = 2, .dropout = 0.1, .bidirectional = true}),
         "GRU(3, 4, num_layers=2, dropout=0.1, bidirectional=True)");
  expect(RNN(3, 4, {.nonlinearity = "relu", .bias = false}), "RNN(3, 4, bias=False)");
  expect(MultiheadAttention(4, 2),
         "MultiheadAttention(\n"
         "  (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n"
         ")");
  expect(Sequential{Linear(2, 2), Linear(2, 2), ReLU()},
         "Sequential(\n"
         "  (0): Linear(in_features=2, out_features=2, bias=True)\n"
         "  (1): Linear(in_features=2, out_features=2, bias=True)\n"
         "  (2): ReLU()\n"
         ")");
}

}  // namespace
}  // namespace tandem::nn
