// Reductions: which dims lie how, and the element type that is reduced in.
#include "tandem/ops/reduce.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/copy.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/place.h"
#include "tandem/cpu/reduce_plan.h"
#include "tandem/cpu/scratch.h"

namespace tandem {

using cpu::Reduction;

cpu::ReducePlan cpu::reduce_plan(const Dims& shape, const Dims& strides, const Dims& kept_shape) {
  ReducePlan p;
  int last = shape.size();
  const auto is_reduced = [&](int d) { return kept_shape[d] != shape[d]; };
  // The innermost run: dims of one kind from the end; dims of size 1 are of either kind.
  bool begun = false;
  for (int d = shape.size() - 1; d >= 0; --d) {
    if (shape[d] == 1) {
      last = d;
      continue;
    }
    if (!begun) {
      begun = true;
      p.inner_is_reduced = is_reduced(d);
      p.inner = shape[d];
      p.inner_stride = strides[d];
    } else {
      if (is_reduced(d) != p.inner_is_reduced) break;
      p.inner_is_one_run &= strides[d] == p.inner * p.inner_stride;
      p.inner *= shape[d];
    }
    last = d;
  }
  if (!begun) p.inner_stride = 1;
  for (int d = 0; d < last; ++d) {
    if (shape[d] == 1) continue;
    if (is_reduced(d)) {
      p.runs.push_back(shape[d]);
      p.runs_stride.push_back(strides[d]);
    } else {
      if (p.inner_is_reduced && strides[d] == 1 && p.inner_stride != 1) p.unit_kept = p.kept.size();
      p.kept.push_back(shape[d]);
      p.kept_stride.push_back(strides[d]);
    }
  }
  p.run_count = p.runs.product();
  p.result_count = p.kept.product() * (p.inner_is_reduced ? 1 : p.inner);
  return p;
}

namespace {

DType accumulator(DType t) {
  if (t == DType::boolean || !is_floating(t)) return DType::i64;
  return t == DType::f64 ? DType::f64 : DType::f32;
}

/// `x` in another dtype, or only row-major, in memory of the scope.
struct Copied {
  Type type;
  Dims strides;
  TensorRef ref;
  Copied(const TensorRef& x, DType dtype, cpu::Scratch& scratch)
      : type{dtype, x.shape()}, strides(contiguous_strides(x.shape())) {
    ref = {scratch.get<std::byte>(std::max<int64_t>(1, x.numel()) * size_of(dtype)), &type,
           &strides, true};
    if (x.numel()) cpu::copy_into(ref, x);
  }
};

/// Reduces in `dtype`; divides a sum by `divisor` before it is rounded to the result's dtype.
void reduce_in(Reduction kind, DType dtype, const TensorRef& x, const Dims& kept,
               const TensorRef& y, double divisor = 1) {
  if (y.numel() == 0) return;
  cpu::Scratch scratch;
  std::optional<Copied> copy;
  const TensorRef* from = &x;
  // A boolean's plan: a reduced dim of size 1 changes nothing, one of size 0 leaves the start.
  cpu::ReducePlan plan = cpu::reduce_plan(x.shape(), *x.strides, kept);
  const bool reads_in_place = x.dtype() == dtype && plan.inner_is_one_run &&
                              (plan.inner_stride == 1 || plan.unit_kept >= 0);
  if (!reads_in_place) {
    from = &copy.emplace(x, dtype, scratch).ref;
    plan = cpu::reduce_plan(x.shape(), copy->strides, kept);
  }
  void* to = y.dtype() == dtype ? y.data : scratch.get<std::byte>(y.numel() * size_of(dtype));
  cpu::reduce(kind, dtype, plan, from->data, to);
  if (divisor != 1) {
    with_float_or_double("mean", dtype, [&](auto zero) {
      using T = decltype(zero);
      for (int64_t i = 0; i < y.numel(); ++i) static_cast<T*>(to)[i] /= T(divisor);
    });
  }
  if (to == y.data) return;
  const Type type{dtype, y.shape()};
  cpu::copy_into(y, {static_cast<std::byte*>(to), &type, y.strides, true});
}

template <class Op, Reduction kind>
void reduce_numbers(const KernelCall& call) {
  const TensorRef& x = call.in[0];
  reduce_in(kind, accumulator(x.dtype()), x,
            kept_shape(Op::signature.name(), x.shape(), call.as<Op>().dim), call.out[0]);
}
template <class Op, Reduction kind>
void reduce_truth(const KernelCall& call) {
  const TensorRef& x = call.in[0];
  reduce_in(kind, DType::boolean, x, kept_shape(Op::signature.name(), x.shape(), call.as<Op>().dim),
            call.out[0]);
}
void mean(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  const double n = y.numel() ? double(x.numel()) / double(y.numel()) : 1;
  reduce_in(Reduction::sum, accumulator(x.dtype()), x,
            kept_shape("mean", x.shape(), call.as<Mean>().dim), y, n);
}

/// Another dtype than the natural one goes through a cast, which is the decomposition.
template <class Op>
bool is_natural(const void* op, Types in) {
  const auto& dtype = static_cast<const Op*>(op)->dtype;
  return !dtype || *dtype == (std::is_same_v<Op, Mean> ? in[0]->dtype : summed_dtype(in[0]->dtype));
}

template <class Op, bool largest>
void place(const KernelCall& call) {
  const auto& op = call.as<Op>();
  cpu::Scratch scratch;
  std::optional<Copied> copy;
  TensorRef x = call.in[0];
  Dims kept, stride;
  int64_t n = x.numel(), step = 1;
  if (op.dim && !x.shape().empty()) {
    const int dim = normalize_dim(Op::signature.name(), *op.dim, x.shape());
    n = x.shape()[dim];
    step = (x.contiguous ? contiguous_strides(x.shape()) : *x.strides)[dim];
    kept = x.shape();
    stride = *x.strides;
    kept.erase(dim);
    stride.erase(dim);
  } else if (!x.contiguous) {
    x = copy.emplace(x, x.dtype(), scratch).ref;
  }
  int64_t* to = call.out[0].as<int64_t>();
  with_dtype(x.dtype(), [&]<class T>(T) {
    // Halves compare as the numbers they are.
    using Number = std::conditional_t<is_half(dtype_of<T>), float, T>;
    if constexpr (std::is_same_v<Number, T>) {
      if (op.dim && x.contiguous && step > 1 && n < INT32_MAX) {
        // Lines side by side, [outer, n, step], some columns of them a task.
        constexpr int64_t columns = 256;
        const int64_t outer = call.out[0].numel() / step, bands = (step + columns - 1) / columns;
        parallel_for(outer * bands, std::max<int64_t>(1, 32768 / (n * std::min(step, columns))),
                     [&](int64_t begin, int64_t end) {
                       for (int64_t task = begin; task < end; ++task) {
                         const int64_t o = task / bands, c = task % bands * columns;
                         cpu::places_of<largest>(x.as<T>() + o * n * step + c, n, step,
                                                 std::min(columns, step - c), to + o * step + c);
                       }
                     });
        return;
      }
    }
    const int64_t grain = std::max<int64_t>(1, 32768 / std::max<int64_t>(1, n));
    parallel_for(call.out[0].numel(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const T* from = x.as<T>() + cpu::offset_of(i, kept, stride);
        if constexpr (std::is_same_v<Number, T>) {
          to[i] = cpu::place_of<largest>(from, n, step);
        } else {
          cpu::Scratch line;
          Number* wide = line.get<Number>(n);
          for (int64_t k = 0; k < n; ++k) wide[k] = float(from[k * step]);
          to[i] = cpu::place_of<largest>(wide, n, 1);
        }
      }
    });
  });
}

/// y = x so far along `dim`, in the accumulator's dtype, in order.
template <class Op, bool product>
void running(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  if (x.numel() == 0) return;
  const DType dtype = accumulator(y.dtype());
  cpu::Scratch scratch;
  std::optional<Copied> copy;
  TensorRef from = x;
  if (x.dtype() != dtype || !x.contiguous) from = copy.emplace(x, dtype, scratch).ref;
  std::byte* to = y.dtype() == dtype ? y.data : scratch.get<std::byte>(y.numel() * size_of(dtype));
  const Dims& shape = x.shape();
  const int dim = normalize_dim(Op::signature.name(), call.as<Op>().dim, shape);
  const int64_t n = shape.empty() ? 1 : shape[dim];
  int64_t inner = 1;
  for (int d = dim + 1; d < shape.size(); ++d) inner *= shape[d];
  const int64_t outer = x.numel() / (n * inner);
  const auto run = [&]<class T>(T) {
    const T* a = from.as<T>();
    T* b = reinterpret_cast<T*>(to);
    parallel_for(outer, std::max<int64_t>(1, 32768 / (n * inner)), [&](int64_t begin, int64_t end) {
      for (int64_t o = begin; o < end; ++o) {
        const T* in = a + o * n * inner;
        T* out = b + o * n * inner;
        std::copy_n(in, inner, out);
        for (int64_t i = inner; i < n * inner; ++i)
          out[i] = product ? out[i - inner] * in[i] : out[i - inner] + in[i];
      }
    });
  };
  if (dtype == DType::i64)
    run(int64_t{});
  else
    with_float_or_double(Op::signature.name(), dtype, run);
  if (to == y.data) return;
  const Type type{dtype, shape};
  cpu::copy_into(y, {to, &type, y.strides, true});
}

}  // namespace

void cpu::install_reduce() {
  install<Sum>({reduce_numbers<Sum, Reduction::sum>, nullptr, is_natural<Sum>});
  install<Mean>({mean, nullptr, is_natural<Mean>});
  install<Prod>({reduce_numbers<Prod, Reduction::prod>, nullptr, is_natural<Prod>});
  install<Amax>({reduce_numbers<Amax, Reduction::max>});
  install<Amin>({reduce_numbers<Amin, Reduction::min>});
  install<Any>({reduce_truth<Any, Reduction::any>});
  install<All>({reduce_truth<All, Reduction::all>});
  install<Argmax>({place<Argmax, true>});
  install<Argmin>({place<Argmin, false>});
  install<Cumsum>({running<Cumsum, false>, nullptr, is_natural<Cumsum>});
  install<Cumprod>({running<Cumprod, true>, nullptr, is_natural<Cumprod>});
}

}  // namespace tandem
