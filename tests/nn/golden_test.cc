// Modules against PyTorch: golden.safetensors was recorded by golden.py.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "tandem/io/tensor_files.h"
#include "tandem/nn/nn.h"
#include "tandem/ops/generator.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

namespace tandem {
namespace {

const NamedTensors& golden() {
  static const NamedTensors tensors =
      load_safetensors(TANDEM_SOURCE_FOLDER "/tests/nn/golden.safetensors");
  return tensors;
}

void expect_near(const Tensor& found, const Tensor& expected, double tolerance,
                 const std::string& what) {
  ASSERT_TRUE(found) << what;
  ASSERT_EQ(found.shape(), expected.shape()) << what << text(found.shape());
  const auto a = found.to_vector<double>(), b = expected.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_NEAR(a[i], b[i], tolerance * (1 + std::fabs(b[i]))) << what << " at " << i;
}

using Make = std::function<std::shared_ptr<nn::Module>()>;
template <class M, class... Args>
std::shared_ptr<nn::Module> made(Args... args) {
  return std::make_shared<M>(args...);
}
template <class M>
std::shared_ptr<nn::Module> made_from(const typename M::Options& options) {
  return std::make_shared<M>(options);
}

const std::vector<std::pair<std::string, Make>>& cases() {
  using namespace nn;
  static const std::vector<std::pair<std::string, Make>> all{
      {"linear", [] { return made<Linear>(5, 3); }},
      {"linear_no_bias", [] { return made_from<Linear>({4, 2, false}); }},
      {"conv1d", [] { return std::make_shared<Conv1d>(2, 3, 3, ConvOptions{.padding = 1}); }},
      {"conv2d",
       [] {
         return std::make_shared<Conv2d>(2, 4, 3,
                                         ConvOptions{.stride = 2, .padding = 1, .groups = 2});
       }},
      {"conv_transpose2d",
       [] {
         return std::make_shared<ConvTranspose2d>(
             2, 3, 3, ConvTransposeOptions{.stride = 2, .output_padding = 1});
       }},
      {"batch_norm1d", [] { return made<BatchNorm1d>(3); }},
      {"batch_norm2d", [] { return made<BatchNorm2d>(3); }},
      {"batch_norm_cumulative",
       [] { return std::make_shared<BatchNorm2d>(3, BatchNormOptions{.momentum = std::nullopt}); }},
      {"layer_norm", [] { return std::make_shared<nn::LayerNorm>(Dims{3, 4}); }},
      {"group_norm", [] { return made<nn::GroupNorm>(2, 4); }},
      {"instance_norm2d",
       [] { return std::make_shared<InstanceNorm2d>(3, InstanceNormOptions{.affine = true}); }},
      {"rms_norm", [] { return made<RMSNorm>(Dims{5}); }},
      {"embedding",
       [] { return std::make_shared<nn::Embedding>(8, 3, EmbeddingOptions{.padding_idx = 2}); }},
      {"embedding_large", [] { return made<nn::Embedding>(11, 5); }},
      {"max_pool2d", [] { return made<nn::MaxPool2d>(Dims{2}); }},
      {"avg_pool2d",
       [] {
         return std::make_shared<nn::AvgPool2d>(Dims{3},
                                                AvgPool2dOptions{.stride = 2, .padding = 1});
       }},
      {"adaptive_avg_pool2d", [] { return made<nn::AdaptiveAvgPool2d>(Dims{2}); }},
      {"adaptive_max_pool2d", [] { return made<nn::AdaptiveMaxPool2d>(Dims{2}); }},
      {"flatten", [] { return made<nn::Flatten>(); }},
      {"unflatten", [] { return made<nn::Unflatten>(1, Dims{2, 3}); }},
      {"prelu", [] { return made_from<PReLU>({3}); }},
      {"lstm",
       [] {
         return std::make_shared<LSTM>(3, 4,
                                       RNNBaseOptions{.num_layers = 2, .bidirectional = true});
       }},
      {"lstm_batch_first",
       [] { return std::make_shared<LSTM>(3, 4, RNNBaseOptions{.batch_first = true}); }},
      {"gru", [] { return std::make_shared<GRU>(3, 4, RNNBaseOptions{.num_layers = 2}); }},
      {"rnn", [] { return std::make_shared<RNN>(3, 4, RNNOptions{.nonlinearity = "relu"}); }},
      {"attention", [] { return made<MultiheadAttention>(4, 2); }},
      {"encoder_layer",
       [] {
         return std::make_shared<TransformerEncoderLayer>(
             4, 2,
             TransformerEncoderLayerOptions{
                 .dim_feedforward = 6, .dropout = 0, .norm_first = true});
       }},
      {"dropout", [] { return made<nn::Dropout>(0.3); }},
      {"dropout2d", [] { return made<Dropout2d>(0.4); }},
      {"ReLU", [] { return made<ReLU>(); }},
      {"LeakyReLU", [] { return made<LeakyReLU>(); }},
      {"GELU", [] { return made<GELU>(); }},
      {"SiLU", [] { return made<SiLU>(); }},
      {"Sigmoid", [] { return made<Sigmoid>(); }},
      {"Tanh", [] { return made<Tanh>(); }},
      {"ELU", [] { return made<ELU>(); }},
      {"CELU", [] { return made<CELU>(); }},
      {"SELU", [] { return made<SELU>(); }},
      {"Softplus", [] { return made<Softplus>(); }},
      {"Softsign", [] { return made<Softsign>(); }},
      {"Hardtanh", [] { return made<Hardtanh>(); }},
      {"Hardswish", [] { return made<Hardswish>(); }},
      {"Hardsigmoid", [] { return made<Hardsigmoid>(); }},
      {"ReLU6", [] { return made<ReLU6>(); }},
      {"Mish", [] { return made<Mish>(); }},
      {"LogSigmoid", [] { return made<LogSigmoid>(); }},
      {"GELU_tanh", [] { return made<GELU>("tanh"); }},
      {"Softmax", [] { return made<nn::Softmax>(-1); }},
      {"LogSoftmax", [] { return made<nn::LogSoftmax>(0); }},
  };
  return all;
}

/// Whatever the module gives, as a list.
std::vector<Tensor> outputs(nn::Module& module, const Tensor& x) {
  if (auto* lstm = dynamic_cast<nn::LSTM*>(&module)) {
    const auto [output, h, c] = (*lstm)(x);
    return {output, h, c};
  }
  if (auto* rnn = dynamic_cast<nn::OneStateRNN*>(&module)) {
    const auto [output, h] = (*rnn)(x);
    return {output, h};
  }
  if (auto* attention = dynamic_cast<nn::MultiheadAttention*>(&module)) {
    const auto [output, weights] = (*attention)(x, x, x);
    return {output, weights};
  }
  return {module(x)};
}

TEST(Golden, ModulesStartAsPyTorchsDo) {
  for (const auto& [name, make] : cases()) {
    manual_seed(7);
    const auto module = make();
    std::size_t keys = 0;
    for (const auto& [key, tensor] : golden()) keys += key.starts_with(name + "/init/");
    const NamedTensors state = module->state_dict();
    EXPECT_EQ(state.size(), keys) << name;
    for (const auto& [key, value] : state) {
      const Tensor& expected = golden()[name + "/init/" + key];
      EXPECT_EQ(value.type(), expected.type()) << name << " " << key;
      // Normal numbers agree to the last bits only: PyTorch's own two code paths differ there.
      if (name.starts_with("embedding"))
        expect_near(value, expected, 1e-6, name + " " + key);
      else
        EXPECT_EQ(value.to_vector<double>(), expected.to_vector<double>()) << name << " " << key;
    }
  }
}

TEST(Golden, ModulesComputeWhatPyTorchsDo) {
  for (const auto& [name, make] : cases()) {
    SCOPED_TRACE(name);
    manual_seed(7);
    const auto module = make();
    NamedTensors state;
    for (const auto& [key, tensor] : golden())
      if (key.starts_with(name + "/init/")) state.add(key.substr(name.size() + 6), tensor);
    module->load_state_dict(state);
    Tensor x = clone(golden()[name + "/input"]);
    if (x.dtype() == float32) x.requires_grad_();
    const std::vector<Tensor> y = outputs(*module, x);
    for (std::size_t i = 0; i < y.size(); ++i)
      expect_near(y[i], golden()[text(name, "/output/", i)], 2e-6, text(name, " output ", i));
    if (const Tensor* grad = golden().find(name + "/grad")) {
      sum(y[0] * y[0]).backward();
      expect_near(x.grad(), *grad, 1e-5, name + " grad");
    }
    for (const auto& [key, buffer] : module->named_buffers())
      expect_near(buffer, golden()[name + "/after/" + key], 1e-6, name + " " + key);
  }
}

template <class L>
void expect_loss(const std::string& name, L loss) {
  const Tensor x = clone(golden()[name + "/input"]).requires_grad_();
  const Tensor value = loss(x, golden()[name + "/target"]);
  expect_near(value, golden()[name + "/output/0"], 2e-6, name);
  value.backward();
  expect_near(x.grad(), golden()[name + "/grad"], 5e-6, name + " grad");
}

TEST(Golden, LossesAreWhatPyTorchsAre) {
  expect_loss("cross_entropy", nn::CrossEntropyLoss({.label_smoothing = 0.1}));
  expect_loss("nll", nn::NLLLoss(from_data<float>({1, 2, 3, 4, 5}, {5})));
  expect_loss("mse", nn::MSELoss());
  expect_loss("l1", nn::L1Loss({.reduction = "sum"}));
  expect_loss("smooth_l1", nn::SmoothL1Loss({.beta = 0.5}));
  expect_loss("huber", nn::HuberLoss({.delta = 0.5}));
  expect_loss("bce", nn::BCELoss());
  expect_loss("bce_with_logits",
              nn::BCEWithLogitsLoss(Tensor(), {}, from_data<float>({1, 2, 3, 4}, {4})));
  expect_loss("kl_div", nn::KLDivLoss({.reduction = "batchmean"}));
}

void expect_losses(const std::string& name, nn::Module& net, optim::Optimizer& optimizer) {
  const auto losses = golden()[name + "/losses"].to_vector<double>();
  for (std::size_t step = 0; step < losses.size(); ++step) {
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(net(golden()[name + "/input"]), golden()[name + "/target"]);
    loss.backward();
    optimizer.step();
    EXPECT_NEAR(loss.item(), losses[step], 1e-4 * losses[step]) << name << " step " << step;
  }
}

TEST(Golden, AnMlpTrainsAsInPyTorch) {
  manual_seed(0);
  nn::Sequential net{nn::Linear(8, 16), nn::ReLU(), nn::Linear(16, 4)};
  optim::SGD sgd(net.parameters(), {.lr = 0.1});
  expect_losses("train_mlp", net, sgd);
}

struct SmallCnn : nn::Module {
  nn::Conv2d& conv1 = register_module("conv1", nn::Conv2d(1, 4, 3));
  nn::Conv2d& conv2 = register_module("conv2", nn::Conv2d(4, 8, 3, {.bias = false}));
  nn::BatchNorm2d& bn = register_module("bn", nn::BatchNorm2d(8));
  nn::Linear& fc = register_module("fc", nn::Linear(8 * 4 * 4, 5));
  Tensor forward(const Tensor& input) override {
    const Tensor x = relu(bn(conv2(relu(conv1(input)))));
    return fc(flatten(max_pool2d(x, 2), 1));
  }
};

TEST(Golden, ACnnTrainsAsInPyTorch) {
  manual_seed(0);
  SmallCnn net;
  optim::Adam adam(net.parameters(), {.lr = 0.01});
  expect_losses("train_cnn", net, adam);
}

}  // namespace
}  // namespace tandem
