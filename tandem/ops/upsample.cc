#include "tandem/ops/upsample.h"

#include <algorithm>
#include <cmath>

#include "tandem/ops/conv.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

Tensor interpolate(Arg input, Dims size, std::optional<double> scale_factor, Name mode,
                   bool align_corners, bool antialias) {
  return apply(Interpolate{size, scale_factor, mode, align_corners, antialias}, input);
}

namespace {

bool is_nearest(const Name& mode) { return mode == "nearest" || mode == "nearest-exact"; }

/// 0 … n-1 as numbers.
Tensor steps(int64_t n, DType dtype) { return arange(0, n, 1, dtype); }
Tensor as_index(const Tensor& places, int64_t n) {
  return cast(clamp_max(floor(places), double(n - 1)), DType::i64);
}

/// Along one dim, from n elements to m; an output step is `step` input elements wide.
struct Line {
  int dim;
  int64_t n, m;
  double step;
};

Tensor nearest(const Tensor& x, const Line& l, bool exact) {
  if (l.m % l.n == 0 && l.step * double(l.m / l.n) == 1) {  // each element so many times
    Dims apart = x.shape(), joined = x.shape();
    apart.insert(l.dim + 1, l.m / l.n);
    joined[l.dim] = l.m;
    return reshape(expand(unsqueeze(x, l.dim + 1), apart), joined);
  }
  const Tensor at =
      exact ? (steps(l.m, DType::f64) + 0.5) * l.step : steps(l.m, DType::f64) * l.step;
  return index_select(x, l.dim, as_index(at, l.n));
}

Tensor linear(const Tensor& x, const Line& l, bool align_corners) {
  const Tensor i = steps(l.m, DType::f64);
  const Tensor at = align_corners ? i * l.step : clamp_min((i + 0.5) * l.step - 0.5, 0.0);
  const Tensor low = as_index(at, l.n), high = clamp_max(low + 1, l.n - 1);
  Dims beside = Dims::filled(x.dim(), 1);
  beside[l.dim] = l.m;
  const Tensor weight = reshape(cast(at - low, x.dtype()), beside);
  return index_select(x, l.dim, low) * (1 - weight) + index_select(x, l.dim, high) * weight;
}

/// Of x = |distance| the weight that Keys' cubic gives, a = -0.75, or -0.5 for antialiasing.
Tensor cubic(const Tensor& x, double a) {
  const Tensor near = ((a + 2) * x - (a + 3)) * x * x + 1;
  const Tensor far = ((a * x - 5 * a) * x + 8 * a) * x - 4 * a;
  return where(lt(x, 1), near, where(lt(x, 2), far, 0));
}

Tensor bicubic(const Tensor& x, const Line& l, bool align_corners) {
  const Tensor i = steps(l.m, DType::f64);
  const Tensor at = align_corners ? i * l.step : (i + 0.5) * l.step - 0.5;
  const Tensor low = floor(at);
  Dims beside = Dims::filled(x.dim(), 1);
  beside[l.dim] = l.m;
  Tensor result;
  for (int k = -1; k < 3; ++k) {
    const Tensor place = low + double(k);
    const Tensor weight = reshape(cast(cubic(abs(at - place), -0.75), x.dtype()), beside);
    const Tensor part = index_select(x, l.dim, as_index(clamp_min(place, 0.0), l.n)) * weight;
    result = result ? result + part : part;
  }
  return result;
}

/// Every element of the line weighed by its distance, in units of the wider of the two steps.
Tensor antialiased(const Tensor& x, const Line& l, bool is_cubic) {
  const double width = std::max(l.step, 1.0);
  const Tensor centre = (steps(l.m, DType::f64) + 0.5) * l.step;
  const Tensor distance = abs(steps(l.n, DType::f64) + 0.5 - unsqueeze(centre, 1)) * (1 / width);
  const Tensor weights = is_cubic ? cubic(distance, -0.5) : clamp_min(1 - distance, 0.0);
  const Tensor shares = cast(weights / sum(weights, 1, true), x.dtype());
  return movedim(matmul(movedim(x, l.dim, -1), transpose(shares, 0, 1)), -1, l.dim);
}

}  // namespace

Type Interpolate::infer(const Type& input) const {
  constexpr std::string_view op = "interpolate";
  const int spatial = input.shape.size() - 2;
  if (spatial < 1 || spatial > 3)
    fail(ErrorCode::shape, op, "expected input: [N, C, L], [N, C, H, W] or [N, C, D, H, W], got ",
         input.shape);
  constexpr const char* linear_modes[] = {"linear", "bilinear", "trilinear"};
  const bool weighs_images = spatial == 2 && (mode == "bilinear" || mode == "bicubic");
  if (!is_nearest(mode) && mode != "area" && mode != linear_modes[spatial - 1] && !weighs_images)
    fail(ErrorCode::value, op, "mode \"", mode, "\" is unknown for an input of ", spatial + 2,
         " dims; expected \"nearest\", \"nearest-exact\", \"area\" or \"",
         linear_modes[spatial - 1], spatial == 2 ? "\" or \"bicubic\"" : "\"");
  if (antialias && !weighs_images)
    fail(ErrorCode::value, op, "antialias goes with \"bilinear\" and \"bicubic\", not with \"",
         mode, '"');
  if (!is_nearest(mode) && !is_floating(input.dtype))
    fail(ErrorCode::dtype, op, "mode \"", mode, "\" takes a floating input, got ", input.dtype,
         ": cast it");
  if ((is_nearest(mode) || mode == "area") && align_corners)
    fail(ErrorCode::value, op, "align_corners goes with the linear modes, not with \"", mode, '"');
  if (size.empty() == !scale_factor)
    fail(ErrorCode::value, op,
         size.empty() ? "expected a size or a scale_factor, got neither"
                      : "expected a size or a scale_factor, got both");
  if (scale_factor && !(*scale_factor > 0 && std::isfinite(*scale_factor)))
    fail(ErrorCode::value, op, "expected a positive scale_factor, got ", *scale_factor);
  Type out = input;
  const Dims given = size.empty() ? Dims() : expand_attribute(op, "size", size, spatial);
  for (int i = 0; i < spatial; ++i) {
    const int64_t n = input.shape[i + 2];
    const int64_t m = scale_factor ? int64_t(std::floor(double(n) * *scale_factor)) : given[i];
    if (n < 1 || m < 1)
      fail(ErrorCode::shape, op,
           "input and result must have spatial sizes of 1 or more, got input ", input.shape,
           scale_factor ? text(" and scale_factor=", *scale_factor) : text(" and size=", given));
    out.shape[i + 2] = m;
  }
  check_size(op, out);
  return out;
}

Tensor Interpolate::decompose(const Tensor& input) const {
  const Dims to = infer(input.type()).shape;
  if (mode == "area") {
    if (input.dim() == 3) return adaptive_avg_pool1d(input, to[2]);
    if (input.dim() == 4) return adaptive_avg_pool2d(input, {to[2], to[3]});
    return adaptive_avg_pool3d(input, {to[2], to[3], to[4]});
  }
  const bool half = is_half(input.dtype()) && !is_nearest(mode);
  Tensor x = half ? cast(input, DType::f32) : input;
  // The last dim first: it is the one that reads neighbours in memory.
  for (int d = input.dim() - 1; d >= 2; --d) {
    const int64_t n = input.size(d), m = to[d];
    Line line{d, n, m, scale_factor ? 1 / *scale_factor : double(n) / double(m)};
    if (align_corners) line.step = m > 1 ? double(n - 1) / double(m - 1) : 0;
    if (n == m && line.step == 1) continue;
    x = is_nearest(mode)    ? nearest(x, line, mode == "nearest-exact")
        : antialias         ? antialiased(x, line, mode == "bicubic")
        : mode == "bicubic" ? bicubic(x, line, align_corners)
                            : linear(x, line, align_corners);
  }
  return half ? cast(x, input.dtype()) : x.is_same(input) ? clone(x) : x;
}

template struct Family<UpsampleOps>;

}  // namespace tandem
