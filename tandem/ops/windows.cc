#include "tandem/ops/windows.h"

#include <numbers>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

namespace {

template <class O>
Tensor made(const O& op, Location where) {
  return apply(info_of<O>, &op, {}, where);
}

}  // namespace

// clang-format off
Tensor hann_window(int64_t window_length, bool periodic, DType dtype, Location where) { return made(HannWindow{window_length, periodic, dtype}, where); }
Tensor hamming_window(int64_t window_length, bool periodic, double alpha, double beta, DType dtype, Location where) { return made(HammingWindow{window_length, periodic, alpha, beta, dtype}, where); }
Tensor blackman_window(int64_t window_length, bool periodic, DType dtype, Location where) { return made(BlackmanWindow{window_length, periodic, dtype}, where); }
Tensor bartlett_window(int64_t window_length, bool periodic, DType dtype, Location where) { return made(BartlettWindow{window_length, periodic, dtype}, where); }
Tensor kaiser_window(int64_t window_length, bool periodic, double beta, DType dtype, Location where) { return made(KaiserWindow{window_length, periodic, beta, dtype}, where); }
Tensor signal_windows_bartlett(int64_t M, bool sym, DType dtype, Location where) { return made(SignalWindowsBartlett{M, sym, dtype}, where); }
Tensor signal_windows_blackman(int64_t M, bool sym, DType dtype, Location where) { return made(SignalWindowsBlackman{M, sym, dtype}, where); }
Tensor signal_windows_cosine(int64_t M, bool sym, DType dtype, Location where) { return made(SignalWindowsCosine{M, sym, dtype}, where); }
Tensor signal_windows_exponential(int64_t M, std::optional<double> center, double tau, bool sym, DType dtype, Location where) { return made(SignalWindowsExponential{M, center, tau, sym, dtype}, where); }
Tensor signal_windows_gaussian(int64_t M, double std, bool sym, DType dtype, Location where) { return made(SignalWindowsGaussian{M, std, sym, dtype}, where); }
Tensor signal_windows_general_hamming(int64_t M, double alpha, bool sym, DType dtype, Location where) { return made(SignalWindowsGeneralHamming{M, alpha, sym, dtype}, where); }
Tensor signal_windows_hamming(int64_t M, bool sym, DType dtype, Location where) { return made(SignalWindowsHamming{M, sym, dtype}, where); }
Tensor signal_windows_hann(int64_t M, bool sym, DType dtype, Location where) { return made(SignalWindowsHann{M, sym, dtype}, where); }
Tensor signal_windows_kaiser(int64_t M, double beta, bool sym, DType dtype, Location where) { return made(SignalWindowsKaiser{M, beta, sym, dtype}, where); }
Tensor signal_windows_nuttall(int64_t M, bool sym, DType dtype, Location where) { return made(SignalWindowsNuttall{M, sym, dtype}, where); }
// clang-format on

namespace {

/// cos(2 pi k n / N) weighed, n = 0 … length - 1.
struct Places {
  int64_t length;
  double last;
  Places(std::string_view op, int64_t length, bool periodic)
      : length(length), last(double(periodic ? length : length - 1)) {
    if (length < 0) fail(ErrorCode::value, op, "expected window_length of 0 or more, got ", length);
  }
  Tensor cosine(int k) const {
    return cos(arange(0, length, 1, DType::f64) * (2 * std::numbers::pi * k / last));
  }
  bool trivial() const { return length <= 1; }
  Tensor ones(DType dtype) const { return full({length}, 1, dtype); }
};

}  // namespace

Tensor HannWindow::decompose() const {
  const Places p("hann_window", window_length, periodic);
  return p.trivial() ? p.ones(dtype) : cast(0.5 - 0.5 * p.cosine(1), dtype);
}
Tensor HammingWindow::decompose() const {
  const Places p("hamming_window", window_length, periodic);
  return p.trivial() ? p.ones(dtype) : cast(alpha - beta * p.cosine(1), dtype);
}
Tensor BlackmanWindow::decompose() const {
  const Places p("blackman_window", window_length, periodic);
  return p.trivial() ? p.ones(dtype) : cast(0.42 - 0.5 * p.cosine(1) + 0.08 * p.cosine(2), dtype);
}
Tensor BartlettWindow::decompose() const {
  const Places p("bartlett_window", window_length, periodic);
  if (p.trivial()) return p.ones(dtype);
  return cast(1 - abs(arange(0, p.length, 1, DType::f64) * (2 / p.last) - 1), dtype);
}
Tensor KaiserWindow::decompose() const {
  const Places p("kaiser_window", window_length, periodic);
  if (p.trivial()) return p.ones(dtype);
  const Tensor at = arange(0, p.length, 1, DType::f64) * (2 / p.last) - 1;
  return cast(i0(sqrt(clamp_min(1 - at * at, 0)) * beta) / i0(full({}, beta, DType::f64)), dtype);
}

Tensor SignalWindowsBartlett::decompose() const { return bartlett_window(M, !sym, dtype); }
Tensor SignalWindowsBlackman::decompose() const { return blackman_window(M, !sym, dtype); }
Tensor SignalWindowsHann::decompose() const { return hann_window(M, !sym, dtype); }
Tensor SignalWindowsHamming::decompose() const {
  return hamming_window(M, !sym, 0.54, 0.46, dtype);
}
Tensor SignalWindowsGeneralHamming::decompose() const {
  return hamming_window(M, !sym, alpha, 1 - alpha, dtype);
}
Tensor SignalWindowsKaiser::decompose() const { return kaiser_window(M, !sym, beta, dtype); }
Tensor SignalWindowsCosine::decompose() const {
  const Places p("signal_windows_cosine", M, !sym);
  if (p.trivial()) return p.ones(dtype);
  const Tensor at = arange(0, p.length, 1, DType::f64) + 0.5;
  return cast(sin(at * (std::numbers::pi / (p.last + 1))), dtype);
}
Tensor SignalWindowsExponential::decompose() const {
  constexpr std::string_view op = "signal_windows_exponential";
  const Places p(op, M, !sym);
  if (!(tau > 0)) fail(ErrorCode::value, op, "expected a positive tau, got ", tau);
  if (sym && center)
    fail(ErrorCode::value, op, "center goes with sym=False: a symmetric window has its own");
  if (p.trivial() && !center) return p.ones(dtype);
  const Tensor at = arange(0, p.length, 1, DType::f64) - center.value_or(p.last / 2);
  return cast(exp(abs(at) * (-1 / tau)), dtype);
}
Tensor SignalWindowsGaussian::decompose() const {
  const Places p("signal_windows_gaussian", M, !sym);
  if (p.trivial()) return p.ones(dtype);
  if (!(std > 0))
    fail(ErrorCode::value, "signal_windows_gaussian", "expected a positive std, got ", std);
  const Tensor at = (arange(0, p.length, 1, DType::f64) - p.last / 2) * (1 / std);
  return cast(exp(square(at) * -0.5), dtype);
}
Tensor SignalWindowsNuttall::decompose() const {
  const Places p("signal_windows_nuttall", M, !sym);
  if (p.trivial()) return p.ones(dtype);
  return cast(
      0.3635819 - 0.4891775 * p.cosine(1) + 0.1365995 * p.cosine(2) - 0.0106411 * p.cosine(3),
      dtype);
}

template struct Family<WindowOps>;

}  // namespace tandem
