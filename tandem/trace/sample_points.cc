#include "tandem/trace/sample_points.h"

#include <algorithm>

namespace tandem::trace_detail {
namespace {

using graph::Sizes;

// By trace, then by dim. Even and odd, with different remainders, so that h/2 is not taken for
// (h - 1)/2; and such that different products differ.
constexpr int64_t factors[][graph::max_symbols] = {
    {5, 7, 13, 8}, {12, 11, 6, 17}, {19, 18, 29, 10}, {26, 25, 16, 43}, {31, 40, 35, 27},
};
constexpr int64_t large_factors[][graph::max_symbols] = {
    {97, 131, 64, 83},
    {250, 190, 227, 156},
    {611, 512, 384, 449},
    {1024, 833, 1000, 727},
};
constexpr int64_t neighbour_count = 64;

/// Sizes in units of `multiple_of`.
struct Range {
  explicit Range(const Dim& d)
      : unit(d.multiple_of), least((d.min + unit - 1) / unit), most(d.max / unit) {}
  int64_t unit, least, most;
};

}  // namespace

SamplePoints::SamplePoints(const std::vector<InputSpec>& inputs) {
  for (const InputSpec& input : inputs)
    for (const auto& size : input.shape)
      if (const Dim* dim = std::get_if<Dim>(&size)) add(*dim);
  if (dims_.size() > graph::max_symbols)
    fail(ErrorCode::value, "trace", "expected at most ", graph::max_symbols, " symbolic dims, got ",
         dims_.size());
  for (const Dim& d : dims_) symbols.push_back(d.name);
  if (dims_.empty()) {
    traced.emplace_back();
    return;
  }
  for (std::size_t k = 0; k < std::size(factors); ++k) {
    Sizes& sizes = traced.emplace_back();
    for (std::size_t i = 0; i < dims_.size(); ++i) {
      const Range range(dims_[i]);
      int64_t factor = factors[k][i];
      if (range.least > 5) factor += range.least;
      if (factor > range.most) factor = range.most - int64_t(k * dims_.size() + i);
      if (factor < range.least)
        fail(ErrorCode::value, "trace", "dim ", dims_[i].name, " has too few sizes between ",
             dims_[i].min, " and ", dims_[i].max,
             " to find out how the program depends on it: give it one number");
      sizes.push_back(factor * range.unit);
    }
  }
  for (const auto& factor : large_factors) {
    Sizes& sizes = large.emplace_back();
    for (std::size_t i = 0; i < dims_.size(); ++i) {
      const Range range(dims_[i]);
      sizes.push_back(std::clamp(factor[i], range.least, range.most) * range.unit);
    }
  }
  for (int64_t k = 0; k < neighbour_count; ++k) {
    Sizes& sizes = neighbours.emplace_back();
    for (std::size_t i = 0; i < dims_.size(); ++i) {
      const Range range(dims_[i]);
      const int64_t first = std::clamp(int64_t{32}, range.least, range.most);
      const int64_t count = std::min(neighbour_count, range.most - first + 1);
      // An odd stride comes by all of the power of two, another one for each dim.
      sizes.push_back((first + k * (2 * int64_t(i) + 1) % count) * range.unit);
    }
  }
}

std::vector<Sizes> SamplePoints::held_out(bool neighbours_too) const {
  std::vector<Sizes> points;
  const auto add_new = [&](const Sizes& sizes) {
    if (std::ranges::find(points, sizes) == points.end() &&
        std::ranges::find(traced, sizes) == traced.end())
      points.push_back(sizes);
  };
  for (std::size_t k = 1; k < large.size(); k += 2) add_new(large[k]);
  // As many in a row have every remainder by strides up to 8.
  for (std::size_t k = 0; neighbours_too && k < std::min<std::size_t>(neighbours.size(), 8); ++k)
    add_new(neighbours[k]);
  return points;
}

Type SamplePoints::type_at(const InputSpec& input, const Sizes& sizes) const {
  Type type{input.dtype, {}};
  for (const auto& size : input.shape) {
    const Dim* dim = std::get_if<Dim>(&size);
    type.shape.push_back(dim ? sizes[std::size_t(index_of(dim->name))] : std::get<int64_t>(size));
  }
  return type;
}

void SamplePoints::add(const Dim& dim) {
  if (dim.multiple_of < 1 || dim.min < 0 || dim.max < dim.min)
    fail(ErrorCode::value, "trace", "dim ", dim.name, " has no sizes: min ", dim.min, ", max ",
         dim.max, ", multiple_of ", dim.multiple_of);
  if (const int i = index_of(dim.name); i >= 0) {
    Dim& known = dims_[std::size_t(i)];
    known.min = std::max(known.min, dim.min);
    known.max = std::min(known.max, dim.max);
    known.multiple_of = std::max(known.multiple_of, dim.multiple_of);
  } else {
    dims_.push_back(dim);
  }
}

int SamplePoints::index_of(std::string_view name) const {
  for (std::size_t i = 0; i < dims_.size(); ++i)
    if (dims_[i].name == name) return int(i);
  return -1;
}

}  // namespace tandem::trace_detail
