// Writes what is derived of public functions from the registry: functions.h, which declares them;
// in_place_functions.h, which gives those that may their names in place; public_functions.cc, which
// calls them by their op. Fails with --check when one of them is stale.
//
//   write_functions [--check] tandem/ops
#include <algorithm>
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
  std::string name;
};

Parameter parameter(const OpInfo& op, int p, void* defaults) {
  std::string name(op.signature.parameter(p));
  if (op.order[p] < 0) {
    const AttributeInfo& a = op.attribute[~op.order[p]];
    return {text(type_of(a.kind), " ", name), a.required ? "" : default_of(a, defaults), name};
  }
  const bool optional = name.ends_with('?');
  if (optional) name.pop_back();
  if (name.starts_with('*')) {
    name.erase(0, 1);
    return {"const ListArg& " + name, "", name};
  }
  const bool number = op.numbers >> op.order[p] & 1;
  if (!optional) return {text(number ? "const NumArg& " : "Arg ", name), "", name};
  return {text(number ? "const OptNumArg& " : "OptArg ", name), "{}", name};
}

std::vector<Parameter> parameters_of(const OpInfo& op) {
  AnyOp values(op);
  std::vector<Parameter> parameters;
  for (int p = 0; p < op.signature.parameters(); ++p)
    parameters.push_back(parameter(op, p, values.data()));
  return parameters;
}

/// "Arg input, int64_t dim = -1"
std::string parameter_list(const std::vector<Parameter>& parameters) {
  bool all_default = true;  // C++ takes defaults only at the end
  std::string list;
  for (std::size_t i = parameters.size(); i-- > 0;) {
    all_default &= !parameters[i].initial.empty();
    list = parameters[i].declared + (all_default ? " = " + parameters[i].initial : "") +
           (list.empty() ? "" : ", ") + list;
  }
  return list;
}

std::string declaration(const OpInfo& op) {
  std::vector<Parameter> parameters = parameters_of(op);
  if (op.operands == 0 && !op.list)
    parameters.push_back({"Location where", "Location::current()", "where"});
  const std::string result =
      op.results == 1 ? "Tensor" : text("std::array<Tensor, ", op.results, ">");
  return text(result, " ", op.name(), "(", parameter_list(parameters), ");\n");
}

/// Does `name_` stand for it in place? Its result must be allowed to replace what it reads first;
/// where that is a condition, or the base of a view that one may write to, nobody would say so.
bool has_in_place_name(const OpInfo& op) {
  constexpr std::string_view unnamed[] = {"where", "slice_scatter", "select_scatter",
                                          "diagonal_scatter"};
  return op.results == 1 && op.in_place[0] == 0 && op.order[0] == 0 && !op.list &&
         !op.name().ends_with("_backward") &&
         std::ranges::find(unnamed, op.name()) == std::end(unnamed);
}

/// inline Tensor add_(Arg input, const NumArg& other) { … }
std::string in_place_definition(const OpInfo& op) {
  std::vector<Parameter> parameters = parameters_of(op);
  parameters[0].declared = "Arg input";
  const bool direct = op.infer && (op.elementwise || !op.numbers);
  std::string others, attributes;
  std::string all = op.numbers & 1 ? "NumArg(*input.tensor, input.where)" : "input";
  for (std::size_t p = 1; p < parameters.size(); ++p) {
    all += ", " + parameters[p].name;
    if (op.order[p] >= 0) others += text(others.empty() ? "&" : ", &", parameters[p].name);
  }
  for (int a = 0; a < op.attributes; ++a) attributes += text(a ? ", " : "", op.attribute[a].name);
  const std::string body =
      direct ? text("static const OpInfo& op = *find_op(\"", op.name(),
                    "\"); return in_place::", op.elementwise ? "elementwise" : "apply",
                    "(op, input, {", others, "}, {", attributes, "});")
             : text("return in_place::store(input, ", op.name(), "(", all, "), \"", op.name(),
                    "_\");");
  return text("inline Tensor ", op.name(), "_(", parameter_list(parameters), ") { ", body, " }\n");
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

std::string functions() {
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

constexpr std::string_view in_place_head =
    R"(// DERIVED from the registry by tools/write_functions; a test fails when it is stale.
//
// Functions that write their result over their first operand and give it back, as PyTorch names
// them. They are differentiable; what can be computed in place is. Errors as of Tensor::add_.
// clang-format off
#pragma once
#include "tandem/ops/functions.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/registry.h"

namespace tandem {

)";

std::string in_place_functions() {
  std::string s(in_place_head);
  for (const OpInfo* op : all_ops())
    if (has_in_place_name(*op)) s += in_place_definition(*op);
  return s + "\n}  // namespace tandem\n";
}

constexpr std::string_view public_head =
    R"(// DERIVED from the registry by tools/write_functions; a test fails when it is stale.
// clang-format off
#include "tandem/ops/public_functions.h"

#include "tandem/ops/functions.h"
#include "tandem/ops/in_place_functions.h"

namespace tandem {
namespace {

using C = PublicCall;
void put(Tensor* out, Tensor result) { *out = std::move(result); }
template <std::size_t N>
void put(Tensor* out, std::array<Tensor, N> results) { std::move(results.begin(), results.end(), out); }

constexpr PublicFunction functions[] = {
)";

/// "c.number(1)": parameter p of a call.
std::string passed(const OpInfo& op, int p, bool in_place) {
  const int is = op.order[p];
  if (is < 0) return text("c.attribute<", type_of(op.attribute[~is].kind), ">(", ~is, ")");
  if (op.signature.parameter(p).starts_with('*')) return "c.tensors()";
  const bool optional = op.signature.parameter(p).ends_with('?');
  const bool number = op.numbers >> is & 1 && !(in_place && p == 0);
  return text(optional ? "c.optional_" : "c.", number ? "number(" : "tensor(", is, ")");
}
std::string call_of(const OpInfo& op, bool in_place) {
  std::string s = text(op.name(), in_place ? "_(" : "(");
  for (int p = 0; p < op.signature.parameters(); ++p)
    s += text(p ? ", " : "", passed(op, p, in_place));
  if (op.operands == 0 && !op.list) s += op.signature.parameters() ? ", c.where" : "c.where";
  return s + ")";
}

std::string public_functions() {
  std::string s(public_head);
  for (const OpInfo* op : all_ops()) {
    if (op->random) continue;
    s += text("    {\"", op->name(), "\", [](const C& c, Tensor* out) { put(out, ",
              call_of(*op, false), "); }, ");
    s += has_in_place_name(*op) ? text("[](const C& c) { return ", call_of(*op, true), "; }},\n")
                                : "nullptr},\n";
  }
  return s +
         "};\n\n}  // namespace\n\nstd::span<const PublicFunction> public_functions() { return "
         "functions; }\n\n}  // namespace tandem\n";
}

std::string read(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// A file that is fresh is left alone: half the project is compiled again after it.
bool write(const std::string& path, const std::string& s) {
  if (read(path) == s) return true;
  std::ofstream file(path, std::ios::binary);
  file << s << std::flush;
  if (!file) std::fprintf(stderr, "cannot write %s\n", path.c_str());
  return bool(file);
}

bool is_fresh(const std::string& path, const std::string& s) {
  if (read(path) == s) return true;
  std::fprintf(stderr, "%s is stale: run write_functions tandem/ops\n", path.c_str());
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  const bool check = argc == 3 && std::string_view(argv[1]) == "--check";
  if (argc != 2 + check) {
    std::fputs("write_functions [--check] tandem/ops\n", stderr);
    return 2;
  }
  const std::string folder = argv[1 + check];
  bool good = true;
  for (const auto& [name, s] : {std::pair("/functions.h", functions()),
                                std::pair("/in_place_functions.h", in_place_functions()),
                                std::pair("/public_functions.cc", public_functions())})
    good &= check ? is_fresh(folder + name, s) : write(folder + name, s);
  return !good;
}
