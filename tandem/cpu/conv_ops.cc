// Binds the convolution ops to the image kernels.
#include <algorithm>

#include "tandem/cpu/conv2d.h"
#include "tandem/cpu/images_of.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/product_kernel.h"
#include "tandem/ops/conv.h"

namespace tandem {
namespace {

template <class O>
cpu::Conv2dOptions options(const O& op) {
  auto pair = [](std::string_view name, const Dims& given) {
    const Dims both = expand_attribute(O::signature.name(), name, given, 2);
    return std::array<int64_t, 2>{both[0], both[1]};
  };
  return {.stride = pair("stride", op.stride),
          .padding = pair("padding", op.padding),
          .dilation = pair("dilation", op.dilation),
          .groups = op.groups};
}

template <cpu::ConvPass pass, class A>
std::byte* workspace(cpu::Scratch& scratch, const cpu::Conv2dOptions& o,
                     const cpu::Image<const A>& x, const cpu::Image<const A>& w,
                     const cpu::Image<const A>& y) {
  return scratch.get<std::byte>(cpu::conv2d_workspace<pass, A>(o, x, w, y));
}

/// The bias side by side in memory, as the kernels take it; null when there is none.
template <class T>
const cpu::Accumulator<T>* bias_of(const TensorRef& bias, cpu::Scratch& scratch) {
  using A = cpu::Accumulator<T>;
  if (!bias.data) return nullptr;
  const int64_t n = bias.numel(), step = (*bias.strides)[0];
  if constexpr (std::is_same_v<T, A>)
    if (step == 1) return bias.as<T>();
  A* copy = scratch.get<A>(n);
  for (int64_t i = 0; i < n; ++i) copy[i] = A(bias.as<T>()[i * step]);
  return copy;
}

/// A result that nothing adds up to: no channels, no images.
bool empty_sum(const KernelCall& call) {
  const TensorRef& out = call.out[0];
  if (out.numel() == 0) return true;
  if (call.in[0].numel() && call.in[1].numel()) return false;
  if (call.in.size() > 2 && call.in[2].data)
    fail(ErrorCode::unsupported, "conv2d", "a bias for an input without channels");
  std::fill_n(out.data, out.numel() * size_of(out.dtype()), std::byte(0));
  return true;
}

/// Extras are for f32 and f64 alone.
void conv_forward(const KernelCall& call, const cpu::ProductExtras& extras) {
  if (empty_sum(call)) {
    const int64_t channels = call.out[0].shape()[1];
    if (extras.epilogue && channels)
      run_on_all(*extras.epilogue, call.out[0].numel() / channels, channels);
    return;
  }
  const cpu::Conv2dOptions o = options(call.as<Conv2d>());
  with_floating("conv2d", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const auto x = cpu::input_image<T>(call.in[0], scratch);
    const auto w = cpu::input_image<T>(call.in[1], scratch);
    const auto y = cpu::output_image<T>(call.out[0], scratch);
    const auto* bias = bias_of<T>(call.in[2], scratch);
    std::byte* work = workspace<cpu::ConvPass::forward, cpu::Accumulator<T>>(scratch, o, x, w, y);
    cpu::conv2d(o, x, w, bias, y, work, extras.epilogue, extras.packed);
    cpu::round_into<T>(call.out[0], y);
  });
}

void input_grad(const KernelCall& call) {
  if (empty_sum(call)) return;
  const cpu::Conv2dOptions o = options(call.as<Conv2dInputGrad>());
  with_floating("conv2d_input_grad", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    using A = cpu::Accumulator<T>;
    cpu::Scratch scratch;
    const auto dy = cpu::input_image<T>(call.in[0], scratch);
    const auto w = cpu::input_image<T>(call.in[1], scratch);
    const auto dx = cpu::output_image<T>(call.out[0], scratch);
    std::byte* work = workspace<cpu::ConvPass::input_gradient, A>(scratch, o, dx, w, dy);
    cpu::conv2d_input_gradient<A>(o, dy, w, nullptr, dx, work);
    cpu::round_into<T>(call.out[0], dx);
  });
}

void weight_grad(const KernelCall& call) {
  if (empty_sum(call)) return;
  const cpu::Conv2dOptions o = options(call.as<Conv2dWeightGrad>());
  with_floating("conv2d_weight_grad", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const auto dy = cpu::input_image<T>(call.in[0], scratch);
    const auto x = cpu::input_image<T>(call.in[1], scratch);
    const auto dw = cpu::output_image<T>(call.out[0], scratch);
    std::byte* work =
        workspace<cpu::ConvPass::weight_gradient, cpu::Accumulator<T>>(scratch, o, x, dw, dy);
    cpu::conv2d_weight_gradient(o, dy, x, dw, work);
    cpu::round_into<T>(call.out[0], dw);
  });
}

int64_t packed_weights_bytes(const KernelCall& call) {
  if (call.out[0].dtype() != DType::f32 || call.out[0].numel() == 0 || call.in[0].numel() == 0 ||
      call.in[1].numel() == 0)
    return 0;
  return cpu::conv2d_packed_bytes(
      options(call.as<Conv2d>()), cpu::image_of<const float>(call.in[0]),
      cpu::image_of<const float>(call.in[1]), cpu::image_of<const float>(call.out[0]));
}
void pack_conv_weights(const KernelCall& call, std::span<std::byte> packed) {
  cpu::conv2d_pack(options(call.as<Conv2d>()), cpu::image_of<const float>(call.in[0]),
                   cpu::image_of<const float>(call.in[1]), cpu::image_of<const float>(call.out[0]),
                   packed);
}

}  // namespace

const cpu::ProductKernel cpu::conv2d_kernel{conv_forward, packed_weights_bytes, pack_conv_weights};

void cpu::install_conv() {
  install<Conv2d>({[](const KernelCall& call) { conv_forward(call, {}); }, nullptr,
                   cpu::takes_floating_dtypes});
  install<Conv2dInputGrad>({input_grad, nullptr, cpu::takes_floating_dtypes});
  install<Conv2dWeightGrad>({weight_grad, nullptr, cpu::takes_floating_dtypes});
}

}  // namespace tandem
