#include <algorithm>
#include <cmath>

#include "tandem/base/attempt.h"
#include "tandem/graph/floor_division.h"
#include "tandem/graph/symbolic_int.h"

namespace tandem::graph {
namespace {

/// The most quotients that terms are made of, so that pairs of terms stay few.
constexpr std::size_t max_known = 8;

/// A product of symbols and quotients, and its values at all points.
struct Product {
  SymbolicInt expression;
  std::vector<int64_t> values;
};

/// Finds an expression for one list of values.
class Solver {
 public:
  Solver(std::span<const Sizes> points, std::span<const int64_t> values)
      : points_(points), values_(values) {}

  std::optional<SymbolicInt> run(std::span<const SymbolicInt> known) {
    if (std::ranges::all_of(values_, [&](int64_t v) { return v == values_[0]; }))
      return SymbolicInt(values_[0]);
    std::vector<SymbolicInt> atoms;
    for (std::size_t s = 0; s < points_[0].size(); ++s)
      atoms.push_back(SymbolicInt::symbol(int(s)));
    const std::size_t symbols = atoms.size();
    add_products(atoms, 0);
    const std::size_t pure = products_.size();
    if (auto found = one_or_two_terms(0)) return found;
    atoms.insert(atoms.end(), known.begin(),
                 known.begin() + std::ptrdiff_t(std::min(known.size(), max_known)));
    add_products(atoms, symbols);
    if (auto found = one_or_two_terms(pure)) return found;
    products_.erase(products_.begin() + std::ptrdiff_t(pure), products_.end());
    if (auto found = quotient()) return found;
    return three_terms();
  }

 private:
  /// Products of up to three atoms of which one at least is not before `first`, the simple ones
  /// first; with first = 0 the product of none too, the constant.
  void add_products(std::span<const SymbolicInt> atoms, std::size_t first) {
    if (first == 0) add_product(1);
    const std::size_t n = atoms.size();
    for (std::size_t i = first; i < n; ++i) add_product(atoms[i]);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = std::max(i, first); j < n; ++j) add_product(atoms[i] * atoms[j]);
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i; j < n; ++j)
        for (std::size_t k = std::max(j, first); k < n; ++k)
          add_product(atoms[i] * atoms[j] * atoms[k]);
  }
  void add_product(const SymbolicInt& e) {
    Product product{e, {}};
    const auto overflow = attempt([&] {
      for (const Sizes& sizes : points_) product.values.push_back(e.at(sizes));
    });
    if (!overflow) products_.push_back(std::move(product));
  }

  std::optional<SymbolicInt> one_or_two_terms(std::size_t first) const {
    const std::size_t n = products_.size();
    for (std::size_t i = first; i < n; ++i)
      if (auto found = terms<1>({i})) return found;
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = std::max(i + 1, first); j < n; ++j)
        if (auto found = terms<2>({i, j})) return found;
    return {};
  }
  std::optional<SymbolicInt> three_terms() const {
    const std::size_t n = products_.size();
    for (std::size_t i = 0; i < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j)
        for (std::size_t k = j + 1; k < n; ++k)
          if (auto found = terms<3>({i, j, k})) return found;
    return {};
  }

  /// The first points decide the coefficients, or the last ones where the first do not; all have to
  /// agree.
  template <std::size_t n>
  std::optional<SymbolicInt> terms(const std::array<std::size_t, n>& chosen) const {
    std::array<int64_t, n> coefficients;
    if (points_.size() < n) return {};
    if (!solve_linear(chosen, 0, coefficients) &&
        !solve_linear(chosen, points_.size() - n, coefficients))
      return {};
    for (std::size_t k = 0; k < points_.size(); ++k) {
      __int128 sum = 0;
      for (std::size_t t = 0; t < n; ++t)
        sum += __int128{coefficients[t]} * products_[chosen[t]].values[k];
      if (sum != values_[k]) return {};
    }
    SymbolicInt e;
    for (std::size_t t = 0; t < n; ++t) e = e + products_[chosen[t]].expression * coefficients[t];
    return e;
  }

  /// Whole coefficients c with sum of c[i] * product i = values at n points from `first`.
  template <std::size_t n>
  bool solve_linear(const std::array<std::size_t, n>& chosen, std::size_t first,
                    std::array<int64_t, n>& coefficients) const {
    long double a[n][n + 1];
    for (std::size_t r = 0; r < n; ++r) {
      for (std::size_t c = 0; c < n; ++c) a[r][c] = products_[chosen[c]].values[first + r];
      a[r][n] = values_[first + r];
    }
    for (std::size_t p = 0; p < n; ++p) {
      std::size_t best = p;
      for (std::size_t r = p; r < n; ++r)
        if (std::fabs(a[r][p]) > std::fabs(a[best][p])) best = r;
      std::swap(a[p], a[best]);
      if (std::fabs(a[p][p]) < 1e-9L) return false;
      for (std::size_t r = 0; r < n; ++r) {
        if (r == p) continue;
        const long double f = a[r][p] / a[p][p];
        for (std::size_t c = p; c <= n; ++c) a[r][c] -= f * a[p][c];
      }
    }
    for (std::size_t p = 0; p < n; ++p) {
      const long double c = a[p][n] / a[p][p];
      if (std::fabs(c) > 0x1p62L) return false;
      coefficients[p] = std::llround(c);
    }
    return true;
  }

  /// What strided windows give: factor * floor((product + offset) / divisor).
  std::optional<SymbolicInt> quotient() const {
    for (std::size_t i = 1; i < products_.size(); ++i)
      for (int64_t divisor = 2; divisor <= 64; ++divisor)
        for (int64_t c = 0; c < 2 * divisor; ++c)
          for (const int64_t offset : {c, -c}) {
            const std::vector<int64_t>& product = products_[i].values;
            const auto unit = [&](std::size_t k) {
              return floor_division(product[k] + offset, divisor);
            };
            if (unit(0) == 0 || values_[0] % unit(0) != 0) continue;
            const int64_t factor = values_[0] / unit(0);
            bool fits = factor != 0;
            for (std::size_t k = 1; fits && k < points_.size(); ++k)
              fits = unit(k) * factor == values_[k];
            if (fits) return (products_[i].expression + offset).floor_divide(divisor) * factor;
          }
    return {};
  }

  std::span<const Sizes> points_;
  std::span<const int64_t> values_;
  std::vector<Product> products_;
};

}  // namespace

std::optional<SymbolicInt> solve(std::span<const Sizes> points, std::span<const int64_t> values,
                                 std::span<const SymbolicInt> known) {
  return Solver(points, values).run(known);
}

}  // namespace tandem::graph
