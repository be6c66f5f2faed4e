// Greatest common divisors.
#include "tandem/ops/arithmetic.h"

#include <numeric>
#include <type_traits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/strided.h"

namespace tandem {
namespace {

void gcd(const KernelCall& call) {
  const TensorRef& y = call.out[0];
  const int64_t n = y.numel();
  cpu::Scratch scratch;
  with_dtype(y.dtype(), [&]<class T>(T) {
    if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
      // Side by side first: the division is what takes the time.
      const T* operand[2];
      for (int k = 0; k < 2; ++k) {
        const TensorRef& x = call.in[k];
        operand[k] = x.as<T>();
        if (x.contiguous && x.shape() == y.shape()) continue;
        T* dense = scratch.get<T>(n);
        int64_t i = 0;
        const Dims from = cpu::broadcast_strides(x.shape(), *x.strides, y.shape());
        cpu::for_each_pair(y.shape(), from, from,
                           [&](int64_t at, int64_t) { dense[i++] = x.as<T>()[at]; });
        operand[k] = dense;
      }
      parallel_for(n, 4096, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) {
          // In the unsigned type: the smallest number has no opposite.
          using U = std::make_unsigned_t<T>;
          const auto size = [](T v) { return v < 0 ? U(U(0) - U(v)) : U(v); };
          y.as<T>()[i] = T(std::gcd(size(operand[0][i]), size(operand[1][i])));
        }
      });
    }
  });
}

}  // namespace

void cpu::install_arithmetic() { install<Gcd>({gcd}); }

}  // namespace tandem
