// Writes tandem/ops/functions.h from the registry; with --check FILE, fails when FILE is stale.
//
//   write_functions > tandem/ops/functions.h
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>

#include "tandem/ops/registry.h"
#include "tandem/tensor/attribute_value.h"

namespace {

using namespace tandem;

// Values as C++ spells them.
std::string spelled(int64_t value) {
  return value == std::numeric_limits<int64_t>::max() ? "INT64_MAX" : text(value);
}
std::string spelled(double value) {
  if (value == std::numeric_limits<double>::infinity()) return "INFINITY";
  if (value == -std::numeric_limits<double>::infinity()) return "-INFINITY";
  return text(value);
}
std::string spelled(const Scalar& value) { return text(value); }
std::string spelled(bool value) { return text(value); }
std::string spelled(const Dims& value) {
  const std::string s = text(value);
  return "{" + s.substr(1, s.size() - 2) + "}";
}
std::string spelled(DType value) { return text("DType::", name(value)); }
std::string spelled(const Name& value) { return text('"', value, '"'); }
template <class T>
std::string spelled(const std::optional<T>& value) {
  return value ? spelled(*value) : "{}";
}

std::string_view type_of(Kind kind) {
  switch (kind) {
    case Kind::integer:
      return "int64_t";
    case Kind::number:
      return "double";
    case Kind::scalar:
      return "Scalar";
    case Kind::flag:
      return "bool";
    case Kind::dims:
      return "Dims";
    case Kind::dtype:
      return "DType";
    case Kind::string:
      return "Name";
    case Kind::optional_integer:
      return "std::optional<int64_t>";
    case Kind::optional_number:
      return "std::optional<double>";
    case Kind::optional_dtype:
      return "std::optional<DType>";
  }
  return "";
}

std::string default_of(const AttributeInfo& a, const void* op) {
  return visit_attribute(a, op, [](const auto& value) { return spelled(value); });
}

struct Parameter {
  std::string declared;
  std::string initial;  // empty: none
};

Parameter parameter(const OpInfo& op, int p, void* defaults) {
  std::string name(op.signature.parameter(p));
  if (op.order[p] < 0) {
    const AttributeInfo& a = op.attribute[~op.order[p]];
    return {text(type_of(a.kind), " ", name), a.required ? "" : default_of(a, defaults)};
  }
  const bool optional = name.ends_with('?');
  if (optional) name.pop_back();
  if (name.starts_with('*')) return {text("const ListArg& ", name.substr(1)), ""};
  const bool number = op.numbers >> op.order[p] & 1;
  if (!optional) return {text(number ? "const NumArg& " : "Arg ", name), ""};
  return {text(number ? "const OptNumArg& " : "OptArg ", name), "{}"};
}

std::string declaration(const OpInfo& op) {
  AnyOp values(op);
  std::vector<Parameter> parameters;
  for (int p = 0; p < op.signature.parameters(); ++p)
    parameters.push_back(parameter(op, p, values.data()));
  if (op.operands == 0 && !op.list) parameters.push_back({"Location where", "Location::current()"});
  bool all_default = true;  // C++ takes defaults only at the end
  std::string list;
  for (std::size_t i = parameters.size(); i-- > 0;) {
    all_default &= !parameters[i].initial.empty();
    list = parameters[i].declared + (all_default ? " = " + parameters[i].initial : "") +
           (list.empty() ? "" : ", ") + list;
  }
  const std::string result =
      op.results == 1 ? "Tensor" : text("std::array<Tensor, ", op.results, ">");
  return text(result, " ", op.name(), "(", list, ");\n");
}

constexpr std::string_view head =
    R"(// DERIVED from the registry by tools/write_functions; a test fails when it is stale.
// clang-format off
#pragma once
#include <array>
#include <cmath>
#include <cstdint>
#include <optional>

#include "tandem/tensor/op_info.h"

namespace tandem {

)";

constexpr std::pair<std::string_view, std::string_view> operators[] = {
    {"+", "add"}, {"-", "sub"}, {"*", "mul"}, {"/", "div"}, {"<", "lt"},
    {"<=", "le"}, {">", "gt"},  {">=", "ge"}, {"==", "eq"}, {"!=", "ne"}};

std::string header() {
  std::string s(head);
  for (const OpInfo* op : all_ops())
    if (!op->random) s += declaration(*op);
  s += "\n// The language's own spellings.\n";
  for (auto [sign, name] : operators)
    s += text("inline Tensor operator", sign, "(const NumArg& a, const NumArg& b) { return ", name,
              "(a, b); }\n");
  s += "inline Tensor operator-(const NumArg& x) { return neg(x); }\n\n}  // namespace tandem\n";
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string s = header();
  if (argc < 3) return std::fputs(s.c_str(), stdout) < 0;
  std::ifstream file(argv[2]);
  const std::string have(std::istreambuf_iterator<char>(file), {});
  if (have == s) return 0;
  std::fprintf(stderr, "%s is stale: write it anew with write_functions > %s\n", argv[2], argv[2]);
  return 1;
}
