#include "tests/ops/samples.h"

#include <cmath>

#include "tandem/ops/registry.h"
#include "tandem/tensor/attribute_value.h"

namespace tandem {
namespace {

template <class T>
T as(const AttributeValue& v, std::string_view name) {
  return std::visit(
      [&](const auto& value) -> T {
        using From = std::remove_cvref_t<decltype(value)>;
        // A number may stand for any kind of number; everything else must match.
        if constexpr (std::is_same_v<From, T> ||
                      (std::is_arithmetic_v<From> && std::is_arithmetic_v<T>) ||
                      (std::is_same_v<T, Scalar> && std::is_arithmetic_v<From>))
          return T(value);
        else if constexpr (std::is_same_v<T, Dims> && std::is_integral_v<From>)
          return T(int64_t(value));
        else if constexpr (std::is_same_v<T, Name> && std::is_same_v<From, const char*>)
          return T(std::string_view(value));
        else
          fail(ErrorCode::value, "sample", "attribute ", name, " is of another kind");
      },
      v);
}

template <class T>
void set(T& at, const AttributeValue& v, std::string_view name) {
  at = as<T>(v, name);
}
template <class T>
void set(std::optional<T>& at, const AttributeValue& v, std::string_view name) {
  if (std::holds_alternative<std::monostate>(v))
    at.reset();
  else
    at = as<T>(v, name);
}

}  // namespace

void set_attribute(const AttributeInfo& a, void* op, const AttributeValue& v) {
  visit_attribute(a, op, [&](auto& at) { set(at, v, a.name); });
}

std::vector<SampleTable::Make>& SampleTable::tables() {
  static std::vector<Make> tables;
  return tables;
}

const std::vector<Sample>& SampleTable::all() {
  static const std::vector<Sample> samples = [] {
    std::vector<Sample> list;
    for (const Make& make : tables())
      for (Sample& s : make()) list.push_back(std::move(s));
    return list;
  }();
  return samples;
}

Tensor values(const Dims& shape, double low, double high, int seed) {
  std::vector<double> v(std::size_t(shape.product()));
  // Multiples of the golden ratio, modulo 1, keep apart better than random numbers.
  for (std::size_t i = 0; i < v.size(); ++i) {
    const double turns = (double(i) + 1 + 37.3 * seed) * 0.61803398874989485;
    v[i] = low + (high - low) * (turns - std::floor(turns));
  }
  return from_data(v, shape);
}
Tensor integers(std::initializer_list<int64_t> list) {
  return from_data(list, {int64_t(list.size())});
}
Tensor integers(std::initializer_list<int64_t> list, const Dims& shape) {
  return from_data(list, shape);
}
Tensor truths(std::initializer_list<int> list, const Dims& shape) {
  Tensor t = empty(shape, boolean);
  bool* to = t.data<bool>();
  for (int v : list) *to++ = v != 0;
  return t;
}

AnyOp op_of(const Sample& sample) {
  const OpInfo* info = find_op(sample.op);
  if (!info) fail(ErrorCode::value, "sample", "there is no op ", sample.op);
  AnyOp op(*info);
  for (const auto& [name, value] : sample.attributes) {
    bool found = false;
    for (int a = 0; a < info->attributes; ++a)
      if (info->attribute[a].name == name) {
        set_attribute(info->attribute[a], op.data(), value);
        found = true;
      }
    if (!found) fail(ErrorCode::value, "sample", sample.op, " has no attribute ", name);
  }
  return op;
}

std::vector<Tensor> results_of(const AnyOp& op, std::span<const Tensor> operands) {
  std::vector<const Tensor*> in;
  for (const Tensor& t : operands) in.push_back(&t);
  std::vector<Tensor> out(std::size_t(op.info->results));
  apply(*op.info, op.data(), in, out.data(), Location::current());
  return out;
}
std::vector<Tensor> results_of(const Sample& sample) {
  return results_of(op_of(sample), sample.operands);
}

}  // namespace tandem
