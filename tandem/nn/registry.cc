#include "tandem/nn/registry.h"

#include "tandem/nn/activation.h"
#include "tandem/nn/attention.h"
#include "tandem/nn/conv.h"
#include "tandem/nn/dropout.h"
#include "tandem/nn/embedding.h"
#include "tandem/nn/linear.h"
#include "tandem/nn/loss.h"
#include "tandem/nn/normalization.h"
#include "tandem/nn/pooling.h"
#include "tandem/nn/rnn.h"
#include "tandem/nn/shape.h"
#include "tandem/nn/upsample.h"
#include "tandem/tensor/attribute_of.h"

namespace tandem::nn {
namespace {

template <class T>
consteval std::string_view name_of() {
  std::string_view s = __PRETTY_FUNCTION__;  // "… [T = tandem::nn::Conv2d]", g++ adds more
  s = s.substr(s.find("T = ") + 4);
  s = s.substr(0, s.find_first_of(";]"));
  return s.substr(s.find_last_of(':') + 1);
}

template <class M>
ModuleInfo describe() {
  using Options = typename M::Options;
  static_assert(std::is_trivially_destructible_v<Options>);  // bindings keep them in plain bytes
  ModuleInfo info{name_of<M>(),
                  {},
                  sizeof(Options),
                  [](void* at) { new (at) Options{}; },
                  [](const void* options) -> std::shared_ptr<Module> {
                    return std::make_shared<M>(*static_cast<const Options*>(options));
                  }};
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (info.options.push_back(attribute_of<Options, I>()), ...);
  }(std::make_index_sequence<reflect::count<Options>()>());
  return info;
}

template <class... M>
std::vector<ModuleInfo> list() {
  return {describe<M>()...};
}

}  // namespace

const std::vector<ModuleInfo>& all_modules() {
  static const std::vector<ModuleInfo> modules =
      list<Linear, Bilinear, Identity, Conv1d, Conv2d, ConvTranspose2d, BatchNorm1d, BatchNorm2d,
           LayerNorm, GroupNorm, InstanceNorm2d, RMSNorm, Embedding, MaxPool2d, AvgPool2d,
           AdaptiveAvgPool2d, AdaptiveMaxPool2d, Dropout, Dropout2d, ReLU, LeakyReLU, GELU, SiLU,
           Sigmoid, Tanh, Softmax, LogSoftmax, ELU, CELU, SELU, Softplus, Softsign, Hardtanh,
           Hardswish, Hardsigmoid, ReLU6, Mish, LogSigmoid, PReLU, Flatten, Unflatten, Unfold, Fold,
           Upsample, PixelShuffle, PixelUnshuffle, CrossEntropyLoss, NLLLoss, MSELoss, L1Loss,
           SmoothL1Loss, HuberLoss, BCELoss, BCEWithLogitsLoss, KLDivLoss, MultiheadAttention,
           TransformerEncoderLayer, LSTM, GRU, RNN>();
  return modules;
}

const ModuleInfo* find_module(std::string_view name) {
  for (const ModuleInfo& info : all_modules())
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace tandem::nn
