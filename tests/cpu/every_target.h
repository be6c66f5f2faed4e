// Compares what kernels give on the targets of this machine.
#pragma once
#include <cmath>
#include <cstring>
#include <functional>
#include <vector>

#include "tandem/cpu/kernels.h"
#include "tandem/tandem.h"
#include "tests/cpu/targets.h"

namespace tandem::testing {

inline std::vector<std::byte> bytes_of(const Tensor& t) {
  const Tensor dense = contiguous(t);
  std::vector<std::byte> bytes(std::size_t(dense.numel()) * size_of(t.dtype()));
  if (!bytes.empty()) std::memcpy(bytes.data(), dense.impl()->data, bytes.size());
  return bytes;
}

/// How far apart targets without FMA may be, relative to numbers above 1.
inline double rounding(DType t) {
  return t == DType::f64 ? 1e-12 : t == DType::f32 ? 2e-5 : is_half(t) ? 1e-2 : 0;
}

/// Computes with the kernels of each target: those with FMA must agree to the bit, the others
/// closely. `check`, where given, is told what each gave.
inline void expect_equal_on_every_target(
    const std::function<std::vector<Tensor>()>& compute,
    const std::function<void(const std::vector<Tensor>&)>& check = {}) {
  struct Restore {
    ~Restore() { cpu::install_all(); }
  } restore;
  std::vector<Tensor> best;
  bool best_has_fma = false;
  for_each_target([&](int64_t target) {
    cpu::install_all();
    const std::vector<Tensor> found = compute();
    if (check) check(found);
    if (best.empty()) {
      best = found;
      best_has_fma = has_fma(target);
      return;
    }
    ASSERT_EQ(found.size(), best.size());
    for (std::size_t r = 0; r < found.size(); ++r) {
      SCOPED_TRACE(text("result ", int64_t(r)));
      ASSERT_EQ(text(found[r].type()), text(best[r].type()));
      if (best_has_fma && has_fma(target)) {
        EXPECT_EQ(bytes_of(found[r]), bytes_of(best[r]));
        continue;
      }
      const auto a = found[r].to_vector<double>(), b = best[r].to_vector<double>();
      const double bound = rounding(found[r].dtype());
      for (std::size_t i = 0; i < a.size(); ++i)
        if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i]))))
          EXPECT_NEAR(a[i], b[i], bound * std::max(1.0, std::abs(b[i]))) << "element " << i;
    }
  });
}

}  // namespace tandem::testing
