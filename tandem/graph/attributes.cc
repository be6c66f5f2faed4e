#include "tandem/graph/attributes.h"

#include <cstring>

namespace tandem::graph {
namespace {

/// Where a slot lies: an attribute, and of a Dims its entry.
struct Place {
  const AttributeInfo* attribute;
  void* data;
  int entry;

  template <class T>
  T& as() const {
    return *static_cast<T*>(data);
  }
};

int slots_of(Kind kind, const void* data) {
  switch (kind) {
    case Kind::integer:
    case Kind::number:
    case Kind::scalar:
      return 1;
    case Kind::dims:
      return static_cast<const Dims*>(data)->size();
    case Kind::optional_integer:
      return static_cast<const std::optional<int64_t>*>(data)->has_value();
    case Kind::optional_number:
      return static_cast<const std::optional<double>*>(data)->has_value();
    case Kind::flag:
    case Kind::dtype:
    case Kind::string:
    case Kind::optional_dtype:
      return 0;
  }
  return 0;
}

Place place(const AnyOp& op, int slot) {
  int rest = slot;
  for (int a = 0; a < op.info->attributes; ++a) {
    const AttributeInfo& attribute = op.info->attribute[a];
    void* data = attribute.in(const_cast<void*>(op.data()));
    const int n = slots_of(attribute.kind, data);
    if (rest < n) return {&attribute, data, rest};
    rest -= n;
  }
  fail(ErrorCode::index, op.info->name(), "has no number ", slot, " in its attributes");
}

template <class T>
bool same_bits(T a, T b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

bool same_value(Kind kind, const void* a, const void* b, bool slots_count) {
  const auto both = [&](auto type) {
    using T = decltype(type);
    return *static_cast<const T*>(a) == *static_cast<const T*>(b);
  };
  switch (kind) {
    case Kind::flag:
      return both(bool{});
    case Kind::dtype:
      return both(DType{});
    case Kind::string:
      return both(Name{});
    case Kind::optional_dtype:
      return both(std::optional<DType>{});
    case Kind::integer:
      return !slots_count || both(int64_t{});
    case Kind::number:
      return !slots_count ||
             same_bits(*static_cast<const double*>(a), *static_cast<const double*>(b));
    case Kind::scalar: {
      const auto &x = *static_cast<const Scalar*>(a), &y = *static_cast<const Scalar*>(b);
      if (x.category() != y.category()) return false;
      if (!slots_count) return x.category() != Category::boolean || x == y;
      return x.category() == Category::floating ? same_bits(x.to_double(), y.to_double()) : x == y;
    }
    case Kind::dims:
      if (slots_count) return both(Dims{});
      return static_cast<const Dims*>(a)->size() == static_cast<const Dims*>(b)->size();
    case Kind::optional_integer:
      if (slots_count) return both(std::optional<int64_t>{});
      return slots_of(kind, a) == slots_of(kind, b);
    case Kind::optional_number: {
      const auto &x = *static_cast<const std::optional<double>*>(a),
                 &y = *static_cast<const std::optional<double>*>(b);
      if (x.has_value() != y.has_value()) return false;
      return !slots_count || !x || same_bits(*x, *y);
    }
  }
  return false;
}

bool same(const AnyOp& a, const AnyOp& b, int attribute, bool slots_count) {
  const AttributeInfo& info = a.info->attribute[attribute];
  return same_value(info.kind, info.in(const_cast<void*>(a.data())),
                    info.in(const_cast<void*>(b.data())), slots_count);
}

bool same(const AnyOp& a, const AnyOp& b, bool slots_count) {
  if (a.info != b.info) return false;
  for (int i = 0; i < a.info->attributes; ++i)
    if (!same(a, b, i, slots_count)) return false;
  return true;
}

}  // namespace

int first_slot(const AnyOp& op, int attribute) {
  int n = 0;
  for (int a = 0; a < attribute; ++a) {
    const AttributeInfo& info = op.info->attribute[a];
    n += slots_of(info.kind, info.in(const_cast<void*>(op.data())));
  }
  return n;
}
int slot_count(const AnyOp& op) { return first_slot(op, op.info->attributes); }

bool slot_is_floating(const AnyOp& op, int slot) {
  const Place p = place(op, slot);
  if (p.attribute->kind == Kind::scalar) return p.as<Scalar>().category() == Category::floating;
  return p.attribute->kind == Kind::number || p.attribute->kind == Kind::optional_number;
}

double slot_number(const AnyOp& op, int slot) {
  const Place p = place(op, slot);
  switch (p.attribute->kind) {
    case Kind::number:
      return p.as<double>();
    case Kind::optional_number:
      return *p.as<std::optional<double>>();
    case Kind::scalar:
      return p.as<Scalar>().to_double();
    default:
      return double(slot_integer(op, slot));
  }
}

int64_t slot_integer(const AnyOp& op, int slot) {
  const Place p = place(op, slot);
  switch (p.attribute->kind) {
    case Kind::integer:
      return p.as<int64_t>();
    case Kind::optional_integer:
      return *p.as<std::optional<int64_t>>();
    case Kind::dims:
      return p.as<Dims>()[p.entry];
    case Kind::scalar:
      return p.as<Scalar>().to_int64();
    default:
      fail(ErrorCode::value, op.info->name(), p.attribute->name, " is no integer");
  }
}

void set_slot(AnyOp& op, int slot, int64_t value) {
  const Place p = place(op, slot);
  switch (p.attribute->kind) {
    case Kind::integer:
      p.as<int64_t>() = value;
      break;
    case Kind::optional_integer:
      p.as<std::optional<int64_t>>() = value;
      break;
    case Kind::dims:
      p.as<Dims>()[p.entry] = value;
      break;
    case Kind::scalar:
      if (p.as<Scalar>().category() != Category::floating) {
        p.as<Scalar>() = value;
        break;
      }
      [[fallthrough]];
    default:
      set_slot(op, slot, double(value));
  }
}

void set_slot(AnyOp& op, int slot, double value) {
  const Place p = place(op, slot);
  switch (p.attribute->kind) {
    case Kind::number:
      p.as<double>() = value;
      break;
    case Kind::optional_number:
      p.as<std::optional<double>>() = value;
      break;
    case Kind::scalar:
      p.as<Scalar>() = value;
      break;
    default:
      fail(ErrorCode::value, op.info->name(), p.attribute->name, " takes an integer, not ", value);
  }
}

void set_solved(AnyOp& op, std::span<const SolvedAttribute> solved,
                std::span<const int64_t> sizes) {
  for (const SolvedAttribute& s : solved) {
    const int64_t value = s.value.at(sizes);
    if (s.reciprocal)
      set_slot(op, s.slot, 1 / double(value));
    else
      set_slot(op, s.slot, value);
  }
}

std::string slot_name(const AnyOp& op, int slot) {
  const Place p = place(op, slot);
  return p.attribute->kind == Kind::dims ? text(p.attribute->name, "[", p.entry, "]")
                                         : std::string(p.attribute->name);
}

bool same_attribute(const AnyOp& a, const AnyOp& b, int attribute) {
  return same(a, b, attribute, true);
}
bool same_attributes(const AnyOp& a, const AnyOp& b) { return same(a, b, true); }
bool same_but_for_slots(const AnyOp& a, const AnyOp& b) { return same(a, b, false); }

}  // namespace tandem::graph
