#include "tandem/cpu/row_pair.h"

#include "tandem/ops/activation.h"

namespace tandem::cpu {

RowPair row_pair_of(const OpInfo& activation, const OpInfo& gradient, DType dtype) {
  if (gradient_from_input(activation) != &gradient) return nullptr;
  RowPair pair = nullptr;
  const auto is = [&]<class A>(const A*) {
    if (&activation == &info_of<A>)
      pair = dtype == DType::f32   ? row_pair_f32<A>
             : dtype == DType::f64 ? row_pair_f64<A>
                                   : nullptr;
  };
  is((GeluNone*)nullptr), is((GeluTanh*)nullptr), is((Silu*)nullptr);
  return pair;
}

}  // namespace tandem::cpu
