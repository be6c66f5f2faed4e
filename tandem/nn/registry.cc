#include "tandem/nn/registry.h"

#include "tandem/nn/activation.h"
#include "tandem/nn/attention.h"
#include "tandem/nn/conv.h"
#include "tandem/nn/distance.h"
#include "tandem/nn/dropout.h"
#include "tandem/nn/embedding.h"
#include "tandem/nn/linear.h"
#include "tandem/nn/loss.h"
#include "tandem/nn/margin_loss.h"
#include "tandem/nn/normalization.h"
#include "tandem/nn/padding.h"
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

// What describes a module stands alone in a function, or compiling the list of them all takes half
// a minute.
template <class Options, std::size_t I>
[[gnu::noinline]] OptionInfo option_of() {
  using Fields = decltype(reflect::fields(std::declval<Options&>()));
  using Member =
      typename tandem::detail::Unwrap<std::remove_cvref_t<std::tuple_element_t<I, Fields>>>::type;
  OptionInfo option{attribute_of<Options, I>()};
  option.number_or_dims = std::is_same_v<Member, NumberOrDims>;
  if constexpr (std::is_same_v<Member, ConvPadding>) option.from_word = ConvPadding::from_word;
  return option;
}

/// Is the state of an LSTM, a pair of tensors, its second input?
template <class M>
constexpr bool takes_pair = std::is_base_of_v<LSTM, M> || std::is_base_of_v<LSTMCell, M>;

template <class M>
constexpr Signature called() {
  if constexpr (requires { M::called; })
    return M::called;
  else
    return "forward(input)";
}

template <class M>
std::vector<Tensor> run(Module& module, std::span<const Tensor> in,
                        [[maybe_unused]] const void* arguments) {
  M& m = static_cast<M&>(module);
  const auto listed = [](const auto& result) {
    if constexpr (std::is_same_v<decltype(result), const Tensor&>)
      return std::vector<Tensor>{result};
    else
      return std::vector<Tensor>(result.begin(), result.end());
  };
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    if constexpr (requires { typename M::Arguments; })
      return listed(m(in[I]..., *static_cast<const typename M::Arguments*>(arguments)));
    else if constexpr (takes_pair<M>)
      return listed(m(in[0], {in[1], in[2]}));
    else
      return listed(m(in[I]...));
  }(std::make_index_sequence<std::size_t(called<M>().parameters())>());
}

/// The parameters of tensors; `pair`: the second is a pair of them.
[[gnu::noinline]] void add_tensors(ForwardInfo& info, const Signature& signature, bool pair) {
  using Type = ForwardParameter::Type;
  for (int i = 0; i < signature.parameters(); ++i) {
    std::string_view name = signature.parameter(i);
    const bool optional = name.ends_with('?');
    if (optional) name.remove_suffix(1);
    const bool two = pair && i == 1;
    info.parameters.push_back({name, two ? Type::tensors : Type::tensor, !optional, two ? 2 : 1});
  }
}

template <class Arguments, std::size_t I>
ForwardParameter argument_of() {
  using Type = ForwardParameter::Type;
  using Fields = decltype(reflect::fields(std::declval<Arguments&>()));
  constexpr bool tensor = std::is_same_v<std::tuple_element_t<I, Fields>, Tensor&>;
  ForwardParameter parameter{
      reflect::name<Arguments, I>(), tensor ? Type::tensor : Type::value, false, 1,
      [](void* a) -> void* { return &std::get<I>(reflect::fields(*static_cast<Arguments*>(a))); }};
  if constexpr (!tensor) parameter.value = attribute_of<Arguments, I>();
  return parameter;
}

template <class M>
ForwardInfo forward_of() {
  ForwardInfo info{{}, [] { return std::shared_ptr<void>(); }, run<M>};
  add_tensors(info, called<M>(), takes_pair<M>);
  if constexpr (requires { typename M::Arguments; }) {
    using Arguments = typename M::Arguments;
    info.arguments = [] { return std::shared_ptr<void>(std::make_shared<Arguments>()); };
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      for (ForwardParameter (*const argument)() : {argument_of<Arguments, I>...})
        info.parameters.push_back(argument());
    }(std::make_index_sequence<reflect::count<Arguments>()>());
  }
  return info;
}

using DescribeOption = OptionInfo (*)();
[[gnu::noinline]] void add_options(ModuleInfo& info, std::span<const DescribeOption> options) {
  for (DescribeOption option : options) info.options.push_back(option());
}
[[gnu::noinline]] void add_constructor(ModuleInfo& info, const Signature* signature) {
  if (signature)
    for (int i = 0; i < signature->parameters(); ++i)
      info.constructor.push_back(signature->parameter(i));
  else
    for (const OptionInfo& option : info.options) info.constructor.push_back(option.name);
}

template <class M>
[[gnu::noinline]] ModuleInfo describe() {
  using Options = typename M::Options;
  static_assert(std::is_trivially_destructible_v<Options>);  // bindings keep them in plain bytes
  ModuleInfo info{name_of<M>(),
                  {},
                  {},
                  "",
                  1,
                  sizeof(Options),
                  [](void* at) { new (at) Options{}; },
                  [](const void* options) {
                    return std::shared_ptr<Module>(
                        static_cast<Module*>(new M(*static_cast<const Options*>(options))));
                  },
                  [](const Module& module) -> const void* {
                    const Options& options = static_cast<const M&>(module).options;
                    return &options;
                  },
                  forward_of<M>()};
  if constexpr (reflect::count<Options>() > 0)
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      static constexpr DescribeOption options[] = {option_of<Options, I>...};
      add_options(info, options);
    }(std::make_index_sequence<reflect::count<Options>()>());
  if constexpr (requires { typename M::Base; }) info.base = name_of<typename M::Base>();
  if constexpr (requires { M::version; }) info.version = M::version;
  if constexpr (requires { M::constructor; })
    add_constructor(info, &M::constructor);
  else
    add_constructor(info, nullptr);
  return info;
}

template <class... M>
std::vector<ModuleInfo> list() {
  std::vector<ModuleInfo> all;
  all.reserve(sizeof...(M));
  for (ModuleInfo (*const described)() : {describe<M>...}) all.push_back(described());
  return all;
}

}  // namespace

const std::vector<ModuleInfo>& all_modules() {
  static const std::vector<ModuleInfo> modules =
      list<Linear, NonDynamicallyQuantizableLinear, Bilinear, Identity, Conv1d, Conv2d,
           ConvTranspose2d, BatchNorm1d, BatchNorm2d, LayerNorm, GroupNorm, LocalResponseNorm,
           InstanceNorm2d, RMSNorm, Embedding, EmbeddingBag, MaxPool2d, AvgPool2d,
           AdaptiveAvgPool2d, AdaptiveMaxPool2d, MaxPool1d, AvgPool1d, AdaptiveAvgPool1d,
           AdaptiveMaxPool1d, ReflectionPad1d, ReflectionPad2d, ReplicationPad1d, ReplicationPad2d,
           CircularPad1d, CircularPad2d, ZeroPad1d, ZeroPad2d, ConstantPad1d, ConstantPad2d,
           Dropout, Dropout1d, Dropout2d, Dropout3d, ReLU, LeakyReLU, GELU, SiLU, Sigmoid, Tanh,
           Softmax, LogSoftmax, ELU, CELU, SELU, Softplus, Softsign, Hardtanh, Hardswish,
           Hardsigmoid, Hardshrink, Softshrink, Tanhshrink, Threshold, GLU, Softmin, Softmax2d,
           ReLU6, Mish, LogSigmoid, PReLU, Flatten, Unflatten, Unfold, Fold, Upsample, PixelShuffle,
           PixelUnshuffle, ChannelShuffle, PairwiseDistance, CosineSimilarity, CrossEntropyLoss,
           NLLLoss, MSELoss, L1Loss, SmoothL1Loss, HuberLoss, BCELoss, BCEWithLogitsLoss, KLDivLoss,
           MarginRankingLoss, CosineEmbeddingLoss, TripletMarginLoss, GaussianNLLLoss,
           HingeEmbeddingLoss, SoftMarginLoss, MultiLabelMarginLoss, PoissonNLLLoss,
           MultiMarginLoss, MultiLabelSoftMarginLoss, MultiheadAttention, TransformerEncoderLayer,
           TransformerDecoderLayer, LSTM, GRU, RNN, LSTMCell, GRUCell, RNNCell>();
  return modules;
}

const ModuleInfo* find_module(std::string_view name) {
  for (const ModuleInfo& info : all_modules())
    if (info.name == name) return &info;
  return nullptr;
}

}  // namespace tandem::nn
