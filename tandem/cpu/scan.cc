// The largest and smallest so far along a dim, and sums of exponentials.
#include "tandem/ops/scan.h"

#include <algorithm>
#include <cmath>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/along.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/scratch.h"

namespace tandem {
namespace {

template <class Op, bool largest>
void extreme_so_far(const KernelCall& call) {
  const TensorRef &x = call.in[0], &values = call.out[0], &places = call.out[1];
  const cpu::Along along(x.shape(),
                         normalize_dim(Op::signature.name(), call.as<Op>().dim, x.shape()));
  if (along.count == 0 || along.length == 0) return;
  with_dtype(x.dtype(), [&]<class T>(T) {
    using A = cpu::Accumulator<T>;
    const cpu::DenseRows<T> from(x, along), to(values, along);
    const cpu::DenseRows<int64_t> at(places, along);
    const int64_t grain = std::max<int64_t>(1, 8192 / along.length);
    parallel_for(along.count, grain, [&](int64_t begin, int64_t end) {
      cpu::Scratch scratch;
      A* buffer = scratch.get<A>(2 * along.length);
      int64_t* place_buffer = scratch.get<int64_t>(along.length);
      for (int64_t r = begin; r < end; ++r) {
        const A* in = from.read(r, buffer);
        A* out = to.write(r, buffer + along.length);
        int64_t* place = at.write(r, place_buffer);
        int64_t best = 0;
        for (int64_t i = 0; i < along.length; ++i) {
          // A NaN wins over every number; then only the next NaN does.
          const A v = in[i], b = in[best];
          if (v != v || (b == b && (largest ? v >= b : v <= b))) best = i;
          out[i] = in[best];
          place[i] = best;
        }
        to.written(r, out);
        at.written(r, place);
      }
    });
  });
}

void log_sums_so_far(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  const cpu::Along along(x.shape(),
                         normalize_dim("logcumsumexp", call.as<Logcumsumexp>().dim, x.shape()));
  if (along.count == 0 || along.length == 0) return;
  with_floating("logcumsumexp", x.dtype(), [&]<class T>(T) {
    using A = cpu::Accumulator<T>;
    const cpu::DenseRows<T> from(x, along), to(y, along);
    const int64_t grain = std::max<int64_t>(1, 2048 / along.length);
    parallel_for(along.count, grain, [&](int64_t begin, int64_t end) {
      cpu::Scratch scratch;
      A* buffer = scratch.get<A>(2 * along.length);
      for (int64_t r = begin; r < end; ++r) {
        const A* in = from.read(r, buffer);
        A* out = to.write(r, buffer + along.length);
        double sum = -INFINITY;  // its logarithm
        for (int64_t i = 0; i < along.length; ++i) {
          const double v = double(in[i]), low = std::min(sum, v), high = std::max(sum, v);
          if (v != v || sum != sum)
            sum = v + sum;
          else
            sum = std::isinf(high) ? high : high + std::log1p(std::exp(low - high));
          out[i] = A(sum);
        }
        to.written(r, out);
      }
    });
  });
}

}  // namespace

void cpu::install_scan() {
  install<Cummax>({extreme_so_far<Cummax, true>});
  install<Cummin>({extreme_so_far<Cummin, false>});
  install<Logcumsumexp>({log_sums_so_far});
}

}  // namespace tandem
