#include "tandem/base/attempt.h"
#include "tandem/graph/attributes.h"
#include "tandem/graph/body_types.h"
#include "tandem/graph/check.h"
#include "tandem/graph/control_flow.h"
#include "tandem/graph/infer_results.h"
#include "tandem/graph/names.h"

namespace tandem::graph {
namespace {

/// An error's message without the name of the op, which the place before it says already.
std::string_view message_of(const Error& e, std::string_view op) {
  std::string_view what = e.what();
  if (e.op() == op || e.op() == "types") what.remove_prefix(e.op().size() + 2);
  return what;
}

/// More elements than any memory has: their bytes still fit int64 with room for padding.
constexpr int64_t max_elements = int64_t(1) << 56;

/// So that whoever computes with the type need not think of overflow.
void require_possible(const Type& type) {
  int64_t elements = 1;
  bool possible = true;
  for (const int64_t n : type.shape) {
    possible &= n >= 0 && n <= max_elements;
    if (n > 0) possible &= !__builtin_mul_overflow(elements, n, &elements);
  }
  if (!possible || elements > max_elements)
    fail(ErrorCode::shape, "types", short_name(type), " is not a possible type");
}

class Binding {
 public:
  Binding(const Program& program, std::span<const int64_t> sizes, const Scope& scope, int* reached)
      : p_(program), sizes_(sizes), scope_(scope), reached_(reached), types_(p_.types.size()) {}

  Program run() {
    q_.name = p_.name;
    q_.parameters = p_.parameters;
    q_.outputs = p_.outputs;
    q_.updates = p_.updates;
    q_.types.resize(p_.types.size());
    for (const Parameter& p : p_.parameters) {
      if (const auto error = attempt([&] { define(p.value, said(p.value)); }))
        fail_in(scope_, ErrorCode::shape, spelled_name(p.kind, p.name), ": ",
                message_of(*error, ""), at_sizes());
    }
    q_.instructions.reserve(p_.instructions.size());
    for (const Instruction& i : p_.instructions) {
      scope_.at = &i;
      if (reached_) ++*reached_;
      bind(i);
    }
    return std::move(q_);
  }

 private:
  void bind(const Instruction& i) {
    Instruction& now = q_.instructions.emplace_back();
    now.op = i.op;
    now.operands = i.operands;
    now.results = i.results;
    now.where = i.where;
    if (const auto error = attempt([&] { set_solved(now.op, i.solved, sizes_); }))
      fail_in(scope_, ErrorCode::shape, message_of(*error, i.info().name()), at_sizes());
    std::vector<BodyTypes> bodies;
    for (std::size_t b = 0; b < i.bodies.size(); ++b) {
      Scope scope{i.bodies[b], &scope_, body_name(i.info(), int(b))};
      now.bodies.push_back(Binding(i.bodies[b], sizes_, scope, reached_).run());
      bodies.push_back(types_of(scope.body, now.bodies.back()));
    }
    std::vector<Type> results, written;
    if (const auto error = attempt([&] {
          results = infer(now, bodies);
          for (const Type& type : results) require_possible(type);
          for (const Value v : i.results) written.push_back(said(v));
        })) {
      const bool is_malformed = error->code() == ErrorCode::format;
      fail_in(scope_, is_malformed ? ErrorCode::format : ErrorCode::shape,
              message_of(*error, i.info().name()), at_sizes());
    }
    if (results.size() != i.results.size())
      fail_in(scope_, ErrorCode::format, "expected ", results.size(), " results, got ",
              i.results.size());
    for (std::size_t r = 0; r < results.size(); ++r) {
      if (written[r] != results[r]) fail_type(i.results[r], written[r], results[r]);
      define(i.results[r], results[r]);
    }
  }

  [[noreturn]] void fail_type(Value v, const Type& written, const Type& is) const {
    const SymbolicType& type = p_.type(v);
    fail_in(scope_, ErrorCode::format, "expected a result of type ", short_name(is), ", got ",
            to_string(type, p_.symbols),
            type.is_constant() ? "" : text(", which is ", short_name(written)), at_sizes());
  }

  std::vector<Type> infer(const Instruction& i, std::span<const BodyTypes> bodies) const {
    if (!bodies.empty()) {
      std::vector<Type> operands;
      for (const Value v : i.operands) operands.push_back(types_[std::size_t(v)]);
      return results_of_control_flow(i.op, operands, bodies);
    }
    std::vector<const Type*> in;
    for (const Value v : i.operands)
      in.push_back(v == no_value ? nullptr : &types_[std::size_t(v)]);
    return infer_results(i.op, in);
  }

  /// The type that the program gives the value.
  Type said(Value v) const {
    Type type = p_.type(v).at(sizes_);
    require_possible(type);
    return type;
  }
  void define(Value v, const Type& type) {
    types_[std::size_t(v)] = type;
    q_.types[std::size_t(v)] = SymbolicType(type);
  }

  std::string at_sizes() const {
    return sizes_.empty() ? "" : text(" (at ", to_string(sizes_, p_.symbols), ")");
  }

  const Program& p_;
  std::span<const int64_t> sizes_;
  Scope scope_;
  int* reached_;
  Program q_;
  std::vector<Type> types_;
};

}  // namespace

Program bind(const Program& program, std::span<const int64_t> sizes, int* reached) {
  if (sizes.size() != program.symbols.size())
    fail(ErrorCode::value, program.name, "expected ", program.symbols.size(),
         " sizes, one for each symbolic dim, got ", sizes.size());
  return Binding(program, sizes, {program}, reached).run();
}

}  // namespace tandem::graph
