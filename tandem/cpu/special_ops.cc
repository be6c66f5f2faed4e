// Functions of mathematics, an element at a time: strides, dtypes and threads. The functions
// themselves: special_functions.h.
#include "tandem/ops/special.h"

#include "tandem/base/half.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/special_functions.h"
#include "tandem/cpu/strided.h"
#include "tandem/ops/exponential.h"

namespace tandem {
namespace {

constexpr int64_t grain = 1024;

/// Where element i of a shape stands, given strides.
int64_t offset_of(int64_t i, const Dims& shape, const Dims& strides) {
  int64_t at = 0;
  for (int d = shape.size() - 1; d >= 0; --d) {
    at += i % shape[d] * strides[d];
    i /= shape[d];
  }
  return at;
}

/// y = f(operands) for each element, in any layout.
template <int operands, class F>
void map(const KernelCall& call, F f) {
  const TensorRef& y = call.out[0];
  const Dims& shape = y.shape();
  Dims strides[operands];
  bool plain = y.contiguous;
  for (int k = 0; k < operands; ++k) {
    strides[k] = cpu::broadcast_strides(call.in[k].shape(), *call.in[k].strides, shape);
    plain = plain && call.in[k].contiguous && call.in[k].shape() == shape;
  }
  with_floating("special", y.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto value = [&](int k, int64_t at) {
      const T v = call.in[k].as<T>()[at];
      if constexpr (is_half(dtype_of<T>))
        return double(float(v));
      else
        return double(v);
    };
    const auto rounded = [](double v) {
      if constexpr (is_half(dtype_of<T>))
        return T(float(v));
      else
        return T(v);
    };
    parallel_for(y.numel(), grain, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t to = plain ? i : offset_of(i, shape, *y.strides);
        const auto at = [&](int k) {
          return value(k, plain ? i : offset_of(i, shape, strides[k]));
        };
        if constexpr (operands == 1)
          y.as<T>()[to] = rounded(f(at(0)));
        else
          y.as<T>()[to] = rounded(f(at(0), at(1)));
      }
    });
  });
}

template <class O, double (*f)(double)>
void install_map() {
  cpu::install<O>({[](const KernelCall& call) { map<1>(call, f); }});
}
template <class O, double (*f)(double, double)>
void install_map() {
  cpu::install<O>({[](const KernelCall& call) { map<2>(call, f); }});
}

}  // namespace

void cpu::install_special() {
  // clang-format off
  install_map<Lgamma, special::log_gamma>();
  install_map<Digamma, special::digamma>();
  install_map<Erfinv, special::erfinv>();
  install_map<I0, special::bessel_i0>();
  install_map<SpecialI0e, special::bessel_i0e>();
  install_map<SpecialI1, special::bessel_i1>();
  install_map<SpecialI1e, special::bessel_i1e>();
  install_map<SpecialErfcx, special::erfcx>();
  install_map<SpecialNdtr, special::ndtr>();
  install_map<SpecialLogNdtr, special::log_ndtr>();
  install_map<SpecialNdtri, special::ndtri>();
  install_map<SpecialBesselJ0, special::bessel_j0>();
  install_map<SpecialBesselJ1, special::bessel_j1>();
  install_map<SpecialBesselY0, special::bessel_y0>();
  install_map<SpecialBesselY1, special::bessel_y1>();
  install_map<SpecialModifiedBesselK0, special::modified_bessel_k0>();
  install_map<SpecialModifiedBesselK1, special::modified_bessel_k1>();
  install_map<SpecialScaledModifiedBesselK0, special::scaled_modified_bessel_k0>();
  install_map<SpecialScaledModifiedBesselK1, special::scaled_modified_bessel_k1>();
  install_map<SpecialSphericalBesselJ0, special::spherical_bessel_j0>();
  install_map<SpecialAiryAi, special::airy_ai>();
  install_map<SpecialZeta, special::zeta>();
  install_map<SpecialGammainc, special::gamma_share>();
  install_map<SpecialGammaincc, special::gamma_rest>();
  install_map<SpecialChebyshevPolynomialT, special::chebyshev_polynomial_t>();
  install_map<SpecialChebyshevPolynomialU, special::chebyshev_polynomial_u>();
  install_map<SpecialChebyshevPolynomialV, special::chebyshev_polynomial_v>();
  install_map<SpecialChebyshevPolynomialW, special::chebyshev_polynomial_w>();
  install_map<SpecialShiftedChebyshevPolynomialT, special::shifted_chebyshev_polynomial_t>();
  install_map<SpecialShiftedChebyshevPolynomialU, special::shifted_chebyshev_polynomial_u>();
  install_map<SpecialShiftedChebyshevPolynomialV, special::shifted_chebyshev_polynomial_v>();
  install_map<SpecialShiftedChebyshevPolynomialW, special::shifted_chebyshev_polynomial_w>();
  install_map<SpecialHermitePolynomialH, special::hermite_polynomial_h>();
  install_map<SpecialHermitePolynomialHe, special::hermite_polynomial_he>();
  install_map<SpecialLaguerrePolynomialL, special::laguerre_polynomial_l>();
  install_map<SpecialLegendrePolynomialP, special::legendre_polynomial_p>();
  // clang-format on
  install<Polygamma>({[](const KernelCall& call) {
    const int64_t n = call.as<Polygamma>().n;
    map<1>(call, [n](double x) { return special::polygamma(n, x); });
  }});
}

}  // namespace tandem
