// 2-d convolution over [N, C, H, W] with weights [O, C / groups, KH, KW]: forward, and the
// gradients for input and weights. Any strides are correct; channels-last activations are fast, and
// so are weights whose output channels lie side by side ([kh][kw][I][O] in memory). Other layouts
// are converted on the way, through the workspace. T is float or double; double takes plain loops.
#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tandem/cpu/epilogue.h"
#include "tandem/cpu/image.h"

namespace tandem::cpu {

struct Conv2dOptions {
  std::array<int64_t, 2> stride{1, 1}, padding{0, 0}, dilation{1, 1};
  int64_t groups = 1;
};

/// Winograd's algorithm computes f32 3x3 convolutions of stride 1 with a quarter of the
/// multiplications (Lavin and Gray 2015; F(4x4) with the points 0, ±1/√2, ±√2, ∞), at about twice
/// the rounding error of a plain sum. It is chosen by shape alone. `true` forces plain sums, here
/// and on every thread, until it is set back.
void set_exact_conv(bool exact);
bool exact_conv();

enum class ConvPass : uint8_t { forward, input_gradient, weight_gradient };

/// Bytes of workspace that a pass over images of these sizes and strides needs (pointers are not
/// read). Depends on num_threads() and exact_conv(), so ask just before the call.
template <ConvPass pass, class T>
int64_t conv2d_workspace(const Conv2dOptions& options, const Image<const T>& x,
                         const Image<const T>& w, const Image<const T>& y);

/// y = conv(x, w) + bias. bias: [O], or null. The epilogue knows y as a matrix of pixels by
/// channels. `packed`: the weights as conv2d_pack() left them for images of these sizes, or null.
template <class T>
void conv2d(const Conv2dOptions& options, const Image<const T>& x, const Image<const T>& w,
            const T* bias, const Image<T>& y, std::byte* workspace,
            const Epilogue* epilogue = nullptr, const std::byte* packed = nullptr);

/// Bytes of the weights as the forward pass makes them ready in every call that is not given them,
/// 64-byte aligned; 0 where there is nothing to win. Pointers are not read. Where another algorithm
/// is taken later (set_exact_conv), it does without them.
int64_t conv2d_packed_bytes(const Conv2dOptions& options, const Image<const float>& x,
                            const Image<const float>& w, const Image<const float>& y);
void conv2d_pack(const Conv2dOptions& options, const Image<const float>& x,
                 const Image<const float>& w, const Image<const float>& y,
                 std::span<std::byte> packed);

/// dx = the gradient for x, which is the transposed convolution of dy; hence the bias ([C], or
/// null). dx: overwritten; its size also says what conv_transpose2d calls output_padding.
template <class T>
void conv2d_input_gradient(const Conv2dOptions& options, const Image<const T>& dy,
                           const Image<const T>& w, const T* bias, const Image<T>& dx,
                           std::byte* workspace);

/// dw = the gradient for the weights. dw: overwritten.
template <class T>
void conv2d_weight_gradient(const Conv2dOptions& options, const Image<const T>& dy,
                            const Image<const T>& x, const Image<T>& dw, std::byte* workspace);

}  // namespace tandem::cpu
