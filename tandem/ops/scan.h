// The largest and smallest so far, and sums of exponentials.
#pragma once
#include "tandem/ops/define.h"

namespace tandem {

/// The largest element so far along `dim` and where it stands, of equal ones the last; from a NaN
/// on it is NaN. The gradient goes there.
struct Cummax {
  static constexpr Signature signature = "cummax(input, dim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  static constexpr Keep keep = Keep::result;
  Required<int64_t> dim;
  std::array<Type, 2> infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};
/// The smallest, likewise.
struct Cummin {
  static constexpr Signature signature = "cummin(input, dim)";
  static constexpr std::string_view results[] = {"values", "indices"};
  static constexpr Keep keep = Keep::result;
  Required<int64_t> dim;
  std::array<Type, 2> infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

/// log(cumsum(exp(input))) along `dim`, without overflow.
struct Logcumsumexp {
  static constexpr Signature signature = "logcumsumexp(input, dim)";
  static constexpr Keep keep = Keep::both;
  Required<int64_t> dim;
  Type infer(const Type& input) const;
  Grads vjp(const Call& c) const;
};

struct ScanOps : List<Cummax, Cummin, Logcumsumexp> {};

}  // namespace tandem
