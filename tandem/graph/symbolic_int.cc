#include "tandem/graph/symbolic_int.h"

#include <algorithm>
#include <cmath>

#include "tandem/base/error.h"

namespace tandem::graph {
namespace {

using Powers = SymbolicInt::Powers;

[[noreturn, gnu::cold]] void fail_overflow() {
  fail(ErrorCode::shape, "symbolic dims", "a size is beyond what int64 holds");
}
int64_t times(int64_t a, int64_t b) {
  int64_t product;
  if (__builtin_mul_overflow(a, b, &product)) fail_overflow();
  return product;
}
int64_t plus(int64_t a, int64_t b) {
  int64_t sum;
  if (__builtin_add_overflow(a, b, &sum)) fail_overflow();
  return sum;
}

int64_t power_product(const Powers& powers, std::span<const int64_t> sizes) {
  int64_t v = 1;
  for (std::size_t i = 0; i < powers.size(); ++i)
    for (int p = 0; p < powers[i]; ++p) v = times(v, sizes[i]);
  return v;
}

int64_t floor_division(int64_t a, int64_t b) { return a / b - (a % b != 0 && (a < 0) != (b < 0)); }

int degree(const Powers& powers) {
  int sum = 0;
  for (uint8_t p : powers) sum += p;
  return sum;
}

/// All products of up to three symbols, the simple ones first; the empty product is the constant.
std::vector<Powers> products(std::size_t symbols) {
  std::vector<Powers> all;
  for (int wanted = 0; wanted <= 3; ++wanted)
    for (int code = 255; code >= 0; --code) {
      const Powers powers{uint8_t(code >> 6), uint8_t(code >> 4 & 3), uint8_t(code >> 2 & 3),
                          uint8_t(code & 3)};
      bool fits = degree(powers) == wanted;
      for (std::size_t i = symbols; i < powers.size(); ++i) fits &= powers[i] == 0;
      if (fits) all.push_back(powers);
    }
  return all;
}

/// Whole coefficients c with sum of c[i] * chosen[i] = values at the first points.
bool solve_linear(std::span<const Powers> chosen, std::span<const Sizes> points,
                  std::span<const int64_t> values, int64_t* coefficients) {
  const std::size_t n = chosen.size();
  long double a[3][4];
  for (std::size_t r = 0; r < n; ++r) {
    for (std::size_t c = 0; c < n; ++c) a[r][c] = power_product(chosen[c], points[r]);
    a[r][n] = values[r];
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

}  // namespace

SymbolicInt SymbolicInt::symbol(int index) {
  SymbolicInt s;
  Powers powers{};
  powers[std::size_t(index)] = 1;
  s.add(powers, 1);
  return s;
}

void SymbolicInt::add(const Powers& powers, int64_t coefficient) {
  if (powers == Powers{}) {
    constant_ = plus(constant_, coefficient);
    return;
  }
  const auto before = [](const Term& term, const Powers& p) {
    return std::pair(degree(term.powers), term.powers) > std::pair(degree(p), p);
  };
  auto it = std::lower_bound(terms_.begin(), terms_.end(), powers, before);
  if (it == terms_.end() || it->powers != powers) it = terms_.insert(it, {powers, 0});
  it->coefficient = plus(it->coefficient, coefficient);
  if (it->coefficient == 0) terms_.erase(it);
}

void SymbolicInt::require_polynomial(std::string_view what) const {
  if (divisor_ != 1 || factor_ != 1)
    fail(ErrorCode::value, "symbolic dims", "cannot ", what,
         " a quotient: expected factor*((polynomial)/divisor)");
}

int64_t SymbolicInt::constant() const {
  if (!is_constant())
    fail(ErrorCode::value, "symbolic dims",
         "a size depends on the symbolic dims where a number "
         "is expected: bind them first");
  return at({});
}

bool SymbolicInt::depends_on(int symbol) const {
  return std::ranges::any_of(
      terms_, [&](const Term& term) { return term.powers[std::size_t(symbol)] > 0; });
}

int SymbolicInt::as_symbol() const {
  if (terms_.size() != 1 || constant_ != 0 || divisor_ != 1 || factor_ != 1) return -1;
  const Term& term = terms_[0];
  if (term.coefficient != 1 || degree(term.powers) != 1) return -1;
  return int(std::ranges::find(term.powers, 1) - term.powers.begin());
}

std::optional<SymbolicInt::Linear> SymbolicInt::as_linear() const {
  if (terms_.size() != 1 || divisor_ != 1) return {};
  const Term& term = terms_[0];
  if (degree(term.powers) != 1) return {};
  return Linear{int(std::ranges::find(term.powers, 1) - term.powers.begin()),
                times(factor_, term.coefficient), times(factor_, constant_)};
}

int64_t SymbolicInt::at(std::span<const int64_t> sizes) const {
  int64_t v = constant_;
  for (const Term& term : terms_)
    v = plus(v, times(term.coefficient, power_product(term.powers, sizes)));
  return times(factor_, floor_division(v, divisor_));
}

SymbolicInt SymbolicInt::operator+(const SymbolicInt& other) const {
  require_polynomial("add to");
  other.require_polynomial("add");
  SymbolicInt sum = *this;
  sum.constant_ = plus(constant_, other.constant_);
  for (const Term& term : other.terms_) sum.add(term.powers, term.coefficient);
  return sum;
}

SymbolicInt SymbolicInt::operator-(const SymbolicInt& other) const { return *this + other * -1; }

SymbolicInt SymbolicInt::operator*(const SymbolicInt& other) const {
  if (other.is_constant() && other.divisor_ == 1 && (divisor_ != 1 || factor_ != 1)) {
    SymbolicInt scaled = *this;
    scaled.factor_ = times(factor_, other.constant());
    return scaled.factor_ == 0 ? SymbolicInt(0) : scaled;
  }
  if (is_constant() && divisor_ == 1 && (other.divisor_ != 1 || other.factor_ != 1))
    return other * *this;
  require_polynomial("multiply");
  other.require_polynomial("multiply with");
  SymbolicInt product(times(constant_, other.constant_));
  for (const Term& a : terms_) product.add(a.powers, times(a.coefficient, other.constant_));
  for (const Term& b : other.terms_) product.add(b.powers, times(b.coefficient, constant_));
  for (const Term& a : terms_)
    for (const Term& b : other.terms_) {
      Powers powers = a.powers;
      for (std::size_t i = 0; i < powers.size(); ++i) powers[i] += b.powers[i];
      if (degree(powers) > 8)
        fail(ErrorCode::value, "symbolic dims", "expected terms of degree 8 or less");
      product.add(powers, times(a.coefficient, b.coefficient));
    }
  return product;
}

SymbolicInt SymbolicInt::floor_divide(int64_t divisor) const {
  require_polynomial("divide");
  if (divisor < 1)
    fail(ErrorCode::value, "symbolic dims", "expected a divisor above 0, got ", divisor);
  if (is_constant()) return floor_division(constant_, divisor);
  SymbolicInt quotient = *this;
  quotient.divisor_ = divisor;
  return quotient;
}

std::string to_string(const SymbolicInt& value, const Symbols& symbols) {
  std::string s;
  const auto add = [&](int64_t coefficient, const std::string& product) {
    const bool first = s.empty();
    if (!first) s += coefficient < 0 ? " - " : " + ";
    // The sign of what follows is spent on the operator between.
    const std::string magnitude =
        first ? text(coefficient)
              : text(coefficient < 0 ? 0 - uint64_t(coefficient) : uint64_t(coefficient));
    if (product.empty())
      s += magnitude;
    else if (magnitude == "1" || magnitude == "-1")
      s += magnitude == "1" ? product : "-" + product;
    else
      s += magnitude + "*" + product;
  };
  for (const SymbolicInt::Term& term : value.terms_) {
    std::string product;
    for (std::size_t i = 0; i < symbols.size(); ++i)
      for (int p = 0; p < term.powers[i]; ++p) product += (product.empty() ? "" : "*") + symbols[i];
    add(term.coefficient, product);
  }
  if (value.constant_ != 0 || s.empty()) add(value.constant_, "");
  if (value.divisor_ == 1 && value.factor_ == 1) return s;
  const bool sum = value.terms_.size() + (value.constant_ != 0) > 1;
  s = text(sum ? "(" : "", s, sum ? ")" : "", "/", value.divisor_);
  return value.factor_ == 1 ? s : text(value.factor_, "*(", s, ")");
}

std::optional<SymbolicInt> solve(std::span<const Sizes> points, std::span<const int64_t> values) {
  if (std::ranges::all_of(values, [&](int64_t v) { return v == values[0]; }))
    return SymbolicInt(values[0]);
  const auto fits = [&](const SymbolicInt& e) {
    for (std::size_t k = 0; k < points.size(); ++k)
      if (e.at(points[k]) != values[k]) return false;
    return true;
  };
  const std::vector<Powers> all = products(points[0].size());
  const std::size_t n = all.size();
  std::optional<SymbolicInt> found;
  // The first points decide the coefficients, the rest have to agree.
  const auto try_terms = [&](std::span<const Powers> chosen) {
    int64_t coefficients[3];
    if (!solve_linear(chosen, points, values, coefficients)) return false;
    SymbolicInt e;
    for (std::size_t i = 0; i < chosen.size(); ++i) e.add(chosen[i], coefficients[i]);
    if (fits(e)) found = e;
    return found.has_value();
  };
  for (std::size_t i = 0; i < n; ++i)
    if (try_terms(std::array<Powers, 1>{all[i]})) return found;
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j)
      if (try_terms(std::array<Powers, 2>{all[i], all[j]})) return found;
  for (std::size_t i = 1; i < n; ++i)  // strided windows: factor * floor((product + c) / divisor)
    for (int64_t divisor = 2; divisor <= 32; ++divisor)
      for (int64_t c = 0; c < 2 * divisor; ++c)
        for (const int64_t offset : {c, -c}) {
          SymbolicInt e(offset);
          e.add(all[i], 1);
          e.divisor_ = divisor;
          const int64_t unit = e.at(points[0]);
          if (unit == 0 || values[0] % unit != 0) continue;
          e.factor_ = values[0] / unit;
          if (e.factor_ != 0 && fits(e)) return e;
        }
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = i + 1; j < n; ++j)
      for (std::size_t k = j + 1; k < n; ++k)
        if (try_terms(std::array<Powers, 3>{all[i], all[j], all[k]})) return found;
  return {};
}

}  // namespace tandem::graph
