#include "tandem/tensor/literal.h"

#include <algorithm>
#include <limits>

#include "tandem/base/promote.h"

namespace tandem {
namespace {

template <class T>
T element(const Scalar& s, Location where) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    const int64_t i = s.to_int64();
    if (i < int64_t(std::numeric_limits<T>::min()) || i > int64_t(std::numeric_limits<T>::max()))
      fail(ErrorCode::value, "tensor", dtype_of<T>, " cannot hold ", s, " (", where, "); it holds ",
           std::numeric_limits<T>::min(), "..", std::numeric_limits<T>::max());
    return T(i);
  } else {
    return s.to<T>();
  }
}

}  // namespace

Literal::Literal(std::initializer_list<Literal> parts) {
  shape_.push_back(int64_t(parts.size()));
  int64_t at = 0;
  for (const Literal& part : parts) {
    if (part.shape_ != parts.begin()->shape_)
      fail(ErrorCode::shape, "tensor", "expected parts of one shape, but part 0 has shape ",
           parts.begin()->shape_, " and part ", at, " has shape ", part.shape_);
    category_ = std::max(category_, part.category_);
    values_.insert(values_.end(), part.values_.begin(), part.values_.end());
    ++at;
  }
  if (parts.size())
    for (int64_t n : parts.begin()->shape_) shape_.push_back(n);
}

Tensor tensor(const Literal& data, std::optional<DType> dtype, Location where) {
  Tensor t = empty(data.shape(), dtype.value_or(dtype_of_number(data.category())));
  with_dtype(t.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::ranges::transform(data.values(), t.data<T>(),
                           [&](const Scalar& s) { return element<T>(s, where); });
  });
  return t;
}

}  // namespace tandem
