// Writes tandem/ops/functions.h from the registry; with --check FILE, fails when FILE is stale.
//
//   write_functions > tandem/ops/functions.h
#include <cstdio>
#include <fstream>
#include <iterator>
#include <limits>

#include "tandem/ops/registry.h"

namespace {

using namespace tandem;

std::string braces(const Dims& d) {
  const std::string s = text(d);
  return "{" + s.substr(1, s.size() - 2) + "}";
}

std::string number(double value) {
  if (value == std::numeric_limits<double>::infinity()) return "INFINITY";
  if (value == -std::numeric_limits<double>::infinity()) return "-INFINITY";
  return text(value);
}

std::string integer(int64_t value) {
  return value == std::numeric_limits<int64_t>::max() ? "INT64_MAX" : text(value);
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

std::string default_of(const AttributeInfo& a, void* op) {
  const void* at = a.in(op);
  switch (a.kind) {
    case Kind::integer:
      return integer(*static_cast<const int64_t*>(at));
    case Kind::number:
      return number(*static_cast<const double*>(at));
    case Kind::scalar:
      return text(*static_cast<const Scalar*>(at));
    case Kind::flag:
      return *static_cast<const bool*>(at) ? "true" : "false";
    case Kind::dims:
      return braces(*static_cast<const Dims*>(at));
    case Kind::dtype:
      return text("DType::", name(*static_cast<const DType*>(at)));
    case Kind::string:
      return text('"', *static_cast<const Name*>(at), '"');
    case Kind::optional_integer: {
      const auto& value = *static_cast<const std::optional<int64_t>*>(at);
      return value ? integer(*value) : "{}";
    }
    case Kind::optional_number: {
      const auto& value = *static_cast<const std::optional<double>*>(at);
      return value ? number(*value) : "{}";
    }
    case Kind::optional_dtype: {
      const auto& value = *static_cast<const std::optional<DType>*>(at);
      return value ? text("DType::", name(*value)) : "{}";
    }
  }
  return "";
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
  if (name.starts_with('*')) return {text("const ListArg& ", name.substr(1)), ""};
  const bool number = op.numbers >> op.order[p] & 1;
  if (!name.ends_with('?')) return {text(number ? "const NumArg& " : "Arg ", name), ""};
  name.pop_back();
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
