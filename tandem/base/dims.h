// A short list of int64: a shape, strides, or the dims an op works on.
#pragma once
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <type_traits>

#include "tandem/base/error.h"

namespace tandem {

namespace detail {
[[noreturn]] void fail_rank(int64_t rank);
}

/// Inline: a shape costs no allocation, and an op's attributes can be copied byte by byte. Only the
/// first `size` values are meaningful, hence the uninitialized array.
class Dims {
 public:
  static constexpr int max_rank = 12;

  constexpr Dims() : size_(0) {}
  constexpr Dims(const Dims& other) : size_(other.size_) { copy_values(other); }
  constexpr Dims& operator=(const Dims& other) {
    size_ = other.size_;
    copy_values(other);
    return *this;
  }
  constexpr Dims(int64_t value) : size_(0) { push_back(value); }
  constexpr Dims(std::initializer_list<int64_t> values) : size_(0) {
    for (int64_t v : values) push_back(v);
  }
  constexpr explicit Dims(std::span<const int64_t> values) : size_(0) {
    for (int64_t v : values) push_back(v);
  }
  static constexpr Dims filled(int size, int64_t value) {
    Dims d;
    for (int i = 0; i < size; ++i) d.push_back(value);
    return d;
  }
  /// 0, 1, …, size-1
  static constexpr Dims range(int size) {
    Dims d;
    for (int i = 0; i < size; ++i) d.push_back(i);
    return d;
  }

  constexpr int size() const { return int(size_); }
  constexpr bool empty() const { return size_ == 0; }
  constexpr int64_t& operator[](int i) { return values_[i]; }
  constexpr int64_t operator[](int i) const { return values_[i]; }
  constexpr int64_t& back() { return values_[size_ - 1]; }
  constexpr int64_t back() const { return values_[size_ - 1]; }
  constexpr int64_t* begin() { return values_; }
  constexpr int64_t* end() { return values_ + size_; }
  constexpr const int64_t* begin() const { return values_; }
  constexpr const int64_t* end() const { return values_ + size_; }
  constexpr const int64_t* data() const { return values_; }
  constexpr bool contains(int64_t value) const {
    for (int64_t v : *this)
      if (v == value) return true;
    return false;
  }
  constexpr void push_back(int64_t v) {
    if (size_ == max_rank) detail::fail_rank(size_ + 1);
    values_[size_++] = v;
  }
  constexpr void insert(int at, int64_t v) {
    push_back(v);
    for (int i = size() - 1; i > at; --i) values_[i] = values_[i - 1];
    values_[at] = v;
  }
  constexpr void erase(int at) {
    for (int i = at + 1; i < size(); ++i) values_[i - 1] = values_[i];
    --size_;
  }
  /// Entries are left uninitialized.
  constexpr void resize(int size) {
    if (unsigned(size) > unsigned(max_rank)) detail::fail_rank(size);
    size_ = size;
  }
  constexpr int64_t product() const {
    int64_t p = 1;
    for (int64_t v : *this) p *= v;
    return p;
  }

  friend constexpr bool operator==(const Dims& a, const Dims& b) {
    if (a.size_ != b.size_) return false;
    for (int i = 0; i < a.size_; ++i)
      if (a.values_[i] != b.values_[i]) return false;
    return true;
  }

 private:
  /// One value at a time: a list is often copied right after its entries were stored one by one,
  /// and the store buffer forwards those to loads of their own width only; a vector load that
  /// spans them waits some 12 ns. Hence volatile, which keeps the compiler from merging the loads.
  constexpr void copy_values(const Dims& other) {
    if (std::is_constant_evaluated()) {
      for (int i = 0; i < size(); ++i) values_[i] = other.values_[i];
    } else {
      for (int i = 0; i < size(); ++i)
        values_[i] = *static_cast<const volatile int64_t*>(&other.values_[i]);
    }
  }

  int64_t size_;
  int64_t values_[max_rank];
};

/// "[2, 3]"
inline void append(std::string& to, const Dims& d) {
  to += '[';
  for (int i = 0; i < d.size(); ++i) {
    if (i) to += ", ";
    append(to, d[i]);
  }
  to += ']';
}

/// Row-major strides of a dense tensor of this shape.
constexpr void set_contiguous_strides(const Dims& shape, Dims& strides) {
  strides.resize(shape.size());
  int64_t step = 1;
  for (int i = shape.size() - 1; i >= 0; --i) {
    strides[i] = step;
    step *= shape[i] > 1 ? shape[i] : 1;
  }
}
constexpr Dims contiguous_strides(const Dims& shape) {
  Dims strides;
  set_contiguous_strides(shape, strides);
  return strides;
}

/// `dim` counted from the front. Error: code index, naming the op, the operand and its shape.
inline int normalize_dim(std::string_view op, int64_t dim, const Dims& shape,
                         std::string_view operand = "input") {
  const int64_t rank = shape.size() ? shape.size() : 1;  // a 0-d tensor takes dims -1 and 0
  if (dim < -rank || dim >= rank)
    fail(ErrorCode::index, op, "dim ", dim, " is out of range for ", operand, " of shape ", shape,
         "; expected ", -rank, "..", rank - 1);
  return int(dim < 0 ? dim + rank : dim);
}

}  // namespace tandem
