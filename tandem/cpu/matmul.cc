// Matrix products in plain, ordered loops.
#include "tandem/ops/matmul.h"

#include "tandem/cpu/kernels.h"
#include "tandem/cpu/strided.h"

namespace tandem {
namespace {

void matmul(const KernelCall& call) {
  const TensorRef &a = call.in[0], &b = call.in[1], &y = call.out[0];
  const Dims &sa = *a.strides, &sb = *b.strides;
  const int ra = sa.size(), rb = sb.size();
  const int64_t k = a.shape().back();
  const int64_t m = ra > 1 ? a.shape()[ra - 2] : 1, n = rb > 1 ? b.shape()[rb - 1] : 1;
  Dims batch = y.shape();
  batch.resize(y.shape().size() - (ra > 1) - (rb > 1));
  auto batch_strides = [&](const Dims& shape, const Dims& strides) {
    Dims own = shape, s = strides;
    own.resize(std::max(0, shape.size() - 2));
    s.resize(own.size());
    return cpu::broadcast_strides(own, s, batch);
  };
  const Dims ba = batch_strides(a.shape(), sa), bb = batch_strides(b.shape(), sb);
  const int64_t a_row = ra > 1 ? sa[ra - 2] : 0, a_column = sa[ra - 1];
  const int64_t b_row = rb > 1 ? sb[rb - 2] : sb[0], b_column = rb > 1 ? sb[rb - 1] : 0;
  with_dtype(y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using Accumulator = std::conditional_t<is_half(dtype_of<T>), float, T>;
    T* to = y.as<T>();
    cpu::for_each_pair(batch, ba, bb, [&](int64_t ia, int64_t ib) {
      for (int64_t i = 0; i < m; ++i)
        for (int64_t j = 0; j < n; ++j) {
          Accumulator total = 0;
          for (int64_t p = 0; p < k; ++p)
            total = Accumulator(total + Accumulator(a.as<T>()[ia + i * a_row + p * a_column]) *
                                            Accumulator(b.as<T>()[ib + p * b_row + j * b_column]));
          *to++ = T(total);
        }
    });
  });
}

}  // namespace

void cpu::install_matmul() { info_of<Matmul>.kernel[int(DeviceType::cpu)] = {matmul}; }

}  // namespace tandem
