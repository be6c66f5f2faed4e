#include "tandem/ops/grid_sample.h"

#include <array>
#include <vector>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"

namespace tandem {

// clang-format off
Tensor grid_sample(Arg input, Arg grid, Name mode, Name padding_mode, bool align_corners) { return apply(GridSample{mode, padding_mode, align_corners}, input, grid); }
Tensor grid_sampler_2d(Arg input, Arg grid, int64_t interpolation_mode, int64_t padding_mode, bool align_corners) { return apply(GridSampler2d{interpolation_mode, padding_mode, align_corners}, input, grid); }
Tensor affine_grid(Arg theta, Dims size, bool align_corners) { return apply(AffineGrid{size, align_corners}, theta); }
// clang-format on

namespace {

/// -1 … 1 as places of n pixels.
Tensor unnormalized(const Tensor& at, int64_t n, bool align_corners) {
  if (align_corners) return (at + 1) * (double(n - 1) / 2);
  return ((at + 1) * double(n) - 1) / 2;
}
/// Places mirrored at the edges low / 2 and high / 2 until they lie between them.
Tensor reflected(const Tensor& at, int64_t twice_low, int64_t twice_high) {
  if (twice_low == twice_high) return zeros_like(at);
  const double low = double(twice_low) / 2, span = double(twice_high - twice_low) / 2;
  const Tensor away = abs(at - low);
  const Tensor extra = fmod(away, span);
  const Tensor flips = floor(away / span);
  return where(eq(fmod(flips, 2.0), 0), extra + low, span - extra + low);
}
Tensor inside_of(const Tensor& at, int64_t n, const Name& padding, bool align_corners) {
  if (padding == "border") return clamp(at, 0, double(n - 1));
  if (padding == "reflection") {
    const Tensor back =
        align_corners ? reflected(at, 0, 2 * (n - 1)) : reflected(at, -1, 2 * n - 1);
    return clamp(back, 0, double(n - 1));
  }
  return at;
}
/// Pixels of input [N, C, S…] at whole places, one tensor a spatial dim [N, P], 0 outside: [N, C,
/// P].
Tensor pixels(const Tensor& input, const std::vector<Tensor>& places) {
  const int64_t n = input.size(0), channels = input.size(1);
  Tensor index, valid;
  int64_t spatial = 1;
  for (std::size_t d = 0; d < places.size(); ++d) {
    const int64_t size = input.size(int64_t(d) + 2);
    const Tensor in = logical_and(ge(places[d], 0), le(places[d], double(size - 1)));
    const Tensor whole = cast(where(in, places[d], 0), DType::i64);
    index = index ? index * size + whole : whole;
    valid = valid ? logical_and(valid, in) : in;
    spatial *= size;
  }
  const Dims wide{n, channels, index.size(1)};
  const Tensor found =
      gather(reshape(input, {n, channels, spatial}), 2, expand(unsqueeze(index, 1), wide));
  return where(unsqueeze(valid, 1), found, 0);
}
/// Weights of the four neighbours at distance t from the second (Keys, 1981; a = -0.75).
std::array<Tensor, 4> cubic_weights(const Tensor& t) {
  constexpr double a = -0.75;
  const auto near = [](const Tensor& x) { return ((a + 2) * x - (a + 3)) * x * x + 1; };
  const auto far = [](const Tensor& x) { return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a; };
  return {far(t + 1), near(t), near(1 - t), far(2 - t)};
}

}  // namespace

Tensor GridSample::decompose(const Tensor& input, const Tensor& grid) const {
  constexpr std::string_view op = "grid_sample";
  const int spatial = input.dim() - 2;
  if ((spatial != 2 && spatial != 3) || grid.dim() != input.dim() || grid.size(-1) != spatial ||
      grid.size(0) != input.size(0))
    fail(ErrorCode::shape, op,
         "expected input [N, C, H, W] and grid [N, H', W', 2], or [N, C, D, H, W] and [N, D', H', "
         "W', 3], got ",
         input.shape(), " and ", grid.shape());
  if (input.dtype() != grid.dtype() || !is_floating(input.dtype()))
    fail(ErrorCode::dtype, op, "input is ", input.dtype(), ", grid ", grid.dtype(),
         ": expected one floating dtype");
  if (padding_mode != "zeros" && padding_mode != "border" && padding_mode != "reflection")
    fail(ErrorCode::value, op, "padding_mode must be 'zeros', 'border' or 'reflection', got '",
         padding_mode, '\'');
  const bool cubic = mode == "bicubic";
  if ((mode != "bilinear" && mode != "nearest" && !cubic) || (cubic && spatial == 3))
    fail(ErrorCode::value, op, "mode must be 'bilinear', 'nearest' or, of images, 'bicubic', got '",
         mode, '\'');
  int64_t count = 1;
  for (int d = 1; d <= spatial; ++d) count *= grid.size(d);
  // The grid says x first, dims go z, y, x.
  std::vector<Tensor> at;
  for (int d = 0; d < spatial; ++d) {
    const int64_t size = input.size(d + 2);
    const Tensor place = reshape(select(grid, -1, spatial - 1 - d), {grid.size(0), count});
    const Tensor raw = unnormalized(place, size, align_corners);
    at.push_back(cubic ? raw : inside_of(raw, size, padding_mode, align_corners));
  }
  Tensor sampled;
  const auto add = [&](const Tensor& t) { sampled = sampled ? sampled + t : t; };
  if (mode == "nearest") {
    std::vector<Tensor> places;
    for (const Tensor& p : at) places.push_back(round(p));
    sampled = pixels(input, places);
    // The grid's gradient is zero and not absent: it stands in a choice that is never made.
    if (tandem::mode.grad && needs_grad(grid.impl()))
      sampled = where(full({}, false, DType::boolean), unsqueeze(at[0], 1), sampled);
  } else if (!cubic) {
    std::vector<Tensor> low;
    for (const Tensor& p : at) low.push_back(floor(p.detach()));
    for (int corner = 0; corner < 1 << spatial; ++corner) {
      std::vector<Tensor> places;
      Tensor weight;
      for (int d = 0; d < spatial; ++d) {
        const bool upper = corner >> (spatial - 1 - d) & 1;
        places.push_back(upper ? low[std::size_t(d)] + 1 : low[std::size_t(d)]);
        const Tensor beyond = at[std::size_t(d)] - low[std::size_t(d)];
        const Tensor share = upper ? beyond : 1 - beyond;
        weight = weight ? weight * share : share;
      }
      add(pixels(input, places) * unsqueeze(weight, 1));
    }
  } else {
    const Tensor y = floor(at[0].detach()), x = floor(at[1].detach());
    const auto of_y = cubic_weights(at[0] - y), of_x = cubic_weights(at[1] - x);
    for (int i = 0; i < 4; ++i)
      for (int j = 0; j < 4; ++j) {
        const Tensor row = inside_of(y + (i - 1), input.size(2), padding_mode, align_corners);
        const Tensor column = inside_of(x + (j - 1), input.size(3), padding_mode, align_corners);
        add(pixels(input, {row, column}) *
            unsqueeze(of_y[std::size_t(i)] * of_x[std::size_t(j)], 1));
      }
  }
  Dims shape{input.size(0), input.size(1)};
  for (int d = 1; d <= spatial; ++d) shape.push_back(grid.size(d));
  return reshape(sampled, shape);
}
Tensor GridSampler2d::decompose(const Tensor& input, const Tensor& grid) const {
  constexpr std::string_view op = "grid_sampler_2d";
  constexpr const char* modes[] = {"bilinear", "nearest", "bicubic"};
  constexpr const char* paddings[] = {"zeros", "border", "reflection"};
  if (interpolation_mode < 0 || interpolation_mode > 2 || padding_mode < 0 || padding_mode > 2)
    fail(ErrorCode::value, op, "expected modes in 0..2, got ", interpolation_mode.value, " and ",
         padding_mode.value);
  return grid_sample(input, grid, modes[interpolation_mode], paddings[padding_mode], align_corners);
}
Tensor AffineGrid::decompose(const Tensor& theta) const {
  constexpr std::string_view op = "affine_grid";
  if (!is_floating(theta.dtype()))
    fail(ErrorCode::dtype, op, "expected a floating theta, got ", theta.dtype(), ": cast it");
  const int spatial = size->size() - 2;
  if ((spatial != 2 && spatial != 3) || theta.dim() != 3 || theta.size(0) != size.value[0] ||
      theta.size(1) != spatial || theta.size(2) != spatial + 1)
    fail(ErrorCode::shape, op,
         "expected theta [N, 2, 3] and size [N, C, H, W], or [N, 3, 4] and "
         "[N, C, D, H, W], got ",
         theta.shape(), " and ", size.value);
  Dims whole;
  for (int d = 0; d < spatial; ++d) whole.push_back(size.value[d + 2]);
  std::vector<Tensor> coordinates;
  for (int d = spatial - 1; d >= 0; --d) {  // x first
    const int64_t n = whole[d];
    Tensor line = n > 1 ? linspace(-1, 1, n, theta.dtype()) : full({n}, 0, theta.dtype());
    if (!align_corners && n > 1) line = line * (double(n - 1) / double(n));
    Dims along = Dims::filled(spatial, 1);
    along[d] = n;
    coordinates.push_back(expand(reshape(line, along), whole));
  }
  coordinates.push_back(full(whole, 1, theta.dtype()));
  const Tensor points = reshape(stack(coordinates, -1), {1, whole.product(), spatial + 1});
  Dims shape{theta.size(0)};
  for (int64_t n : whole) shape.push_back(n);
  shape.push_back(spatial);
  return reshape(matmul(points, transpose(theta, 1, 2)), shape);
}

template struct Family<GridSampleOps>;

}  // namespace tandem
