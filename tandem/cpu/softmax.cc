// Softmax, log_softmax and their gradients: any strides, rows in parallel.
#include "tandem/ops/softmax.h"

#include <algorithm>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/along.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/softmax_rows.h"

namespace tandem {
namespace {

constexpr int64_t softmax_grain = 8192;  // elements, each an exponential and a division

/// `row(in0, in1, out, n)` for each row; in1 is null where the op has one operand.
template <class T, class Row>
void for_each_row(const KernelCall& call, int64_t dim, Row row) {
  using A = cpu::Accumulator<T>;
  const TensorRef& out = call.out[0];
  const cpu::Along along(out.shape(), normalize_dim("softmax", dim, out.shape()));
  if (along.count == 0 || along.length == 0) return;
  const cpu::DenseRows<T> a(call.in[0], along), b(call.in.back(), along), y(out, along);
  const bool two = call.in.size() > 1;
  parallel_for(along.count, std::max<int64_t>(1, softmax_grain / along.length),
               [&](int64_t begin, int64_t end) {
                 cpu::Scratch scratch;
                 A* buffer = scratch.get<A>(3 * along.length);
                 for (int64_t r = begin; r < end; ++r) {
                   const A* in0 = a.read(r, buffer);
                   const A* in1 = two ? b.read(r, buffer + along.length) : nullptr;
                   A* to = y.write(r, buffer + 2 * along.length);
                   row(in0, in1, to, along.length);
                   y.written(r, to);
                 }
               });
}

void softmax(const KernelCall& call) {
  with_floating("softmax", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto rows = cpu::softmax_rows<cpu::Accumulator<T>>();
    for_each_row<T>(call, call.as<Softmax>().dim,
                    [&](auto* x, auto*, auto* y, int64_t n) { rows.softmax(x, y, n); });
  });
}
void log_softmax(const KernelCall& call) {
  with_floating("log_softmax", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto rows = cpu::softmax_rows<cpu::Accumulator<T>>();
    for_each_row<T>(call, call.as<LogSoftmax>().dim,
                    [&](auto* x, auto*, auto* y, int64_t n) { rows.log_softmax(x, y, n); });
  });
}
void softmax_backward(const KernelCall& call) {
  with_floating("softmax_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_row<T>(call, call.as<SoftmaxBackward>().dim,
                    cpu::softmax_rows<cpu::Accumulator<T>>().softmax_backward);
  });
}
void log_softmax_backward(const KernelCall& call) {
  with_floating("log_softmax_backward", call.out[0].dtype(), [&](auto zero) {
    using T = decltype(zero);
    for_each_row<T>(call, call.as<LogSoftmaxBackward>().dim,
                    cpu::softmax_rows<cpu::Accumulator<T>>().log_softmax_backward);
  });
}

}  // namespace

void cpu::install_softmax() {
  install<Softmax>({softmax});
  install<LogSoftmax>({log_softmax});
  install<SoftmaxBackward>({softmax_backward});
  install<LogSoftmaxBackward>({log_softmax_backward});
}

}  // namespace tandem
