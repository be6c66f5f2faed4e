// Windows of signal processing: window_length values; `periodic` ones are one longer with the last
// left out.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// 0.5 - 0.5 cos(2 pi n / N)
struct HannWindow {
  static constexpr Signature signature = "hann_window(window_length, periodic, dtype)";
  Required<int64_t> window_length;
  bool periodic = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// alpha - beta cos(2 pi n / N)
struct HammingWindow {
  static constexpr Signature signature =
      "hamming_window(window_length, periodic, alpha, beta, dtype)";
  Required<int64_t> window_length;
  bool periodic = true;
  double alpha = 0.54;
  double beta = 0.46;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// 0.42 - 0.5 cos(2 pi n / N) + 0.08 cos(4 pi n / N)
struct BlackmanWindow {
  static constexpr Signature signature = "blackman_window(window_length, periodic, dtype)";
  Required<int64_t> window_length;
  bool periodic = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// 1 - |2 n / N - 1|
struct BartlettWindow {
  static constexpr Signature signature = "bartlett_window(window_length, periodic, dtype)";
  Required<int64_t> window_length;
  bool periodic = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// i0(beta sqrt(1 - (2 n / N - 1)²)) / i0(beta)
struct KaiserWindow {
  static constexpr Signature signature = "kaiser_window(window_length, periodic, beta, dtype)";
  Required<int64_t> window_length;
  bool periodic = true;
  double beta = 12;
  DType dtype = DType::f32;
  Tensor decompose() const;
};

/// bartlett_window() of M values; sym: from end to end, else the first M of M + 1.
struct SignalWindowsBartlett {
  static constexpr Signature signature = "signal_windows_bartlett(M, sym, dtype)";
  Required<int64_t> M;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// blackman_window(), likewise.
struct SignalWindowsBlackman {
  static constexpr Signature signature = "signal_windows_blackman(M, sym, dtype)";
  Required<int64_t> M;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// sin(pi (n + 0.5) / N)
struct SignalWindowsCosine {
  static constexpr Signature signature = "signal_windows_cosine(M, sym, dtype)";
  Required<int64_t> M;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// exp(-|n - center| / tau); center: the middle where none is given.
struct SignalWindowsExponential {
  static constexpr Signature signature = "signal_windows_exponential(M, center, tau, sym, dtype)";
  Required<int64_t> M;
  std::optional<double> center;
  double tau = 1;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// exp(-0.5 ((n - middle) / std)²)
struct SignalWindowsGaussian {
  static constexpr Signature signature = "signal_windows_gaussian(M, std, sym, dtype)";
  Required<int64_t> M;
  double std = 1;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// alpha - (1 - alpha) cos(2 pi n / N)
struct SignalWindowsGeneralHamming {
  static constexpr Signature signature = "signal_windows_general_hamming(M, alpha, sym, dtype)";
  Required<int64_t> M;
  double alpha = 0.54;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// 0.54 - 0.46 cos(2 pi n / N)
struct SignalWindowsHamming {
  static constexpr Signature signature = "signal_windows_hamming(M, sym, dtype)";
  Required<int64_t> M;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// 0.5 - 0.5 cos(2 pi n / N)
struct SignalWindowsHann {
  static constexpr Signature signature = "signal_windows_hann(M, sym, dtype)";
  Required<int64_t> M;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// kaiser_window(), likewise.
struct SignalWindowsKaiser {
  static constexpr Signature signature = "signal_windows_kaiser(M, beta, sym, dtype)";
  Required<int64_t> M;
  double beta = 12;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};
/// Nuttall's window: four terms of cosines.
struct SignalWindowsNuttall {
  static constexpr Signature signature = "signal_windows_nuttall(M, sym, dtype)";
  Required<int64_t> M;
  bool sym = true;
  DType dtype = DType::f32;
  Tensor decompose() const;
};

struct WindowOps
    : List<HannWindow, HammingWindow, BlackmanWindow, BartlettWindow, KaiserWindow,
           SignalWindowsBartlett, SignalWindowsBlackman, SignalWindowsCosine,
           SignalWindowsExponential, SignalWindowsGaussian, SignalWindowsGeneralHamming,
           SignalWindowsHamming, SignalWindowsHann, SignalWindowsKaiser, SignalWindowsNuttall> {};

}  // namespace tandem
