// Cross entropy with class indices: the loss in one pass over the logits, its gradient in another.
#include "tandem/ops/cross_entropy.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/along.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/softmax_rows.h"

namespace tandem {
namespace {

constexpr int64_t cross_entropy_grain = 8192;  // elements, each an exponential

/// One element a row of the classes: targets, losses.
template <class T>
struct PerRow {
  T* data;
  Dims strides;
  PerRow(const TensorRef& t) : data(t.as<T>()), strides(*t.strides) {}
  T& at(const cpu::Along& along, int64_t row) const { return data[along.offset(strides, row)]; }
};

/// The class of each row, checked; -1 where it is ignored.
class Targets {
 public:
  Targets(std::string_view op, const TensorRef& target, const cpu::Along& along, int64_t ignore)
      : op_(op), target_(target), along_(along), ignore_(ignore) {}
  int64_t operator[](int64_t row) const {
    const int64_t at = along_.offset(*target_.strides, row);
    const int64_t target = with_dtype(
        target_.dtype(), [&](auto zero) { return int64_t(target_.as<decltype(zero)>()[at]); });
    if (target == ignore_) return -1;
    if (target < 0 || target >= along_.length) outside(row, target);
    return target;
  }

 private:
  [[noreturn, gnu::cold, gnu::noinline]] void outside(int64_t row, int64_t target) const {
    Dims index = along_.outer;
    for (int d = index.size() - 1; d >= 0; --d) {
      index[d] = row % along_.outer[d];
      row /= along_.outer[d];
    }
    fail(ErrorCode::index, op_, "target", index.empty() ? std::string() : text(index), " = ",
         target, ", but input has ", along_.length, " classes (0..", along_.length - 1,
         "); ignore_index is ", ignore_);
  }
  std::string_view op_;
  const TensorRef& target_;
  const cpu::Along& along_;
  int64_t ignore_;
};

int class_dim(const Dims& input) { return input.size() > 1; }

template <class Body>
void for_rows(const cpu::Along& along, Body body) {
  parallel_for(along.count,
               std::max<int64_t>(1, cross_entropy_grain / std::max<int64_t>(1, along.length)),
               body);
}

void cross_entropy_forward(const KernelCall& call) {
  const TensorRef &input = call.in[0], &loss = call.out[0], &lse = call.out[1];
  const cpu::Along along(input.shape(), class_dim(input.shape()));
  const Targets targets("cross_entropy", call.in[1], along,
                        call.as<SoftmaxCrossEntropy>().ignore_index);
  with_floating("cross_entropy", input.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using A = cpu::Accumulator<T>;
    const auto rows = cpu::softmax_rows<A>();
    const cpu::DenseRows<T> x(input, along);
    for_rows(along, [&](int64_t begin, int64_t end) {
      cpu::Scratch scratch;
      A* buffer = scratch.get<A>(along.length);
      for (int64_t r = begin; r < end; ++r) {
        const int64_t target = targets[r];
        const A* row = x.read(r, buffer);
        const A log_sum_exp = rows.log_sum_exp(row, along.length);
        lse.as<T>()[r] = T(log_sum_exp);
        loss.as<T>()[r] = T(target < 0 ? A(0) : log_sum_exp - row[target]);
      }
    });
    int64_t count = 0;
    for (int64_t r = 0; r < along.count; ++r) count += targets[r] >= 0;
    *call.out[2].as<T>() = T(A(count));
  });
}

void cross_entropy_backward(const KernelCall& call) {
  const TensorRef &input = call.in[1], &out = call.out[0];
  const cpu::Along along(input.shape(), class_dim(input.shape()));
  const Targets targets("cross_entropy", call.in[2], along,
                        call.as<SoftmaxCrossEntropyBackward>().ignore_index);
  with_floating("cross_entropy", input.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using A = cpu::Accumulator<T>;
    const auto rows = cpu::softmax_rows<A>();
    const cpu::DenseRows<T> x(input, along), dx(out, along);
    const PerRow<T> grad(call.in[0]), lse(call.in[3]);
    for_rows(along, [&](int64_t begin, int64_t end) {
      cpu::Scratch scratch;
      A* buffer = scratch.get<A>(2 * along.length);
      for (int64_t r = begin; r < end; ++r) {
        const int64_t target = targets[r];
        A* to = dx.write(r, buffer + along.length);
        if (target < 0) {
          std::fill_n(to, along.length, A(0));
        } else {
          const A g = A(grad.at(along, r));
          rows.scaled_exp(x.read(r, buffer), A(lse.at(along, r)), g, to, along.length);
          to[target] -= g;
        }
        dx.written(r, to);
      }
    });
  });
}

void select(const KernelCall& call) {
  const TensorRef& input = call.in[0];
  const cpu::Along along(input.shape(), class_dim(input.shape()));
  const Targets targets("nll_loss", call.in[1], along, call.as<SelectClass>().ignore_index);
  with_floating("nll_loss", input.dtype(), [&](auto zero) {
    using T = decltype(zero);
    Dims strides = *input.strides;
    const int64_t step = strides[along.dim];
    strides.erase(along.dim);
    for (int64_t r = 0; r < along.count; ++r) {
      const int64_t target = targets[r];
      call.out[0].as<T>()[r] =
          target < 0 ? T(0.0f) : input.as<T>()[along.offset(strides, r) + target * step];
    }
  });
}

void select_backward(const KernelCall& call) {
  const TensorRef& out = call.out[0];
  const cpu::Along along(out.shape(), class_dim(out.shape()));
  const Targets targets("nll_loss", call.in[1], along, call.as<SelectClassBackward>().ignore_index);
  with_floating("nll_loss", out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(out.as<T>(), out.numel(), T(0.0f));
    const PerRow<T> grad(call.in[0]);
    Dims strides = *out.strides;
    const int64_t step = strides[along.dim];
    strides.erase(along.dim);
    for (int64_t r = 0; r < along.count; ++r)
      if (const int64_t target = targets[r]; target >= 0)
        out.as<T>()[along.offset(strides, r) + target * step] = grad.at(along, r);
  });
}

}  // namespace

void cpu::install_cross_entropy() {
  install<SoftmaxCrossEntropy>({cross_entropy_forward});
  install<SoftmaxCrossEntropyBackward>({cross_entropy_backward});
  install<SelectClass>({select});
  install<SelectClassBackward>({select_backward});
}

}  // namespace tandem
