// Kernels that move elements: full, casts, copies, scatters of views, where.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "tandem/cpu/convert.h"
#include "tandem/cpu/copy.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/strided.h"
#include "tandem/cpu/with_size.h"
#include "tandem/ops/compare.h"
#include "tandem/ops/create.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/view.h"

namespace tandem {
namespace {

template <class From, class To>
void convert_row(const void*, std::byte* out, const std::byte* const* in, int64_t n) {
  const From* from = reinterpret_cast<const From*>(in[0]);
  To* to = reinterpret_cast<To*>(out);
  for (int64_t i = 0; i < n; ++i) to[i] = cpu::convert<From, To>(from[i]);
}

}  // namespace

cpu::Row cpu::cast_row(DType from, DType to) {
  Row row = nullptr;
  if (from == to) {
    with_size(size_of(to), [&]<class T>(T) {
      row = [](const void*, std::byte* out, const std::byte* const* in, int64_t n) {
        std::memcpy(out, in[0], std::size_t(n) * sizeof(T));
      };
    });
  } else {
    with_dtype(from, [&](auto x) {
      with_dtype(to, [&](auto y) { row = convert_row<decltype(x), decltype(y)>; });
    });
  }
  return row;
}

void cpu::copy_into(const TensorRef& out, const TensorRef& in) {
  for_rows({nullptr, {&out, 1}, {&in, 1}, nullptr}, cast_row(in.dtype(), out.dtype()),
           in.dtype() == out.dtype());
}

namespace {

using cpu::copy_into;

void copy_first(const KernelCall& call) { copy_into(call.out[0], call.in[0]); }
void copy_second(const KernelCall& call) { copy_into(call.out[0], call.in[1]); }

/// The same elements in row-major order under another shape.
void reshape_copy(const KernelCall& call) {
  const Dims strides = contiguous_strides(call.in[0].shape());
  const TensorRef as_input{call.out[0].data, call.in[0].type, &strides, true};
  copy_into(as_input, call.in[0]);
}

void full(const KernelCall& call) {
  const TensorRef& out = call.out[0];
  with_dtype(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(out.as<T>(), out.numel(), call.as<Full>().fill_value.value.to<T>());
  });
}

/// The view that `op` names, of the result; its elements become those of operand 1.
template <class ViewOp>
void scatter_view(const KernelCall& call, const ViewOp& op) {
  const TensorRef& out = call.out[0];
  if (out.data != call.in[0].data) copy_into(out, call.in[0]);
  const View view = op.view(out, *call.in[1].type);
  const TensorRef part{out.data + view.offset * size_of(out.dtype()), call.in[1].type,
                       &view.strides, false};
  copy_into(part, call.in[1]);
}
void slice_scatter(const KernelCall& call) {
  const auto& op = call.as<SliceScatter>();
  scatter_view(call, Slice{op.dim, op.start, op.end, op.step});
}
void diagonal_scatter(const KernelCall& call) {
  const auto& op = call.as<DiagonalScatter>();
  scatter_view(call, Diagonal{op.offset, op.dim1, op.dim2});
}

void where(const KernelCall& call) { cpu::for_rows(call, cpu::where_row(call.out[0].dtype())); }

}  // namespace

cpu::Row cpu::where_row(DType dtype) {
  Row row = nullptr;
  with_size(size_of(dtype), [&]<class T>(T) {
    row = [](const void*, std::byte* out, const std::byte* const* in, int64_t n) {
      const bool* condition = reinterpret_cast<const bool*>(in[0]);
      const T *a = reinterpret_cast<const T*>(in[1]), *b = reinterpret_cast<const T*>(in[2]);
      T* to = reinterpret_cast<T*>(out);
      for (int64_t i = 0; i < n; ++i) to[i] = condition[i] ? a[i] : b[i];
    };
  });
  return row;
}

void cpu::install_copy() {
  install<Full>({full});
  install<Cast>({copy_first});
  install<Clone>({copy_first});
  install<Contiguous>({copy_first});
  install<Reshape>({reshape_copy});
  install<Copy>({copy_second});
  install<SliceScatter>({slice_scatter});
  install<DiagonalScatter>({diagonal_scatter});
  install<Where>({where});
}

}  // namespace tandem
