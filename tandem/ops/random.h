// Random ops and the functions that draw from a generator.
//
// The ops are pure: the first operand is a generator's state, the last result the state after the
// draw. Their attributes are PyTorch's words; the streams are those of tandem/cpu/random.h. None
// has a gradient; `dropout` has that of its product.
#pragma once
#include <array>

#include "tandem/ops/define.h"
#include "tandem/ops/generator.h"

namespace tandem {

/// The names of every random op's results.
inline constexpr std::string_view drawn_results[] = {"result", "state"};

/// Uniform in [low, high).  result: `size`, floating.
struct Uniform {
  static constexpr Signature signature = "uniform(state, size, low, high, dtype)";
  Required<Dims> size;
  double low = 0, high = 1;
  DType dtype = DType::f32;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// mean + std * N(0, 1).  result: `size`, floating.
struct Normal {
  static constexpr Signature signature = "normal(state, size, mean, std, dtype)";
  Required<Dims> size;
  double mean = 0, std = 1;
  DType dtype = DType::f32;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// The same kept within [low, high].  result: `size`, f32 or f64.
struct TruncNormal {
  static constexpr Signature signature = "trunc_normal(state, size, mean, std, low, high, dtype)";
  Required<Dims> size;
  double mean = 0, std = 1, low = -2, high = 2;
  DType dtype = DType::f32;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Of the exponential distribution with rate `lambd`.  result: `size`, floating.
struct Exponential {
  static constexpr Signature signature = "exponential(state, size, lambd, dtype)";
  Required<Dims> size;
  double lambd = 1;
  DType dtype = DType::f32;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Integers in [low, high).  result: `size`, any dtype but bool.
struct RandInt {
  static constexpr Signature signature = "randint(state, low, high, size, dtype)";
  int64_t low = 0;
  Required<int64_t> high;
  Required<Dims> size;
  DType dtype = DType::i64;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Any number from 0 that the dtype holds exactly.  result: `size`, any dtype.
struct RandomBits {
  static constexpr Signature signature = "random(state, size, dtype)";
  Required<Dims> size;
  DType dtype = DType::i64;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// 0..n-1 in random order.  result: [n], i64 or i32.
struct RandPerm {
  static constexpr Signature signature = "randperm(state, n, dtype)";
  Required<int64_t> n;
  DType dtype = DType::i64;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// 1 with probability p, else 0.  result: `size`, any dtype.
struct BernoulliOf {
  static constexpr Signature signature = "bernoulli_mask(state, size, p, dtype)";
  Required<Dims> size;
  double p = 0.5;
  DType dtype = DType::f32;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state) const;
  Grads vjp(const Call&) const { return {}; }
};

/// 1 with the probability that stands in `input`, floating and in [0, 1].  result: as input.
struct Bernoulli {
  static constexpr Signature signature = "bernoulli(state, input)";
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state, const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};

/// Indices drawn in proportion to the weights in `input`, [categories] or [rows, categories],
/// floating.  result: [num_samples] or [rows, num_samples], i64.
struct Multinomial {
  static constexpr Signature signature = "multinomial(state, input, num_samples, replacement)";
  Required<int64_t> num_samples;
  bool replacement = false;
  static constexpr bool random = true;
  static constexpr auto& results = drawn_results;
  std::array<Type, 2> infer(const Type& state, const Type& input) const;
  Grads vjp(const Call&) const { return {}; }
};

struct RandomOps : List<Uniform, Normal, TruncNormal, Exponential, RandInt, RandomBits, RandPerm,
                        BernoulliOf, Bernoulli, Multinomial> {};

// The functions. `generator`: null takes default_generator(). Sizes below 0, dtypes that cannot
// hold the values and parameters out of range are errors of code shape, dtype and value.

/// Uniform in [0, 1).
Tensor rand(Dims size, DType dtype = DType::f32, Generator* generator = nullptr,
            Location where = Location::current());
Tensor rand_like(Arg input, Generator* generator = nullptr);
/// N(0, 1).
Tensor randn(Dims size, DType dtype = DType::f32, Generator* generator = nullptr,
             Location where = Location::current());
Tensor randn_like(Arg input, Generator* generator = nullptr);
/// Integers in [low, high); low = 0 where it is left out.
Tensor randint(int64_t low, int64_t high, Dims size, DType dtype = DType::i64,
               Generator* generator = nullptr, Location where = Location::current());
Tensor randint(int64_t high, Dims size, DType dtype = DType::i64, Generator* generator = nullptr,
               Location where = Location::current());
Tensor randint_like(Arg input, int64_t low, int64_t high, Generator* generator = nullptr);
/// 0..n-1 in random order, of any dtype that holds them.
Tensor randperm(int64_t n, DType dtype = DType::i64, Generator* generator = nullptr,
                Location where = Location::current());
/// mean + std * N(0, 1); tensors broadcast.
Tensor normal(double mean, double std, Dims size, DType dtype = DType::f32,
              Generator* generator = nullptr, Location where = Location::current());
Tensor normal(Arg mean, Arg std, Generator* generator = nullptr);
/// N(mean, std) kept within [low, high].
Tensor trunc_normal(double mean, double std, double low, double high, Dims size,
                    DType dtype = DType::f32, Generator* generator = nullptr,
                    Location where = Location::current());
/// 1 with the probability that stands in `input`, else 0.
Tensor bernoulli(Arg input, Generator* generator = nullptr);
/// The same with one probability for all elements of a tensor like `input`.
Tensor bernoulli(Arg input, double p, Generator* generator = nullptr);
/// `num_samples` indices for each row of weights.
Tensor multinomial(Arg input, int64_t num_samples, bool replacement = false,
                   Generator* generator = nullptr);
/// While training, zeroes each element with probability p and divides the rest by 1 - p.
Tensor dropout(Arg input, double p = 0.5, bool training = true, Generator* generator = nullptr);

}  // namespace tandem
