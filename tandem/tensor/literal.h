// Tensors written out: tensor({{1, 2}, {3, 4}}), tensor(2.5).
#pragma once
#include <initializer_list>
#include <optional>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// A number or a nested list of numbers, as the argument of tensor().
class Literal {
 public:
  template <class N>
    requires std::is_arithmetic_v<N>
  Literal(N number) : category_(Scalar(number).category()), values_{Scalar(number)} {}
  Literal(Half number) : Literal(float(number)) {}
  Literal(BFloat16 number) : Literal(float(number)) {}
  /// Error: code shape when the parts differ in shape.
  Literal(std::initializer_list<Literal> parts);

  const Dims& shape() const { return shape_; }
  const std::vector<Scalar>& values() const { return values_; }  // in row-major order
  /// The highest of all numbers; floating when there are none.
  Category category() const { return values_.empty() ? Category::floating : category_; }

 private:
  Dims shape_;
  Category category_ = Category::boolean;
  std::vector<Scalar> values_;
};

/// A new tensor of these elements. Without a dtype: bool, int64 or the default floating dtype,
/// whichever holds them all. A floating number truncates in an integer tensor.
/// Errors: code shape: ragged lists; code value: a number that `dtype` cannot hold.
Tensor tensor(const Literal& data, std::optional<DType> dtype = {},
              Location where = Location::current());

}  // namespace tandem
