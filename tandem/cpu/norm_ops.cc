// Binds the normalizations to their kernels, f32 and f64; halves, parameters of another dtype and
// images of more than four dims are left to the decompositions.
#include <cmath>

#include "tandem/cpu/batch_norm.h"
#include "tandem/cpu/copy.h"
#include "tandem/cpu/dense.h"
#include "tandem/cpu/group_norm.h"
#include "tandem/cpu/image.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/layer_norm.h"
#include "tandem/ops/group_norm.h"
#include "tandem/ops/norm.h"
#include "tandem/tensor/layout.h"

namespace tandem {
namespace {

bool one_dtype(Types in) {
  const DType t = in[0]->dtype;
  if (t != DType::f32 && t != DType::f64) return false;
  for (const Type* type : in)
    if (type && type->dtype != t) return false;
  return true;
}
bool images_of_one_dtype(const void*, Types in) {
  return one_dtype(in) && in[0]->shape.size() <= 4;
}
bool rows_of_one_dtype(const void*, Types in) { return one_dtype(in); }

/// [N, C], [N, C, L] or [N, C, H, W].
template <class T>
cpu::Image<T> image(const TensorRef& t) {
  const Dims &n = t.shape(), &s = *t.strides;
  cpu::Image<T> i{t.as<T>(), {n[0], n[1], 1, 1}, {s[0], s[1], 1, 1}};
  if (n.size() > 2) i.size[3] = n.back(), i.stride[3] = s.back();
  i.stride[2] = i.size[3] * i.stride[3];
  if (n.size() > 3) i.size[2] = n[2], i.stride[2] = s[2];
  if (i.size[3] == 1) i.stride[3] = i.stride[2];  // what a dim of size 1 has says nothing
  return i;
}

Dims summing_order(const TensorRef& t) {
  return !t.contiguous && is_dense(t.shape(), *t.strides) ? *t.strides
                                                          : contiguous_strides(t.shape());
}

/// `t` to sum over. The order of a sum follows the order of the memory that `first` has, if it is
/// dense, else of its row-major copy: gradients lie as they happen to, and are turned to that of
/// what they belong to.
template <class T>
cpu::Image<const T> image_in_order_of(const TensorRef& first, const TensorRef& t,
                                      cpu::Scratch& scratch) {
  const Dims strides = summing_order(first);
  if (*t.strides == strides || (t.contiguous && first.contiguous)) return image<T>(t);
  const TensorRef copy{scratch.get<std::byte>(t.numel() * size_of(t.dtype())), t.type, &strides,
                       strides == contiguous_strides(t.shape())};
  cpu::copy_into(copy, t);
  return image<T>(copy);
}
template <class T>
cpu::Image<const T> image_in_order(const TensorRef& t, cpu::Scratch& scratch) {
  return image_in_order_of<T>(t, t, scratch);
}

template <class T>
const T* reciprocal_root(const T* variance, int64_t n, double eps, cpu::Scratch& scratch) {
  T* rstd = scratch.get<T>(n);
  for (int64_t c = 0; c < n; ++c) rstd[c] = T(1) / std::sqrt(variance[c] + T(eps));
  return rstd;
}

/// Runs a kernel that takes its workspace from an arena: once to measure, once to work.
template <class Run>
void with_arena(cpu::Scratch& scratch, Run run) {
  cpu::Arena measure;
  run(measure);
  cpu::Arena arena(scratch.get<std::byte>(measure.bytes() + 1));
  run(arena);
}

void batch_norm(const KernelCall& call) {
  const double eps = call.as<BatchNorm>().eps;
  if (call.out[0].numel() == 0) return;
  with_float_or_double("batch_norm", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const int64_t channels = call.in[0].shape()[1];
    const T* mean = cpu::dense<T>(call.in[1], scratch);
    const T* variance = cpu::dense<T>(call.in[2], scratch);
    const T* rstd = reciprocal_root(variance, channels, eps, scratch);
    const T* weight = cpu::dense<T>(call.in[3], scratch);
    const T* bias = cpu::dense<T>(call.in[4], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::batch_norm_apply<T>(image<T>(call.in[0]), mean, rstd, weight, bias,
                               image<T>(call.out[0]), arena);
    });
  });
}
bool supports_batch_norm(const void* op, Types in) {
  return !static_cast<const BatchNorm*>(op)->training && images_of_one_dtype(op, in);
}

void batch_norm_train(const KernelCall& call) {
  const double eps = call.as<BatchNormTrain>().eps;
  with_float_or_double("batch_norm", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const int64_t channels = call.in[0].shape()[1];
    const auto x = image_in_order<T>(call.in[0], scratch);
    T *mean = call.out[1].as<T>(), *variance = call.out[2].as<T>();
    with_arena(scratch,
               [&](cpu::Arena& arena) { cpu::batch_norm_statistics<T>(x, mean, variance, arena); });
    const T* rstd = reciprocal_root<T>(variance, channels, eps, scratch);
    const T* weight = cpu::dense<T>(call.in[1], scratch);
    const T* bias = cpu::dense<T>(call.in[2], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::batch_norm_apply<T>(x, mean, rstd, weight, bias, image<T>(call.out[0]), arena);
    });
  });
}

void batch_norm_gradient(const KernelCall& call) {
  const double eps = call.as<BatchNormBackward>().eps;
  with_float_or_double("batch_norm_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const int64_t channels = call.in[1].shape()[1];
    const T* mean = cpu::dense<T>(call.in[2], scratch);
    const T* variance = cpu::dense<T>(call.in[3], scratch);
    const T* rstd = reciprocal_root(variance, channels, eps, scratch);
    const T* weight = cpu::dense<T>(call.in[4], scratch);
    const auto x = image_in_order<T>(call.in[1], scratch);
    const auto dy = image_in_order_of<T>(call.in[1], call.in[0], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::batch_norm_backward<T>(dy, x, mean, rstd, weight, true, image<T>(call.out[0]),
                                  call.out[1].as<T>(), call.out[2].as<T>(), arena);
    });
  });
}

void normalize_groups(const KernelCall& call) {
  const auto& op = call.as<NativeGroupNorm>();
  with_float_or_double("group_norm", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const T* weight = cpu::dense<T>(call.in[1], scratch);
    const T* bias = cpu::dense<T>(call.in[2], scratch);
    const auto x = image_in_order<T>(call.in[0], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::group_norm<T>(x, op.num_groups, T(op.eps), weight, bias, image<T>(call.out[0]),
                         call.out[1].as<T>(), call.out[2].as<T>(), arena);
    });
  });
}

void group_norm_gradient(const KernelCall& call) {
  const int64_t groups = call.as<NativeGroupNormBackward>().num_groups;
  with_float_or_double("group_norm_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    const T* mean = cpu::dense<T>(call.in[2], scratch);
    const T* rstd = cpu::dense<T>(call.in[3], scratch);
    const T* weight = cpu::dense<T>(call.in[4], scratch);
    const auto x = image_in_order<T>(call.in[1], scratch);
    const auto dy = image_in_order_of<T>(call.in[1], call.in[0], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::group_norm_backward<T>(dy, x, groups, mean, rstd, weight, image<T>(call.out[0]),
                                  call.out[1].as<T>(), call.out[2].as<T>(), arena);
    });
  });
}
bool supports_group_norm(const void* op, Types in) {
  return images_of_one_dtype(op, in) && in[0]->shape.product() > 0;
}

/// How many elements each row has, and how many rows there are.
struct RowsOf {
  int64_t n, rows;
  RowsOf(const TensorRef& x, const Dims& normalized_shape)
      : n(normalized_shape.product()), rows(n ? x.numel() / n : 0) {}
};

template <class T>
void row_norm(cpu::RowNorm kind, const KernelCall& call, const Dims& normalized_shape, double eps,
              const T* weight, const T* bias, T* mean, T* rstd, cpu::Scratch& scratch) {
  const RowsOf size(call.in[0], normalized_shape);
  cpu::row_norm<T>(kind, cpu::dense<T>(call.in[0], scratch), size.rows, size.n, T(eps), weight,
                   bias, call.out[0].as<T>(), mean, rstd);
}

void layer_norm(const KernelCall& call) {
  const auto& op = call.as<NativeLayerNorm>();
  with_float_or_double("layer_norm", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    row_norm<T>(cpu::RowNorm::layer, call, op.normalized_shape, op.eps,
                cpu::dense<T>(call.in[1], scratch), cpu::dense<T>(call.in[2], scratch),
                call.out[1].as<T>(), call.out[2].as<T>(), scratch);
  });
}

void rms_norm(const KernelCall& call) {
  const auto& op = call.as<NativeRmsNorm>();
  with_float_or_double("rms_norm", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    cpu::Scratch scratch;
    row_norm<T>(cpu::RowNorm::rms, call, op.normalized_shape, op.eps,
                cpu::dense<T>(call.in[1], scratch), nullptr, nullptr, call.out[1].as<T>(), scratch);
  });
}

void layer_norm_backward(const KernelCall& call) {
  with_float_or_double("layer_norm_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    const RowsOf size(call.in[1], call.as<NativeLayerNormBackward>().normalized_shape);
    cpu::Scratch scratch;
    const T* in[5];
    for (int i = 0; i < 5; ++i) in[i] = cpu::dense<T>(call.in[std::size_t(i)], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::row_norm_backward<T>(cpu::RowNorm::layer, in[0], in[1], size.rows, size.n, in[2], in[3],
                                in[4], call.out[0].as<T>(), call.out[1].as<T>(),
                                call.out[2].as<T>(), arena);
    });
  });
}

void rms_norm_backward(const KernelCall& call) {
  with_float_or_double("rms_norm_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    const RowsOf size(call.in[1], call.as<NativeRmsNormBackward>().normalized_shape);
    cpu::Scratch scratch;
    const T* in[4];
    for (int i = 0; i < 4; ++i) in[i] = cpu::dense<T>(call.in[std::size_t(i)], scratch);
    with_arena(scratch, [&](cpu::Arena& arena) {
      cpu::row_norm_backward<T>(cpu::RowNorm::rms, in[0], in[1], size.rows, size.n, nullptr, in[2],
                                in[3], call.out[0].as<T>(), call.out[1].as<T>(), nullptr, arena);
    });
  });
}

}  // namespace

void cpu::install_norm() {
  install<BatchNorm>(
      {.run = batch_norm, .supports = supports_batch_norm, .joins_convolutions = true});
  install<BatchNormTrain>({batch_norm_train, nullptr, images_of_one_dtype});
  install<BatchNormBackward>({batch_norm_gradient, nullptr, images_of_one_dtype});
  install<NativeGroupNorm>({normalize_groups, nullptr, supports_group_norm});
  install<NativeGroupNormBackward>({group_norm_gradient, nullptr, supports_group_norm});
  install<NativeLayerNorm>({layer_norm, nullptr, rows_of_one_dtype});
  install<NativeLayerNormBackward>({layer_norm_backward, nullptr, rows_of_one_dtype});
  install<NativeRmsNorm>({rms_norm, nullptr, rows_of_one_dtype});
  install<NativeRmsNormBackward>({rms_norm_backward, nullptr, rows_of_one_dtype});
}

}  // namespace tandem
