#include <cmath>

#include "tests/ops/samples.h"

namespace tandem {
namespace {

const SampleTable special_samples([] {
  const Tensor x = values({2, 3}), positive = values({2, 3}, 0.3, 4),
               share = values({2, 3}, 0.05, 0.95), whole = integers({3, 1, 4}),
               degree = integers({0, 1, 2, 3, 7, 12}, {2, 3});
  const Tensor odd = from_data<double>({std::nan(""), INFINITY, -INFINITY, 0, -1, 40}, {2, 3});
  std::vector<Sample> all = {
      {"lgamma", {positive}},
      {"digamma", {positive}},
      {"digamma", {values({2, 3}, -0.9, -0.1)}},
      {"erfinv", {values({2, 3}, -0.95, 0.95)}},
      {"i0", {x}},
      {"special_log_ndtr", {values({2, 3}, -4, 3)}},
      {"special_ndtri", {share}},
      {"polygamma", {positive}, {{"n", 0}}},
      {"polygamma", {positive}, {{"n", 2}}},
      {"polygamma", {cast(positive, bfloat16)}, {{"n", 1}}},
      {.op = "polygamma", .operands = {x}, .attributes = {{"n", -1}}, .error = "0 or more"},
      {"special_zeta", {full({2, 3}, 2.5, float32), cast(positive, float32)}, {}, false},
      {"special_zeta", {positive + 1, positive}, {}, false},
      {"special_gammainc", {positive, share}, {}, false},
      {"special_gammaincc", {positive, share}, {}, false},
      {"special_gammaincc", {odd, positive}, {}, false},
      {"mvlgamma", {positive + 1}, {{"p", 2}}},
      {"special_entr", {positive}},
      {"special_entr", {odd}, {}, false},
      {"special_xlog1py", {x, positive}},
  };
  for (const char* op : {"special_i0e", "special_i1", "special_i1e", "special_erfcx"}) {
    all.push_back({op, {x}});
    all.push_back({op, {cast(x, float16)}});
    all.push_back({.op = op, .operands = {odd}, .gradient = false});
    all.push_back({.op = op, .operands = {whole}, .error = "expected a floating operand"});
  }
  for (const char* op :
       {"special_bessel_j0", "special_bessel_j1", "special_bessel_y0", "special_bessel_y1",
        "special_modified_bessel_k0", "special_modified_bessel_k1",
        "special_scaled_modified_bessel_k0", "special_scaled_modified_bessel_k1"})
    all.push_back({op, {positive}});
  for (const char* op : {"special_spherical_bessel_j0", "special_airy_ai"})
    all.push_back({.op = op, .operands = {values({3, 4}, -12, 6)}, .gradient = false});
  for (const char* kind :
       {"chebyshev_polynomial_t", "chebyshev_polynomial_u", "chebyshev_polynomial_v",
        "chebyshev_polynomial_w", "shifted_chebyshev_polynomial_t",
        "shifted_chebyshev_polynomial_u", "shifted_chebyshev_polynomial_v",
        "shifted_chebyshev_polynomial_w", "hermite_polynomial_h", "hermite_polynomial_he",
        "laguerre_polynomial_l", "legendre_polynomial_p"})
    all.push_back({.op = Name(text("special_", kind)).view(),
                   .operands = {values({3}, -1.5, 1.5), cast(degree, float64)},
                   .gradient = false});
  return all;
});

}  // namespace
}  // namespace tandem
