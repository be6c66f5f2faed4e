#include "tandem/cpu/conv2d.h"

#include <algorithm>
#include <atomic>

#include "tandem/cpu/arena.h"
#include "tandem/cpu/conv_depthwise.h"
#include "tandem/cpu/conv_direct.h"
#include "tandem/cpu/conv_general.h"
#include "tandem/cpu/conv_pack.h"
#include "tandem/cpu/conv_winograd.h"
#include "tandem/cpu/layout.h"
#include "tandem/cpu/scratch.h"

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

/// Which of the ways to gather a convolution takes. Winograd's are told by their m.
using Algorithm = int;
constexpr Algorithm none = -1, direct = 0, depthwise = 1;

Algorithm algorithm_of(GatherConv conv) {
  conv.out.stride = channels_last_strides(conv.out.size);  // as tiles write it in the end
  if (const int m = winograd(conv.y, conv.x, conv.groups, conv.in_channels(), conv.out_channels(),
                             conv.in.n()))
    return m;
  return is_depthwise(conv) ? depthwise : direct;
}

void run_gather(const GatherConv& given, Arena& arena) {
  GatherConv conv = given;
  // Tiles write vectors of channels.
  if (!given.out.channels_innermost()) conv.out = channels_last_copy(given.out, arena);
  const Algorithm algorithm = algorithm_of(given);
  const bool in_parts = given.out.channels_innermost();
  if (!in_parts) conv.epilogue = nullptr;
  if (algorithm == depthwise)
    depthwise_conv(conv, arena);
  else if (algorithm == direct)
    direct_conv(conv, arena);
  else
    winograd_conv(algorithm, conv, arena);
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

/// Without its weights.
GatherConv forward_conv(const Conv2dOptions& o, const Image<const float>& x,
                        const Image<const float>& w, const Image<float>& y) {
  return {.in = x,
          .weights = {},
          .in_registers = {},
          .out = y,
          .groups = o.groups,
          .y = axis(o, 0, x.h(), y.h(), w.h(), false),
          .x = axis(o, 1, x.w(), y.w(), w.w(), false)};
}

/// What stands before packed weights: for which algorithm they are, as set_exact_conv() may have
/// been called since.
struct PackedHeader {
  alignas(64) Algorithm algorithm;
};

void forward(const Conv2dOptions& o, const Image<const float>& x, const Image<const float>& w,
             const float* bias, const Image<float>& y, Arena& arena,
             const Epilogue* epilogue = nullptr, const std::byte* packed = nullptr) {
  GatherConv conv = forward_conv(o, x, w, y);
  if (epilogue) conv.in_registers = epilogue->in_registers;
  if (bias) conv.in_registers.bias = bias;
  conv.epilogue = epilogue;
  const auto* header = reinterpret_cast<const PackedHeader*>(packed);
  if (header && header->algorithm == algorithm_of(conv))
    conv.packed = reinterpret_cast<const float*>(header + 1);
  else
    conv.weights = gather_weights(w, o.groups, false, arena);
  run_gather(conv, arena);
}

void input_gradient(const Conv2dOptions& o, const Image<const float>& dy,
                    const Image<const float>& w, const float* bias, const Image<float>& dx,
                    Arena& arena) {
  run_gather({.in = dy,
              .weights = gather_weights(w, o.groups, true, arena),
              .in_registers = {.bias = bias},
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

template <ConvPass pass, class T>
int64_t conv2d_workspace(const Conv2dOptions& o, const Image<const T>& x, const Image<const T>& w,
                         const Image<const T>& y) {
  Arena arena;
  if constexpr (std::is_same_v<T, double>)
    return 0;  // plain loops
  else if constexpr (pass == ConvPass::forward)
    forward(o, x, w, nullptr, writable(y), arena);
  else if constexpr (pass == ConvPass::input_gradient)
    input_gradient(o, y, w, nullptr, writable(x), arena);
  else
    weight_gradient(o, y, x, writable(w), arena);
  return arena.bytes();
}
// A function each: a program that makes no gradients does not link those.
template <class T>
using WorkspaceOf = int64_t(const Conv2dOptions&, const Image<const T>&, const Image<const T>&,
                            const Image<const T>&);
template WorkspaceOf<float> conv2d_workspace<ConvPass::forward, float>;
template WorkspaceOf<float> conv2d_workspace<ConvPass::input_gradient, float>;
template WorkspaceOf<float> conv2d_workspace<ConvPass::weight_gradient, float>;
template WorkspaceOf<double> conv2d_workspace<ConvPass::forward, double>;
template WorkspaceOf<double> conv2d_workspace<ConvPass::input_gradient, double>;
template WorkspaceOf<double> conv2d_workspace<ConvPass::weight_gradient, double>;

template <>
void conv2d(const Conv2dOptions& o, const Image<const float>& x, const Image<const float>& w,
            const float* bias, const Image<float>& y, std::byte* workspace,
            const Epilogue* epilogue, const std::byte* packed) {
  Arena arena(workspace);
  forward(o, x, w, bias, y, arena, epilogue, packed);
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

int64_t conv2d_packed_bytes(const Conv2dOptions& o, const Image<const float>& x,
                            const Image<const float>& w, const Image<const float>& y) {
  const GatherConv conv = forward_conv(o, x, w, writable(y));
  const Algorithm algorithm = algorithm_of(conv);
  if (algorithm == depthwise) return 0;
  const int64_t elements =
      algorithm == direct ? direct_packed_size(conv) : winograd_packed_size(algorithm, conv);
  return int64_t(sizeof(PackedHeader)) + elements * int64_t(sizeof(float));
}
void conv2d_pack(const Conv2dOptions& o, const Image<const float>& x, const Image<const float>& w,
                 const Image<const float>& y, std::span<std::byte> packed) {
  GatherConv conv = forward_conv(o, x, w, writable(y));
  const Algorithm algorithm = algorithm_of(conv);
  auto* header = reinterpret_cast<PackedHeader*>(packed.data());
  auto* elements = reinterpret_cast<float*>(header + 1);
  // Room for another algorithm's may be too little for what is chosen now.
  const bool fits = conv2d_packed_bytes(o, x, w, y) <= int64_t(packed.size());
  header->algorithm = fits ? algorithm : none;
  if (!fits) return;
  const auto pack = [&](Arena& arena) {
    conv.weights = gather_weights(w, o.groups, false, arena);
    if (algorithm != direct)
      winograd_pack(algorithm, conv, arena, elements);
    else if (!arena.measuring())
      direct_pack(conv, elements);
  };
  Arena measured;
  pack(measured);
  Scratch scratch;
  Arena arena(scratch.get<std::byte>(std::max<int64_t>(measured.bytes(), 1)));  // never null
  pack(arena);
}

template <>
void conv2d(const Conv2dOptions& o, const Image<const double>& x, const Image<const double>& w,
            const double* bias, const Image<double>& y, std::byte*, const Epilogue* epilogue,
            const std::byte*) {
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
