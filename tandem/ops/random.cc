#include "tandem/ops/random.h"

#include <cmath>
#include <limits>

#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/in_place.h"

namespace tandem {
namespace {

/// Applies a random op to the generator's state and keeps the new one.
template <Op O, class... Operand>
Tensor draw(const O& op, Generator* generator, Location where, const Operand&... operand) {
  Generator& g = generator ? *generator : default_generator();
  auto [result, state] = apply(op, Arg(g.state(), where), operand...);
  g.advance(std::move(state));
  return result;
}

std::array<Type, 2> drawn(const Type& state, Type result) { return {std::move(result), state}; }

Type floating(std::string_view op, const Dims& size, DType dtype) {
  if (!is_floating(dtype)) fail(ErrorCode::dtype, op, "expected a floating dtype, got ", dtype);
  const Type t{dtype, size};
  check_size(op, t);
  return t;
}
Type any(std::string_view op, const Dims& size, DType dtype) {
  const Type t{dtype, size};
  check_size(op, t);
  return t;
}

void check_probability(std::string_view op, double p) {
  if (!(p >= 0 && p <= 1))
    fail(ErrorCode::value, op, "expected a probability p in [0, 1], got ", p);
}

/// The integers that a dtype holds exactly.
std::array<int64_t, 2> range_of(DType dtype) {
  const auto both = [](int64_t n) { return std::array{-n, n}; };
  switch (dtype) {
    case DType::boolean:
      return {0, 1};
    case DType::f16:
      return both(1 << 11);
    case DType::bf16:
      return both(1 << 8);
    case DType::f32:
      return both(1 << 24);
    case DType::f64:
      return both(int64_t{1} << 53);
    default:
      return with_dtype(dtype, [](auto zero) {
        using L = std::numeric_limits<decltype(zero)>;
        return std::array{int64_t(L::min()), int64_t(L::max())};
      });
  }
}

}  // namespace

std::array<Type, 2> Uniform::infer(const Type& state) const {
  if (!(low <= high) || !std::isfinite(high - low))
    fail(ErrorCode::value, "uniform", "expected finite bounds with low <= high, got ", low, " and ",
         high);
  return drawn(state, floating("uniform", size, dtype));
}
std::array<Type, 2> Normal::infer(const Type& state) const {
  if (!(std >= 0)) fail(ErrorCode::value, "normal", "expected std >= 0, got ", std);
  return drawn(state, floating("normal", size, dtype));
}
std::array<Type, 2> TruncNormal::infer(const Type& state) const {
  if (!(std > 0 && low < high))
    fail(ErrorCode::value, "trunc_normal", "expected std > 0 and low < high, got std=", std,
         ", low=", low, ", high=", high);
  if (is_half(dtype))
    fail(ErrorCode::dtype, "trunc_normal", "expected float32 or float64, got ", dtype,
         ": draw in float32 and cast");
  return drawn(state, floating("trunc_normal", size, dtype));
}
std::array<Type, 2> Exponential::infer(const Type& state) const {
  if (!(lambd > 0)) fail(ErrorCode::value, "exponential", "expected lambd > 0, got ", lambd);
  return drawn(state, floating("exponential", size, dtype));
}
std::array<Type, 2> RandInt::infer(const Type& state) const {
  if (low >= high)
    fail(ErrorCode::value, "randint", "expected low < high, got low=", low, ", high=", high.value);
  const auto [least, most] = range_of(dtype);
  if (dtype == DType::boolean || low < least || high - 1 > most)
    fail(ErrorCode::dtype, "randint", "integers in [", low, ", ", high.value, ") do not fit ",
         dtype);
  return drawn(state, any("randint", size, dtype));
}
std::array<Type, 2> RandomBits::infer(const Type& state) const {
  return drawn(state, any("random", size, dtype));
}
std::array<Type, 2> RandPerm::infer(const Type& state) const {
  if (n < 0) fail(ErrorCode::value, "randperm", "expected n >= 0, got ", n.value);
  if (dtype != DType::i64 && (dtype != DType::i32 || n > std::numeric_limits<int32_t>::max()))
    fail(ErrorCode::dtype, "randperm", "0..n-1 with n=", n.value, " do not fit ", dtype);
  return drawn(state, any("randperm", {n}, dtype));
}
std::array<Type, 2> BernoulliOf::infer(const Type& state) const {
  check_probability("bernoulli", p);
  return drawn(state, any("bernoulli", size, dtype));
}
std::array<Type, 2> Bernoulli::infer(const Type& state, const Type& input) const {
  return drawn(state, floating("bernoulli", input.shape, input.dtype));
}
std::array<Type, 2> Multinomial::infer(const Type& state, const Type& input) const {
  const int rank = input.shape.size();
  if (rank < 1 || rank > 2)
    fail(ErrorCode::shape, "multinomial",
         "expected weights of shape [categories] or [rows, "
         "categories], got ",
         input.shape);
  if (!is_floating(input.dtype))
    fail(ErrorCode::dtype, "multinomial", "expected floating weights, got ", input.dtype);
  const int64_t categories = input.shape[rank - 1];
  if (num_samples < 1)
    fail(ErrorCode::value, "multinomial", "expected num_samples >= 1, got ", num_samples.value);
  if (!replacement && num_samples > categories)
    fail(ErrorCode::value, "multinomial", "cannot draw num_samples=", num_samples.value, " of ",
         categories, " categories without replacement; pass replacement=true?");
  Dims shape = input.shape;
  shape[rank - 1] = num_samples;
  return drawn(state, {DType::i64, shape});
}

Tensor rand(Dims size, DType dtype, Generator* generator, Location where) {
  return draw(Uniform{.size = size, .dtype = dtype}, generator, where);
}
Tensor rand_like(Arg input, Generator* generator) {
  return rand(input.tensor->shape(), input.tensor->dtype(), generator, input.where);
}
Tensor randn(Dims size, DType dtype, Generator* generator, Location where) {
  return draw(Normal{.size = size, .dtype = dtype}, generator, where);
}
Tensor randn_like(Arg input, Generator* generator) {
  return randn(input.tensor->shape(), input.tensor->dtype(), generator, input.where);
}
Tensor randint(int64_t low, int64_t high, Dims size, DType dtype, Generator* generator,
               Location where) {
  return draw(RandInt{low, high, size, dtype}, generator, where);
}
Tensor randint(int64_t high, Dims size, DType dtype, Generator* generator, Location where) {
  return randint(0, high, size, dtype, generator, where);
}
Tensor randint_like(Arg input, int64_t low, int64_t high, Generator* generator) {
  return randint(low, high, input.tensor->shape(), input.tensor->dtype(), generator, input.where);
}
Tensor randperm(int64_t n, DType dtype, Generator* generator, Location where) {
  if (n > 0 && n - 1 > range_of(dtype)[1])
    fail(ErrorCode::dtype, "randperm", "0..n-1 with n=", n, " do not fit ", dtype);
  const DType drawn = dtype == DType::i32 ? dtype : DType::i64;
  const Tensor order = draw(RandPerm{n, drawn}, generator, where);
  return cast(Arg(order, where), dtype);
}
Tensor normal(double mean, double std, Dims size, DType dtype, Generator* generator,
              Location where) {
  return draw(Normal{size, mean, std, dtype}, generator, where);
}
Tensor normal(Arg mean, Arg std, Generator* generator) {
  const At at(mean.where);
  const Dims size = broadcast_shapes("normal", mean.tensor->shape(), std.tensor->shape());
  return randn(size, mean.tensor->dtype(), generator, mean.where) * *std.tensor + *mean.tensor;
}
Tensor trunc_normal(double mean, double std, double low, double high, Dims size, DType dtype,
                    Generator* generator, Location where) {
  return draw(TruncNormal{size, mean, std, low, high, dtype}, generator, where);
}
Tensor bernoulli(Arg input, Generator* generator) {
  return draw(Bernoulli{}, generator, input.where, input);
}
Tensor bernoulli(Arg input, double p, Generator* generator) {
  return draw(BernoulliOf{input.tensor->shape(), p, input.tensor->dtype()}, generator, input.where);
}
Tensor multinomial(Arg input, int64_t num_samples, bool replacement, Generator* generator) {
  return draw(Multinomial{num_samples, replacement}, generator, input.where, input);
}

Tensor dropout(Arg input, double p, bool training, Generator* generator) {
  check_probability("dropout", p);
  const Tensor& x = *input.tensor;
  if (!training || p == 0 || x.numel() == 0) return x;
  if (!is_floating(x.dtype()))
    fail(ErrorCode::dtype, "dropout", "expected a floating input, got ", x.dtype());
  const At at(input.where);
  if (p == 1) return x * 0;
  const Tensor kept = bernoulli(input, 1 - p, generator);
  return x * (kept / (1 - p));
}

Tensor& Tensor::uniform_(double from, double to, Generator* generator, Location where) {
  assign(*this, draw(Uniform{shape(), from, to, dtype()}, generator, where), "uniform_", where);
  return *this;
}
Tensor& Tensor::normal_(double mean, double std, Generator* generator, Location where) {
  assign(*this, draw(Normal{shape(), mean, std, dtype()}, generator, where), "normal_", where);
  return *this;
}
Tensor& Tensor::exponential_(double lambd, Generator* generator, Location where) {
  assign(*this, draw(Exponential{shape(), lambd, dtype()}, generator, where), "exponential_",
         where);
  return *this;
}
Tensor& Tensor::bernoulli_(double p, Generator* generator, Location where) {
  assign(*this, draw(BernoulliOf{shape(), p, dtype()}, generator, where), "bernoulli_", where);
  return *this;
}
Tensor& Tensor::random_(Generator* generator, Location where) {
  assign(*this, draw(RandomBits{shape(), dtype()}, generator, where), "random_", where);
  return *this;
}
Tensor& Tensor::random_(int64_t from, int64_t to, Generator* generator, Location where) {
  assign(*this, draw(RandInt{from, to, shape(), dtype()}, generator, where), "random_", where);
  return *this;
}

template struct Family<RandomOps>;

}  // namespace tandem
