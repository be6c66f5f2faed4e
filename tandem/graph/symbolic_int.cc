#include "tandem/graph/symbolic_int.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <tuple>

#include "tandem/base/error.h"
#include "tandem/graph/floor_division.h"

namespace tandem::graph {
namespace {

using Monomial = SymbolicInt::Monomial;
using Powers = SymbolicInt::Powers;
using Quotient = SymbolicInt::Quotient;
using Term = SymbolicInt::Term;

constexpr int max_degree = 8;
constexpr std::size_t max_terms = 64;

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

int degree(const Term& term) {
  return std::accumulate(term.powers.begin(), term.powers.end(), int(term.quotients.size()));
}
/// The order of terms: by falling degrees. Coefficients are no part of it.
bool before(const Term& a, const Term& b) {
  return std::tuple(degree(a), a.powers, a.quotients) >
         std::tuple(degree(b), b.powers, b.quotients);
}

int64_t value_of(const Powers& powers, int64_t coefficient, std::span<const int64_t> sizes) {
  for (std::size_t i = 0; i < powers.size(); ++i)
    for (int p = 0; p < powers[i]; ++p) coefficient = times(coefficient, sizes[i]);
  return coefficient;
}
int64_t value_of(const Quotient& q, std::span<const int64_t> sizes) {
  int64_t dividend = q.constant;
  for (const Monomial& m : q.terms)
    dividend = plus(dividend, value_of(m.powers, m.coefficient, sizes));
  return floor_division(dividend, q.divisor);
}

}  // namespace

SymbolicInt SymbolicInt::symbol(int index) {
  SymbolicInt s;
  Term term;
  term.powers[std::size_t(index)] = 1;
  s.add(std::move(term));
  return s;
}

void SymbolicInt::add(Term term) {
  if (degree(term) == 0) {
    constant_ = plus(constant_, term.coefficient);
    return;
  }
  const auto it = std::lower_bound(terms_.begin(), terms_.end(), term, before);
  if (it == terms_.end() || before(term, *it)) {
    if (terms_.size() == max_terms)
      fail(ErrorCode::value, "symbolic dims", "expected at most ", max_terms, " terms");
    if (term.coefficient != 0) terms_.insert(it, std::move(term));
    return;
  }
  it->coefficient = plus(it->coefficient, term.coefficient);
  if (it->coefficient == 0) terms_.erase(it);
}

int64_t SymbolicInt::constant() const {
  if (!is_constant())
    fail(ErrorCode::value, "symbolic dims",
         "a size depends on the symbolic dims where a number "
         "is expected: bind them first");
  return constant_;
}

bool SymbolicInt::depends_on(int symbol) const {
  const auto holds = [&](const auto& term) { return term.powers[std::size_t(symbol)] > 0; };
  return std::ranges::any_of(terms_, [&](const Term& term) {
    return holds(term) || std::ranges::any_of(term.quotients, [&](const Quotient& q) {
             return std::ranges::any_of(q.terms, holds);
           });
  });
}

bool SymbolicInt::is_product() const {
  return terms_.size() == 1 && constant_ == 0 && terms_[0].quotients.empty();
}

int SymbolicInt::as_symbol() const {
  const auto linear = as_linear();
  return linear && linear->coefficient == 1 && linear->constant == 0 ? linear->symbol : -1;
}

std::optional<SymbolicInt::Linear> SymbolicInt::as_linear() const {
  if (terms_.size() != 1) return {};
  const Term& term = terms_[0];
  if (!term.quotients.empty() || degree(term) != 1) return {};
  return Linear{int(std::ranges::find(term.powers, 1) - term.powers.begin()), term.coefficient,
                constant_};
}

void SymbolicInt::collect_quotients(std::vector<SymbolicInt>& found) const {
  for (const Term& term : terms_)
    for (const Quotient& q : term.quotients) {
      SymbolicInt value;
      value.terms_ = {{.quotients = {q}}};
      if (std::ranges::find(found, value) == found.end()) found.push_back(value);
    }
}

int64_t SymbolicInt::at(std::span<const int64_t> sizes) const {
  int64_t v = constant_;
  for (const Term& term : terms_) {
    int64_t product = value_of(term.powers, term.coefficient, sizes);
    for (const Quotient& q : term.quotients) product = times(product, value_of(q, sizes));
    v = plus(v, product);
  }
  return v;
}

SymbolicInt SymbolicInt::operator+(const SymbolicInt& other) const {
  SymbolicInt sum = *this;
  sum.constant_ = plus(constant_, other.constant_);
  for (const Term& term : other.terms_) sum.add(term);
  return sum;
}

SymbolicInt SymbolicInt::operator-(const SymbolicInt& other) const { return *this + other * -1; }

SymbolicInt SymbolicInt::operator*(const SymbolicInt& other) const {
  SymbolicInt product(times(constant_, other.constant_));
  const auto add = [&](Term term, int64_t factor) {
    term.coefficient = times(term.coefficient, factor);
    product.add(std::move(term));
  };
  if (other.constant_ != 0)
    for (const Term& a : terms_) add(a, other.constant_);
  if (constant_ != 0)
    for (const Term& b : other.terms_) add(b, constant_);
  for (const Term& a : terms_)
    for (const Term& b : other.terms_) {
      if (degree(a) + degree(b) > max_degree)
        fail(ErrorCode::value, "symbolic dims", "expected terms of degree ", max_degree,
             " or less");
      Term term = a;
      for (std::size_t i = 0; i < term.powers.size(); ++i) term.powers[i] += b.powers[i];
      for (const Quotient& q : b.quotients) term.quotients.push_back(q);
      std::ranges::sort(term.quotients, std::greater());
      add(std::move(term), b.coefficient);
    }
  return product;
}

SymbolicInt SymbolicInt::floor_divide(int64_t divisor) const {
  if (divisor < 1)
    fail(ErrorCode::value, "symbolic dims", "expected a divisor above 0, got ", divisor);
  if (is_constant()) return floor_division(constant_, divisor);
  if (divisor == 1) return *this;
  Quotient q{{}, constant_, divisor};
  for (const Term& term : terms_) {
    if (!term.quotients.empty())
      fail(ErrorCode::value, "symbolic dims",
           "cannot divide a quotient: expected a polynomial in the symbolic dims");
    q.terms.push_back({term.powers, term.coefficient});
  }
  SymbolicInt quotient;
  quotient.terms_ = {{.quotients = {std::move(q)}}};
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
  for (const Term& term : value.terms_) {
    std::string product;
    for (std::size_t i = 0; i < symbols.size(); ++i)
      for (int p = 0; p < term.powers[i]; ++p) product += (product.empty() ? "" : "*") + symbols[i];
    // `/` binds as `*` does and takes all that stands left of it, so a quotient among factors
    // needs parentheses, and one with a minus before it.
    const bool alone = product.empty() && term.quotients.size() == 1 &&
                       (term.coefficient == 1 || (term.coefficient == -1 && !s.empty()));
    for (const Quotient& q : term.quotients) {
      SymbolicInt dividend(q.constant);
      for (const Monomial& m : q.terms) dividend.terms_.push_back({m.powers, {}, m.coefficient});
      const bool sum = q.terms.size() + (q.constant != 0) > 1;
      const std::string quotient =
          text(sum ? "(" : "", to_string(dividend, symbols), sum ? ")" : "", "/", q.divisor);
      product += product.empty() ? "" : "*";
      product += alone ? quotient : text("(", quotient, ")");
    }
    add(term.coefficient, product);
  }
  if (value.constant_ != 0 || s.empty()) add(value.constant_, "");
  return s;
}

}  // namespace tandem::graph
