// Comparing tensors with numbers, and gradients with differences.
#pragma once
#include <gmock/gmock.h>

#include <cmath>
#include <functional>

#include "tandem/tandem.h"

namespace tandem {

inline std::vector<double> values(const Tensor& t) { return t.to_vector<double>(); }

/// The numbers 0, 1, 2, … in a shape.
inline Tensor counting(const Dims& shape) {
  std::vector<double> v(std::size_t(shape.product()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = double(i);
  return from_data(v, shape);
}
/// sin(scale · 0), sin(scale · 1), …: numbers without a pattern.
inline Tensor waves(const Dims& shape, double scale, double (*f)(double) = std::sin) {
  std::vector<double> v(std::size_t(shape.product()));
  for (std::size_t i = 0; i < v.size(); ++i) v[i] = f(scale * double(i));
  return from_data(v, shape);
}

/// Equal numbers up to an absolute and relative tolerance.
inline auto Near(std::vector<double> expected, double tolerance = 1e-6) {
  std::vector<::testing::Matcher<double>> each;
  for (double v : expected)
    each.push_back(::testing::NanSensitiveDoubleNear(v, tolerance * (1 + std::abs(v))));
  return ::testing::ElementsAreArray(each);
}

/// The gradient of a scalar function at x, f64, by central differences.
inline std::vector<double> differences(const std::function<Tensor(const Tensor&)>& f,
                                       const Tensor& x, double h = 1e-5) {
  std::vector<double> at = values(x), slope(at.size());
  for (std::size_t i = 0; i < at.size(); ++i) {
    const double v = at[i];
    at[i] = v + h;
    const double high = f(from_data(at, x.shape())).item();
    at[i] = v - h;
    const double low = f(from_data(at, x.shape())).item();
    at[i] = v;
    slope[i] = (high - low) / (2 * h);
  }
  return slope;
}

}  // namespace tandem
