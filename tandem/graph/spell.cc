#include "tandem/graph/spell.h"

#include <algorithm>

#include "tandem/graph/attributes.h"
#include "tandem/graph/limits.h"
#include "tandem/graph/literal.h"
#include "tandem/graph/names.h"
#include "tandem/ops/create.h"

namespace tandem::graph {
namespace {

template <class T>
const T& as(const void* at) {
  return *static_cast<const T*>(at);
}

class Attributes {
 public:
  Attributes(const Instruction& instruction, const Symbols& symbols)
      : i_(instruction), symbols_(symbols) {}

  std::string spelled() {
    const AnyOp defaults(i_.info());
    std::string s;
    for (int a = 0; a < i_.info().attributes; ++a) {
      const AttributeInfo& info = i_.info().attribute[a];
      const int first = first_slot(i_.op, a), end = first_slot(i_.op, a + 1);
      const bool is_solved = std::ranges::any_of(
          i_.solved, [&](const SolvedAttribute& e) { return e.slot >= first && e.slot < end; });
      if (!info.required && !is_solved && same_attribute(i_.op, defaults, a)) continue;
      s += text(s.empty() ? "" : ", ", info.name, " = ", value(info, first));
    }
    return s.empty() ? s : "{" + s + "}";
  }

 private:
  std::string value(const AttributeInfo& info, int slot) const {
    const void* at = info.in(const_cast<void*>(i_.op.data()));
    constexpr std::string_view none = "none";
    switch (info.kind) {
      case Kind::integer:
        return number(slot, [&] { return text(as<int64_t>(at)); });
      case Kind::number:
        return number(slot, [&] { return literal(as<double>(at)); });
      case Kind::scalar: {
        const Scalar scalar = as<Scalar>(at);
        const SolvedAttribute* solved = find(slot);
        if (solved && !solved->reciprocal && scalar.category() == Category::floating)
          return text("float(", to_string(solved->value, symbols_), ")");
        return number(slot, [&] { return literal(scalar); });
      }
      case Kind::flag:
        return text(as<bool>(at));
      case Kind::dtype:
        return std::string(name(as<DType>(at)));
      case Kind::string: {
        std::string s;
        append_quoted(s, as<Name>(at).view());
        return s;
      }
      case Kind::optional_dtype: {
        const auto dtype = as<std::optional<DType>>(at);
        return std::string(dtype ? name(*dtype) : none);
      }
      case Kind::optional_integer: {
        const auto v = as<std::optional<int64_t>>(at);
        return v ? number(slot, [&] { return text(*v); }) : std::string(none);
      }
      case Kind::optional_number: {
        const auto v = as<std::optional<double>>(at);
        return v ? number(slot, [&] { return literal(*v); }) : std::string(none);
      }
      case Kind::dims: {
        const Dims dims = as<Dims>(at);
        std::string s = "[";
        for (int d = 0; d < dims.size(); ++d)
          s += text(d ? ", " : "", number(slot + d, [&] { return text(dims[d]); }));
        return s + "]";
      }
    }
    return "";
  }

  template <class Plain>
  std::string number(int slot, Plain plain) const {
    const SolvedAttribute* solved = find(slot);
    if (!solved) return plain();
    const std::string s = to_string(solved->value, symbols_);
    if (!solved->reciprocal) return s;
    return solved->value.as_symbol() >= 0 ? "1/" + s : "1/(" + s + ")";
  }

  const SolvedAttribute* find(int slot) const {
    for (const SolvedAttribute& e : i_.solved)
      if (e.slot == slot) return &e;
    return nullptr;
  }

  const Instruction& i_;
  const Symbols& symbols_;
};

}  // namespace

std::string spelled_attributes(const Instruction& instruction, const Symbols& symbols) {
  return Attributes(instruction, symbols).spelled();
}

DType number_dtype(std::optional<DType> first, Category category) {
  if (category == Category::boolean) return boolean;
  return first.value_or(category == Category::floating ? float32 : int64);
}

std::string spelled_number(const Instruction& number, std::optional<DType> first) {
  const Full& full = *static_cast<const Full*>(number.op.data());
  const DType dtype = full.infer().dtype;
  std::string s = literal(full.fill_value);
  if (dtype != number_dtype(first, full.fill_value->category())) s += text('_', name(dtype));
  return s;
}

bool shows_elements(const Parameter& constant) {
  return constant.constant.defined() && constant.constant.numel() <= max_shown_elements;
}

std::string spelled_elements(const Tensor& constant) {
  const Dims &shape = constant.shape(), &strides = constant.strides();
  const auto* elements = static_cast<const std::byte*>(constant.data_ptr());
  std::string s = "[";
  Dims place = Dims::filled(shape.size(), 0);
  for (int64_t i = 0; i < constant.numel(); ++i) {
    int64_t offset = 0;
    for (int d = 0; d < shape.size(); ++d) offset += place[d] * strides[d];
    s += text(i ? ", " : "",
              literal(constant.dtype(), elements + offset * size_of(constant.dtype())));
    for (int d = shape.size() - 1; d >= 0 && ++place[d] == shape[d]; --d) place[d] = 0;
  }
  return s + "]";
}

}  // namespace tandem::graph
