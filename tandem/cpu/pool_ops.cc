// Binds the pooling ops to the image kernels.
#include "tandem/ops/pool.h"

#include "tandem/cpu/images_of.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/pool2d.h"

namespace tandem {
namespace {

template <class O>
cpu::PoolWindow window(const O& op) {
  Dims dilation{1, 1};
  if constexpr (requires { op.dilation; }) dilation = op.dilation;
  const PoolAttributes a(O::signature.name(), op.kernel_size, op.stride, op.padding, dilation,
                         op.ceil_mode);
  cpu::PoolWindow w;
  for (int i = 0; i < 2; ++i)
    w[std::size_t(i)] = {a.kernel[i], a.stride[i], a.padding[i], a.dilation[i], false};
  return w;
}

cpu::PoolWindow adaptive_window() {
  cpu::PoolDim dim;
  dim.adaptive = true;
  return {dim, dim};
}

cpu::Image<int64_t> indices(const KernelCall& call) {
  return call.out.size() > 1 ? cpu::image_of<int64_t>(call.out[1]) : cpu::Image<int64_t>{};
}

void maximum(const KernelCall& call, const cpu::PoolWindow& window) {
  if (call.out[0].numel() == 0) return;
  with_floating("max_pool2d", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const auto x = cpu::input_image<T>(call.in[0], scratch);
    const auto y = cpu::output_image<T>(call.out[0], scratch);
    cpu::max_pool2d(window, x, y, indices(call));
    cpu::round_into<T>(call.out[0], y);
  });
}

void maximum_backward(const KernelCall& call, const cpu::PoolWindow& window) {
  if (call.out[0].numel() == 0) return;
  with_floating("max_pool2d_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const auto dy = cpu::input_image<T>(call.in[0], scratch);
    const auto x = cpu::input_image<T>(call.in[1], scratch);
    const auto dx = cpu::output_image<T>(call.out[0], scratch);
    cpu::max_pool2d_backward(window, dy, x, dx);
    cpu::round_into<T>(call.out[0], dx);
  });
}

void average(const KernelCall& call, const cpu::PoolWindow& window,
             const cpu::PoolDivisor& divisor) {
  if (call.out[0].numel() == 0) return;
  with_floating("avg_pool2d", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const auto x = cpu::input_image<T>(call.in[0], scratch);
    const auto y = cpu::output_image<T>(call.out[0], scratch);
    cpu::avg_pool2d(window, divisor, x, y);
    cpu::round_into<T>(call.out[0], y);
  });
}

void average_backward(const KernelCall& call, const cpu::PoolWindow& window,
                      const cpu::PoolDivisor& divisor) {
  if (call.out[0].numel() == 0) return;
  with_floating("avg_pool2d_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const auto dy = cpu::input_image<T>(call.in[0], scratch);
    const auto dx = cpu::output_image<T>(call.out[0], scratch);
    cpu::avg_pool2d_backward(window, divisor, dy, dx);
    cpu::round_into<T>(call.out[0], dx);
  });
}

template <class O>
cpu::PoolDivisor divisor(const O& op) {
  return {op.count_include_pad, op.divisor_override.value_or(0)};
}

template <class O>
void install_floating(Kernel kernel) {
  cpu::install<O>({kernel, nullptr, cpu::takes_floating_dtypes});
}

}  // namespace

void cpu::install_pool() {
  install_floating<MaxPool2d>([](const KernelCall& c) { maximum(c, window(c.as<MaxPool2d>())); });
  install_floating<MaxPool2dWithIndices>(
      [](const KernelCall& c) { maximum(c, window(c.as<MaxPool2dWithIndices>())); });
  install_floating<MaxPool2dBackward>(
      [](const KernelCall& c) { maximum_backward(c, window(c.as<MaxPool2dBackward>())); });
  install_floating<AvgPool2d>([](const KernelCall& c) {
    average(c, window(c.as<AvgPool2d>()), divisor(c.as<AvgPool2d>()));
  });
  install_floating<AvgPool2dBackward>([](const KernelCall& c) {
    average_backward(c, window(c.as<AvgPool2dBackward>()), divisor(c.as<AvgPool2dBackward>()));
  });
  install_floating<AdaptiveMaxPool2d>([](const KernelCall& c) { maximum(c, adaptive_window()); });
  install_floating<AdaptiveMaxPool2dWithIndices>(
      [](const KernelCall& c) { maximum(c, adaptive_window()); });
  install_floating<AdaptiveMaxPool2dBackward>(
      [](const KernelCall& c) { maximum_backward(c, adaptive_window()); });
  install_floating<AdaptiveAvgPool2d>(
      [](const KernelCall& c) { average(c, adaptive_window(), {}); });
  install_floating<AdaptiveAvgPool2dBackward>(
      [](const KernelCall& c) { average_backward(c, adaptive_window(), {}); });
}

}  // namespace tandem
