// An integer that depends on a program's symbolic dims.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tandem::graph {

/// The names of a program's symbolic dims, and one size for each.
using Symbols = std::vector<std::string>;
using Sizes = std::vector<int64_t>;
inline constexpr int max_symbols = 4;

/// A polynomial over the symbolic dims and over quotients floor(polynomial / divisor) of them. A
/// plain number holds no memory.
class SymbolicInt {
 public:
  using Powers = std::array<uint8_t, max_symbols>;  // of each symbol
  struct Monomial {
    Powers powers{};
    int64_t coefficient = 1;
    auto operator<=>(const Monomial&) const = default;
  };
  /// floor((constant + sum of terms) / divisor).
  struct Quotient {
    std::vector<Monomial> terms;
    int64_t constant, divisor;
    auto operator<=>(const Quotient&) const = default;
  };
  /// coefficient * product of symbols * product of quotients.
  struct Term {
    Powers powers{};
    std::vector<Quotient> quotients;  // falling
    int64_t coefficient = 1;
    bool operator==(const Term&) const = default;
  };

  SymbolicInt(int64_t constant = 0) : constant_(constant) {}
  static SymbolicInt symbol(int index);

  bool is_constant() const { return terms_.empty(); }
  bool depends_on(int symbol) const;
  /// Error: code value unless is_constant().
  int64_t constant() const;
  /// The symbol that this is and nothing else, or -1.
  int as_symbol() const;
  /// coefficient * symbol + constant, coefficient not 0.
  struct Linear {
    int symbol;
    int64_t coefficient, constant;
  };
  /// None unless this is of that form.
  std::optional<Linear> as_linear() const;
  /// Is this one term without a constant beside it, such as b or 3*b*t, and no quotient?
  bool is_product() const;
  /// Adds the quotients that this is made of to `found`, each as a value of its own, once.
  void collect_quotients(std::vector<SymbolicInt>& found) const;

  /// Its value at these sizes. Error: code shape where int64 does not hold it.
  int64_t at(std::span<const int64_t> sizes) const;

  /// Error: code value beyond degree 8 or 64 terms.
  SymbolicInt operator+(const SymbolicInt& other) const;
  SymbolicInt operator-(const SymbolicInt& other) const;
  SymbolicInt operator*(const SymbolicInt& other) const;
  /// floor(this / divisor). Error: code value unless divisor is above 0 and this has no quotients.
  SymbolicInt floor_divide(int64_t divisor) const;

  bool operator==(const SymbolicInt&) const = default;

 private:
  friend std::string to_string(const SymbolicInt&, const Symbols&);

  void add(Term term);

  int64_t constant_ = 0;
  std::vector<Term> terms_;  // by falling degrees, coefficients not 0
};

/// "2*b + 1", "(h + 1)/2", "4*((h + 1)/2)", "b*(h/2)*(w/2) + 1".
std::string to_string(const SymbolicInt& value, const Symbols& symbols);

/// The simplest expression that has values[k] at points[k]: a constant, then one or two terms of
/// degree up to three, of the symbols and then of `known` quotients too, then a quotient, then
/// three terms; none where there is no such expression.
std::optional<SymbolicInt> solve(std::span<const Sizes> points, std::span<const int64_t> values,
                                 std::span<const SymbolicInt> known = {});

}  // namespace tandem::graph
