// An integer that depends on a program's symbolic dims: a short polynomial, divided with floor.
#pragma once
#include <array>
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

/// factor * floor((constant + sum of terms) / divisor). A plain number holds no memory.
class SymbolicInt {
 public:
  using Powers = std::array<uint8_t, max_symbols>;  // of each symbol
  struct Term {
    Powers powers;
    int64_t coefficient;
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

  /// Its value at these sizes. Error: code shape where int64 does not hold it.
  int64_t at(std::span<const int64_t> sizes) const;

  SymbolicInt operator+(const SymbolicInt& other) const;
  SymbolicInt operator-(const SymbolicInt& other) const;
  SymbolicInt operator*(const SymbolicInt& other) const;
  /// floor(this / divisor). Error: code value unless divisor is above 0.
  SymbolicInt floor_divide(int64_t divisor) const;

  bool operator==(const SymbolicInt&) const = default;

 private:
  friend std::optional<SymbolicInt> solve(std::span<const Sizes>, std::span<const int64_t>);
  friend std::string to_string(const SymbolicInt&, const Symbols&);

  void add(const Powers& powers, int64_t coefficient);
  void require_polynomial(std::string_view what) const;

  int64_t constant_ = 0;
  std::vector<Term> terms_;  // by falling powers, coefficients not 0
  int64_t divisor_ = 1, factor_ = 1;
};

/// "2*b + 1", "(h + 1)/2", "4*((h + 1)/2)".
std::string to_string(const SymbolicInt& value, const Symbols& symbols);

/// The simplest expression that has values[k] at points[k]: a constant, then one, two or three
/// terms of degree up to three, then a quotient; none where there is no such expression.
std::optional<SymbolicInt> solve(std::span<const Sizes> points, std::span<const int64_t> values);

}  // namespace tandem::graph
