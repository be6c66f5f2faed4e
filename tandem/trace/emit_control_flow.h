// Control flow as instructions of the program being recorded, and its gradients.
#pragma once
#include "tandem/graph/recorder.h"
#include "tandem/trace/control_flow.h"

namespace tandem::trace_detail {

using graph::Recorder;

/// The calling thread's recorder; null while nothing is being traced.
Recorder* current_recorder();

std::vector<Type> types_of(std::span<const Tensor> tensors);
/// The types of a body's outputs.
std::vector<Type> output_types(const Program& body);

/// A body as a program of its own, and what it took from outside: its last inputs.
struct RecordedBody {
  Program program;
  std::vector<Recorder::Captured> captured;
};
/// Records `f` on inputs of these types.
RecordedBody record_body(Recorder& outer, std::string name, const Body& f,
                         std::span<const Type> inputs);
/// Gives the bodies the same last inputs, all that any of them took from outside, and adds their
/// tensors to `operands`, with history and as values of the outer program now.
void align_captured(Recorder& outer, std::span<RecordedBody> bodies, std::vector<Tensor>& operands);

/// Adds If, While or Scan with these bodies. Results have a history where an operand has one.
std::vector<Tensor> emit_control_flow(Recorder& recorder, const AnyOp& op,
                                      std::vector<Program> bodies, std::span<const Tensor> operands,
                                      Location where);

/// Gradients through an instruction that emit_control_flow added; one an operand.
std::vector<Tensor> if_gradient(const graph::Instruction& forward, std::span<const Tensor> operands,
                                std::span<const Tensor> dys);
/// `forward` also collects each carry before each step, last: `history`.
std::vector<Tensor> scan_gradient(const graph::Instruction& forward,
                                  std::span<const Tensor> operands, std::span<const Tensor> history,
                                  std::span<const Tensor> dys);

}  // namespace tandem::trace_detail
