// Kernels that place whole tensors inside others: cat, pad, flip; and ranges of numbers.
#include "tandem/ops/join.h"

#include <algorithm>

#include "tandem/cpu/convert.h"
#include "tandem/cpu/copy.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/create.h"
#include "tandem/ops/shape.h"

namespace tandem {
namespace {

void cat(const KernelCall& call) {
  const TensorRef& y = call.out[0];
  const int dim = normalize_dim("cat", call.as<Cat>().dim, y.shape());
  const int64_t step = (*y.strides)[dim] * size_of(y.dtype());
  std::byte* to = y.data;
  for (const TensorRef& x : call.in) {
    if (x.numel() == 0) continue;
    cpu::copy_into({to, x.type, y.strides, false}, x);
    to += x.shape()[dim] * step;
  }
}

void constant_pad_nd(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  const auto& op = call.as<ConstantPadNd>();
  with_dtype(y.dtype(), [&](auto zero) {
    std::fill_n(y.as<decltype(zero)>(), y.numel(), op.value.template to<decltype(zero)>());
  });
  const PadPlace place = pad_place(x.shape(), op.pad);
  const Type part{x.dtype(), place.size};
  if (part.shape.product() == 0) return;
  int64_t from = 0, to = 0;
  for (int d = 0; d < x.shape().size(); ++d) {
    from += place.from[d] * (*x.strides)[d];
    to += place.to[d] * (*y.strides)[d];
  }
  const int size = size_of(x.dtype());
  cpu::copy_into({y.data + to * size, &part, y.strides, false},
                 {x.data + from * size, &part, x.strides, false});
}

void flip(const KernelCall& call) {
  const TensorRef& x = call.in[0];
  if (x.numel() == 0) return;
  Dims strides = *x.strides;
  int64_t start = 0;
  if (!x.shape().empty())
    for (int64_t d : call.as<Flip>().dims.value) {
      const int at = normalize_dim("flip", d, x.shape());
      start += (x.shape()[at] - 1) * strides[at];
      strides[at] = -strides[at];
    }
  cpu::copy_into(call.out[0], {x.data + start * size_of(x.dtype()), x.type, &strides, false});
}

/// Element i is f(i), computed in double; or f's integer form for integers.
template <class F>
void fill_by(const TensorRef& y, F&& f) {
  with_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    for (int64_t i = 0, n = y.numel(); i < n; ++i) {
      const auto v = f(i);
      if constexpr (is_half(dtype_of<T>))
        y.as<T>()[i] = T(float(v));
      else
        y.as<T>()[i] = cpu::convert<decltype(f(i)), T>(v);
    }
  });
}

void arange(const KernelCall& call) {
  const auto& op = call.as<Arange>();
  const auto is_whole = [](const Scalar& s) { return s.category() != Category::floating; };
  if (is_whole(op.start) && is_whole(op.step)) {
    const int64_t start = op.start->to_int64(), step = op.step.to_int64();
    fill_by(call.out[0], [=](int64_t i) { return start + i * step; });
  } else {
    const double start = op.start->to_double(), step = op.step.to_double();
    fill_by(call.out[0], [=](int64_t i) { return start + double(i) * step; });
  }
}

/// From both ends towards the middle, so that both are exact.
void linspace(const KernelCall& call) {
  const auto& op = call.as<Linspace>();
  const double start = op.start->to_double(), end = op.end->to_double();
  const int64_t steps = op.steps;
  const double step = steps > 1 ? (end - start) / double(steps - 1) : 0;
  fill_by(call.out[0], [=](int64_t i) {
    return i < (steps + 1) / 2 ? start + double(i) * step : end - double(steps - 1 - i) * step;
  });
}

}  // namespace

void cpu::install_join() {
  install<Cat>({cat});
  install<ConstantPadNd>({constant_pad_nd});
  install<Flip>({flip});
  install<Arange>({arange});
  install<Linspace>({linspace});
}

}  // namespace tandem
