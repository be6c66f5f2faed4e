// Reductions in plain, ordered loops.
#include "tandem/ops/reduce.h"

#include <algorithm>

#include "tandem/cpu/kernels.h"
#include "tandem/cpu/strided.h"

namespace tandem {
namespace {

void sum(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  const Dims kept = kept_shape("sum", x.shape(), call.as<Sum>().dim);
  const Dims to = cpu::broadcast_strides(kept, contiguous_strides(kept), x.shape());
  with_dtype(y.dtype(), [&](auto out_zero) {
    using To = decltype(out_zero);
    using Accumulator = std::conditional_t<is_half(dtype_of<To>), float, To>;
    std::vector<Accumulator> total(std::size_t(y.numel()), Accumulator(0));
    with_dtype(x.dtype(), [&](auto zero) {
      using From = decltype(zero);
      cpu::for_each_pair(x.shape(), *x.strides, to, [&](int64_t i, int64_t o) {
        total[std::size_t(o)] = Accumulator(total[std::size_t(o)] + Accumulator(x.as<From>()[i]));
      });
    });
    for (std::size_t i = 0; i < total.size(); ++i) y.as<To>()[i] = To(total[i]);
  });
}

}  // namespace

void cpu::install_reduce() { info_of<Sum>.kernel[int(DeviceType::cpu)] = {sum}; }

}  // namespace tandem
