#include "tandem/cpu/conv2d.h"

#include <atomic>

#include "tandem/cpu/arena.h"
#include "tandem/cpu/conv_depthwise.h"
#include "tandem/cpu/conv_direct.h"
#include "tandem/cpu/conv_general.h"
#include "tandem/cpu/conv_pack.h"
#include "tandem/cpu/conv_winograd.h"
#include "tandem/cpu/layout.h"

namespace tandem::cpu {
namespace {

std::atomic<bool> exact{false};

ConvAxis axis(const Conv2dOptions& o, int dim, int64_t in, int64_t out, int64_t kernel,
              bool transposed) {
  return {in, out, kernel, o.stride[dim], o.padding[dim], o.dilation[dim], transposed};
}

int winograd(const ConvAxis& y, const ConvAxis& x, int64_t groups, int64_t in, int64_t out,
             int64_t batch) {
  return exact ? 0 : winograd_size(y, x, groups, in, out, batch);
}

/// A channels-last image of the same size in the workspace.
Image<float> channels_last_copy(const Image<const float>& like, Arena& arena) {
  return {arena.take<float>(like.numel()), like.size, channels_last_strides(like.size)};
}

void gather(const GatherConv& given, Arena& arena) {
  GatherConv conv = given;
  // Tiles write vectors of channels.
  if (!given.out.channels_innermost()) conv.out = channels_last_copy(given.out, arena);
  const bool depthwise = is_depthwise(conv);
  const bool in_parts = given.out.channels_innermost() && !depthwise;
  if (!in_parts) conv.epilogue = nullptr;
  const int m =
      winograd(conv.y, conv.x, conv.groups, conv.in_channels(), conv.out_channels(), conv.in.n());
  if (m)
    winograd_conv(m, conv, arena);
  else if (depthwise)
    depthwise_conv(conv, arena);
  else
    direct_conv(conv, arena);
  if (arena.measuring()) return;
  if (!given.out.channels_innermost()) copy_image<float>(conv.out, given.out);
  if (given.epilogue && !in_parts)
    run_on_all(*given.epilogue, given.out.numel() / given.out.c(), given.out.c());
}

/// The weights with the channels that the output gathers side by side, so that packing copies
/// lines: contiguous ones are transposed into the workspace, others are taken as they lie.
GatherWeights gather_weights(const Image<const float>& w, int64_t groups, bool transposed,
                             Arena& arena) {
  Image<const float> use = w;
  const int gathered = transposed ? 1 : 0;
  const bool one_by_one = w.c() == 1 && w.n() == groups;  // depthwise: packed by its own kernel
  if (w.stride == contiguous_strides(w.size) && w.size[gathered] > 1 && !one_by_one) {
    const int64_t taps = w.h() * w.w();
    Image<float> copy{arena.take<float>(w.numel()), w.size, {}};
    copy.stride = transposed ? channels_last_strides(w.size)
                             : std::array<int64_t, 4>{1, taps * w.n(), w.w() * w.n(), w.n()};
    if (!arena.measuring()) transposed ? copy_image(w, copy) : copy_weights(w, copy);
    use = copy;
  }
  return {use.data,
          w.n() / groups * use.stride[0],
          use.stride[gathered],
          use.stride[1 - gathered],
          use.stride[2],
          use.stride[3]};
}

void forward(const Conv2dOptions& o, const Image<const float>& x, const Image<const float>& w,
             const float* bias, const Image<float>& y, Arena& arena,
             const Epilogue* epilogue = nullptr) {
  gather({.in = x,
          .weights = gather_weights(w, o.groups, false, arena),
          .bias = bias,
          .out = y,
          .groups = o.groups,
          .y = axis(o, 0, x.h(), y.h(), w.h(), false),
          .x = axis(o, 1, x.w(), y.w(), w.w(), false),
          .epilogue = epilogue},
         arena);
}

void input_gradient(const Conv2dOptions& o, const Image<const float>& dy,
                    const Image<const float>& w, const float* bias, const Image<float>& dx,
                    Arena& arena) {
  gather({.in = dy,
          .weights = gather_weights(w, o.groups, true, arena),
          .bias = bias,
          .out = dx,
          .groups = o.groups,
          .y = axis(o, 0, dy.h(), dx.h(), w.h(), true),
          .x = axis(o, 1, dy.w(), dx.w(), w.w(), true)},
         arena);
}

void weight_gradient(const Conv2dOptions& o, const Image<const float>& dy,
                     const Image<const float>& x, const Image<float>& dw, Arena& arena) {
  const WeightGradient grad{.dy = dy,
                            .x = x,
                            .dw = dw,
                            .groups = o.groups,
                            .rows = axis(o, 0, x.h(), dy.h(), dw.h(), false),
                            .columns = axis(o, 1, x.w(), dy.w(), dw.w(), false)};
  const int m = winograd(grad.rows, grad.columns, grad.groups, grad.in_channels(),
                         grad.out_channels(), x.n());
  if (m)
    winograd_weight_gradient(m, grad, arena);
  else if (is_depthwise(grad))
    depthwise_weight_gradient(grad, arena);
  else
    direct_weight_gradient(grad, arena);
}

template <class T>
Image<T> writable(const Image<const T>& image) {
  return {nullptr, image.size, image.stride};
}

}  // namespace

void set_exact_conv(bool value) { exact = value; }
bool exact_conv() { return exact; }

template <>
int64_t conv2d_workspace(ConvPass pass, const Conv2dOptions& o, const Image<const float>& x,
                         const Image<const float>& w, const Image<const float>& y) {
  Arena arena;
  switch (pass) {
    case ConvPass::forward:
      forward(o, x, w, nullptr, writable(y), arena);
      break;
    case ConvPass::input_gradient:
      input_gradient(o, y, w, nullptr, writable(x), arena);
      break;
    case ConvPass::weight_gradient:
      weight_gradient(o, y, x, writable(w), arena);
      break;
  }
  return arena.bytes();
}
template <>
void conv2d(const Conv2dOptions& o, const Image<const float>& x, const Image<const float>& w,
            const float* bias, const Image<float>& y, std::byte* workspace,
            const Epilogue* epilogue) {
  Arena arena(workspace);
  forward(o, x, w, bias, y, arena, epilogue);
}
template <>
void conv2d_input_gradient(const Conv2dOptions& o, const Image<const float>& dy,
                           const Image<const float>& w, const float* bias, const Image<float>& dx,
                           std::byte* workspace) {
  Arena arena(workspace);
  input_gradient(o, dy, w, bias, dx, arena);
}
template <>
void conv2d_weight_gradient(const Conv2dOptions& o, const Image<const float>& dy,
                            const Image<const float>& x, const Image<float>& dw,
                            std::byte* workspace) {
  Arena arena(workspace);
  weight_gradient(o, dy, x, dw, arena);
}

template <>
int64_t conv2d_workspace(ConvPass, const Conv2dOptions&, const Image<const double>&,
                         const Image<const double>&, const Image<const double>&) {
  return 0;
}
template <>
void conv2d(const Conv2dOptions& o, const Image<const double>& x, const Image<const double>& w,
            const double* bias, const Image<double>& y, std::byte*, const Epilogue* epilogue) {
  general_conv(o, x, w, bias, y);
  if (epilogue) run_on_all(*epilogue, y.numel() / y.c(), y.c());
}
template <>
void conv2d_input_gradient(const Conv2dOptions& o, const Image<const double>& dy,
                           const Image<const double>& w, const double* bias,
                           const Image<double>& dx, std::byte*) {
  general_conv_input_gradient(o, dy, w, bias, dx);
}
template <>
void conv2d_weight_gradient(const Conv2dOptions& o, const Image<const double>& dy,
                            const Image<const double>& x, const Image<double>& dw, std::byte*) {
  general_conv_weight_gradient(o, dy, x, dw);
}

}  // namespace tandem::cpu
