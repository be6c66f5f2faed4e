#include "tandem/graph/spell.h"

#include <algorithm>

#include "tandem/graph/attributes.h"
#include "tandem/graph/limits.h"
#include "tandem/graph/literal.h"
#include "tandem/graph/names.h"
#include "tandem/ops/create.h"
#include "tandem/tensor/attribute_value.h"

namespace tandem::graph {
namespace {

class SpelledAttributes {
 public:
  SpelledAttributes(const Instruction& instruction, const Symbols& symbols)
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
    return visit_attribute(info, i_.op.data(), [&](const auto& v) { return spelled(v, slot); });
  }

  std::string spelled(int64_t v, int slot) const {
    return number(slot, [&] { return text(v); });
  }
  std::string spelled(double v, int slot) const {
    return number(slot, [&] { return literal(v); });
  }
  std::string spelled(const Scalar& v, int slot) const {
    const SolvedAttribute* solved = find(slot);
    if (solved && !solved->reciprocal && v.category() == Category::floating)
      return text("float(", to_string(solved->value, symbols_), ")");
    return number(slot, [&] { return literal(v); });
  }
  std::string spelled(const Dims& v, int slot) const {
    std::string s = "[";
    for (int d = 0; d < v.size(); ++d) s += (d ? ", " : "") + spelled(v[d], slot + d);
    return s + "]";
  }
  static std::string spelled(bool v, int) { return text(v); }
  static std::string spelled(DType v, int) { return std::string(name(v)); }
  static std::string spelled(const Name& v, int) {
    std::string s;
    append_quoted(s, v.view());
    return s;
  }
  template <class T>
  std::string spelled(const std::optional<T>& v, int slot) const {
    return v ? spelled(*v, slot) : "none";
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
  return SpelledAttributes(instruction, symbols).spelled();
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
