// Statistics of elements, and integrals by trapezoids.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// sum() without the NaNs.
struct Nansum {
  static constexpr Signature signature = "nansum(input, dim, keepdim, dtype)";
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& input) const;
};
/// mean() without the NaNs.
struct Nanmean {
  static constexpr Signature signature = "nanmean(input, dim, keepdim, dtype)";
  Dims dim;
  bool keepdim = false;
  std::optional<DType> dtype;
  Tensor decompose(const Tensor& input) const;
};
/// The smallest and the largest, along a dim or of all.
struct Aminmax {
  static constexpr Signature signature = "aminmax(input, dim, keepdim)";
  static constexpr std::string_view results[] = {"min", "max"};
  std::optional<int64_t> dim;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// The value below which the share q of the elements lies, along `dim` or of all; NaN where one of
/// them is NaN. q: a number, or a tensor of up to one dim, which becomes the result's first.
/// interpolation between neighbours: "linear", "lower", "higher", "nearest" or "midpoint".
struct Quantile {
  static constexpr Signature signature = "quantile(input, q, dim, keepdim, interpolation)";
  static constexpr uint16_t numbers = 0b10;
  std::optional<int64_t> dim;
  bool keepdim = false;
  Name interpolation = "linear";
  Tensor decompose(const Tensor& input, const Tensor& q) const;
};
/// quantile() of what is not NaN.
struct Nanquantile {
  static constexpr Signature signature = "nanquantile(input, q, dim, keepdim, interpolation)";
  static constexpr uint16_t numbers = 0b10;
  std::optional<int64_t> dim;
  bool keepdim = false;
  Name interpolation = "linear";
  Tensor decompose(const Tensor& input, const Tensor& q) const;
};
/// The lower median of what is not NaN, and where it is.
struct Nanmedian {
  static constexpr Signature signature = "nanmedian(input, dim, keepdim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  int64_t dim = -1;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// The most frequent value of each line, the least of several, and where it last stands.
struct MostFrequent {
  static constexpr Signature signature = "most_frequent(input, dim, keepdim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  int64_t dim = -1;
  bool keepdim = false;
  std::array<Tensor, 2> decompose(const Tensor& input) const;
};
/// How often each of 0, 1, … occurs in a line of integers, or the sum of its weights. As long as
/// the largest asks for, at least minlength: its size is known only where there are elements, not
/// in a program.
struct Bincount {
  static constexpr Signature signature = "bincount(input, weights?, minlength)";
  int64_t minlength = 0;
  Tensor decompose(const Tensor& input, const Tensor* weights) const;
};
/// The elements counted in bins of equal width; min = max = 0: between the extremes.
struct Histc {
  static constexpr Signature signature = "histc(input, bins, min, max)";
  int64_t bins = 100;
  double min = 0;
  double max = 0;
  Tensor decompose(const Tensor& input) const;
};
/// The elements, or the sum of their weights, between neighbours of the sorted `bins` (the last bin
/// takes its right edge too); density: as a share, by the bins' width.
struct Histogram {
  static constexpr Signature signature = "histogram(input, bins, weight?, density)";
  static constexpr std::string_view results[] = {"hist", "bin_edges"};
  bool density = false;
  std::array<Tensor, 2> decompose(const Tensor& input, const Tensor& bins,
                                  const Tensor* weight) const;
};
/// The covariance of the variables that the rows are; fweights: how often each column counts,
/// aweights: how much.
struct Cov {
  static constexpr Signature signature = "cov(input, correction, fweights?, aweights?)";
  int64_t correction = 1;
  Tensor decompose(const Tensor& input, const Tensor* fweights, const Tensor* aweights) const;
};
/// The correlation of the variables that the rows are.
struct Corrcoef {
  static constexpr Signature signature = "corrcoef(input)";
  Tensor decompose(const Tensor& input) const;
};
/// The p-norm of input - other.
struct Dist {
  static constexpr Signature signature = "dist(input, other, p)";
  double p = 2;
  Tensor decompose(const Tensor& input, const Tensor& other) const;
};
/// The p-norm of every row of x1 [..., m, k] minus every row of x2 [..., n, k]: [..., m, n].
/// compute_mode changes nothing: differences are computed as such.
struct Cdist {
  static constexpr Signature signature = "cdist(x1, x2, p, compute_mode)";
  double p = 2;
  Name compute_mode = "use_mm_for_euclid_dist_if_necessary";
  Tensor decompose(const Tensor& x1, const Tensor& x2) const;
};
/// The p-norms of the differences of all pairs of rows of input [n, k]: [n (n - 1) / 2].
struct Pdist {
  static constexpr Signature signature = "pdist(input, p)";
  double p = 2;
  Tensor decompose(const Tensor& input) const;
};
/// The integral by trapezoids along a dim, at the places x or dx apart.
struct Trapezoid {
  static constexpr Signature signature = "trapezoid(y, x?, dx, dim)";
  double dx = 1;
  int64_t dim = -1;
  Tensor decompose(const Tensor& y, const Tensor* x) const;
};
/// The same up to each place after the first.
struct CumulativeTrapezoid {
  static constexpr Signature signature = "cumulative_trapezoid(y, x?, dx, dim)";
  double dx = 1;
  int64_t dim = -1;
  Tensor decompose(const Tensor& y, const Tensor* x) const;
};

struct StatisticsOps
    : List<Nansum, Nanmean, Aminmax, Quantile, Nanquantile, Nanmedian, MostFrequent, Bincount,
           Histc, Histogram, Cov, Corrcoef, Dist, Cdist, Pdist, Trapezoid, CumulativeTrapezoid> {};

}  // namespace tandem
