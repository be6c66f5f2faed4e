#include "tandem/graph/body_types.h"

#include "tandem/graph/control_flow.h"

namespace tandem::graph {
namespace {

void require_types(std::string_view what, std::span<const Type> given, std::string_view expected_of,
                   std::span<const Type> expected) {
  if (given.size() != expected.size())
    fail(ErrorCode::format, "types", what, ": expected ", expected.size(), " for ", expected_of,
         ", got ", given.size());
  for (std::size_t i = 0; i < given.size(); ++i)
    if (given[i] != expected[i])
      fail(ErrorCode::format, "types", what, ": expected ", short_name(expected[i]), " for number ",
           i + 1, " of ", expected_of, ", got ", short_name(given[i]));
}
void require_inputs(const BodyTypes& body, std::span<const Type> operands) {
  require_types(text("the inputs of ", body.name), body.inputs, "the operands", operands);
}

std::vector<Type> results_of_if(std::span<const Type> operands, std::span<const BodyTypes> bodies) {
  if (operands.empty() || operands[0] != Type{boolean, {}})
    fail(ErrorCode::format, "if", "the condition: expected bool[], got ",
         operands.empty() ? std::string("none") : short_name(operands[0]));
  for (const BodyTypes& body : bodies) require_inputs(body, operands.subspan(1));
  require_types("the results of else", bodies[1].outputs, "the results of then", bodies[0].outputs);
  return bodies[0].outputs;
}

std::vector<Type> results_of_while(const While& op, std::span<const Type> operands,
                                   std::span<const BodyTypes> bodies) {
  if (op.carries < 1 || op.carries > int64_t(operands.size()))
    fail(ErrorCode::format, "while", "carries: expected 1..", operands.size(),
         " (the operands), got ", op.carries);
  for (const BodyTypes& body : bodies) require_inputs(body, operands);
  const Type truth{boolean, {}};
  require_types("the results of condition", bodies[0].outputs, "a condition", {&truth, 1});
  require_types("the results of body", bodies[1].outputs, "the carries",
                operands.first(std::size_t(op.carries)));
  return bodies[1].outputs;
}

std::vector<Type> results_of_scan(const Scan& op, std::span<const Type> operands,
                                  const BodyTypes& body) {
  const auto n = int64_t(operands.size());
  if (op.carries < 0 || op.sequences < 1 || op.carries > n || op.sequences > n - op.carries)
    fail(ErrorCode::format, "scan",
         "expected at least one sequence, and carries and sequences to "
         "be ",
         n, " operands or fewer, got carries = ", op.carries, ", sequences = ", op.sequences);
  const auto carries = std::size_t(op.carries);
  std::vector<Type> inputs(operands.begin(), operands.end());
  int64_t length = -1;
  for (std::size_t i = carries; i < carries + std::size_t(op.sequences); ++i) {
    Dims& shape = inputs[i].shape;
    if (shape.empty()) fail(ErrorCode::format, "scan", "a sequence has no dim to go along");
    if (length >= 0 && shape[0] != length)
      fail(ErrorCode::shape, "scan", "sequences of equal length are expected, got ", length,
           " and ", shape[0]);
    length = shape[0];
    shape.erase(0);
  }
  require_types(text("the inputs of ", body.name), body.inputs,
                "carries, elements of the sequences and the rest", inputs);
  if (body.outputs.size() < carries)
    fail(ErrorCode::format, "scan", "the results of body: expected the ", carries,
         " carries first, got ", body.outputs.size());
  const std::span outputs(body.outputs);
  require_types("the results of body", outputs.first(carries), "the carries",
                operands.first(carries));
  std::vector<Type> results(outputs.begin(), outputs.end());
  for (std::size_t i = carries; i < results.size(); ++i) results[i].shape.insert(0, length);
  return results;
}

}  // namespace

std::string short_name(const Type& type) { return to_string(SymbolicType(type), {}); }

BodyTypes types_of(std::string_view name, const Program& bound) {
  BodyTypes body{name, {}, {}};
  for (const Parameter& p : bound.parameters) body.inputs.push_back(bound.type(p.value).at({}));
  for (const Output& o : bound.outputs) body.outputs.push_back(bound.type(o.value).at({}));
  return body;
}

std::vector<Type> results_of_control_flow(const AnyOp& op, std::span<const Type> operands,
                                          std::span<const BodyTypes> bodies) {
  if (op.info == &info_of<If>) return results_of_if(operands, bodies);
  if (op.info == &info_of<While>)
    return results_of_while(*static_cast<const While*>(op.data()), operands, bodies);
  if (op.info == &info_of<Scan>)
    return results_of_scan(*static_cast<const Scan*>(op.data()), operands, bodies[0]);
  require_inputs(bodies[0], operands);
  return bodies[0].outputs;
}

}  // namespace tandem::graph
