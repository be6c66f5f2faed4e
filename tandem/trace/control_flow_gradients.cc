#include "tandem/graph/control_flow.h"
#include "tandem/ops/functions.h"
#include "tandem/trace/body_gradients.h"
#include "tandem/trace/emit_control_flow.h"

namespace tandem::trace_detail {

using graph::Instruction;
using graph::Scan;

std::vector<Tensor> if_gradient(const Instruction& forward, std::span<const Tensor> operands,
                                std::span<const Tensor> dys) {
  const std::span<const Tensor> x = operands.subspan(1);
  const std::vector<bool> wanted = wanted_of(x);
  std::vector<Tensor> in(operands.begin(), operands.end());
  std::vector<std::size_t> seeded;
  for (std::size_t i = 0; i < dys.size(); ++i)
    if (dys[i]) seeded.push_back(i), in.push_back(dys[i]);

  Recorder& recorder = *current_recorder();
  std::vector<Program> bodies;
  for (const Program& branch : forward.bodies) {
    const Body gradient = [&](std::span<const Tensor> given) {
      std::vector<Tensor> seeds(dys.size());
      for (std::size_t k = 0; k < seeded.size(); ++k) seeds[seeded[k]] = given[x.size() + k];
      return body_gradients(branch, {given.begin(), given.begin() + std::ptrdiff_t(x.size())},
                            wanted, seeds);
    };
    bodies.push_back(
        record_body(recorder, branch.name, gradient, types_of(std::span(in).subspan(1))).program);
  }
  const std::vector<Tensor> out =
      emit_control_flow(recorder, forward.op, std::move(bodies), in, forward.where);
  std::vector<Tensor> gradients(operands.size());
  for (std::size_t i = 0, next = 0; i < x.size(); ++i)
    if (wanted[i]) gradients[1 + i] = out[next++];
  return gradients;
}

std::vector<Tensor> scan_gradient(const Instruction& forward, std::span<const Tensor> operands,
                                  std::span<const Tensor> history, std::span<const Tensor> dys) {
  const Scan& scan = *static_cast<const Scan*>(forward.op.data());
  const Program& body = forward.bodies[0];
  const auto carries = std::size_t(int64_t(scan.carries)),
             sequences = std::size_t(int64_t(scan.sequences)),
             outside = operands.size() - carries - sequences;

  // A gradient flows through every floating carry, from step to step.
  std::vector<bool> wanted = wanted_of(operands);
  for (std::size_t i = 0; i < carries; ++i) wanted[i] = is_floating(operands[i].dtype());

  // Carried backwards: the gradients of the carries, and the sums of those of what is the same at
  // each step. Walked over: each step's carries, sequences, and gradients of what was collected.
  std::vector<Tensor> in;
  std::vector<std::size_t> carried, summed, collected;
  for (std::size_t i = 0; i < carries; ++i)
    if (wanted[i]) carried.push_back(i), in.push_back(dys[i] ? dys[i] : empty_sum(operands[i]));
  for (std::size_t i = carries + sequences; i < operands.size(); ++i)
    if (wanted[i]) summed.push_back(i), in.push_back(empty_sum(operands[i]));
  const std::size_t new_carries = in.size();
  in.insert(in.end(), history.begin(), history.end());
  in.insert(in.end(), operands.begin() + std::ptrdiff_t(carries),
            operands.begin() + std::ptrdiff_t(carries + sequences));
  for (std::size_t i = carries; i < dys.size(); ++i)
    if (dys[i]) collected.push_back(i), in.push_back(dys[i]);
  const std::size_t new_sequences = in.size() - new_carries;
  in.insert(in.end(), operands.end() - std::ptrdiff_t(outside), operands.end());

  std::vector<Type> types = types_of(in);
  for (std::size_t i = new_carries; i < new_carries + new_sequences; ++i) types[i].shape.erase(0);
  const Body step = [&](std::span<const Tensor> given) {
    const std::span<const Tensor> walked = given.subspan(new_carries);
    std::vector<Tensor> x(walked.begin(), walked.begin() + std::ptrdiff_t(carries + sequences));
    x.insert(x.end(), given.end() - std::ptrdiff_t(outside), given.end());
    std::vector<Tensor> seeds(dys.size());
    for (std::size_t k = 0; k < carried.size(); ++k) seeds[carried[k]] = given[k];
    for (std::size_t k = 0; k < collected.size(); ++k)
      seeds[collected[k]] = walked[carries + sequences + k];
    std::vector<Tensor> sums(operands.size());
    for (std::size_t k = 0; k < summed.size(); ++k) sums[summed[k]] = given[carried.size() + k];
    const std::vector<Tensor> g = body_gradients(body, std::move(x), wanted, seeds, sums);
    // In the order of the operands: carries, sequences, outside. Given back: carries first.
    std::vector<Tensor> carried_on, per_step;
    for (std::size_t i = 0, next = 0; i < operands.size(); ++i) {
      if (!wanted[i]) continue;
      const bool is_sequence = i >= carries && i < carries + sequences;
      (is_sequence ? per_step : carried_on).push_back(g[next++]);
    }
    carried_on.insert(carried_on.end(), per_step.begin(), per_step.end());
    return carried_on;
  };

  Recorder& recorder = *current_recorder();
  Scan backward{int64_t(new_carries), int64_t(new_sequences), !scan.reverse};
  std::vector<Program> bodies{record_body(recorder, body.name, step, types).program};
  const std::vector<Tensor> out = emit_control_flow(recorder, AnyOp(info_of<Scan>, &backward),
                                                    std::move(bodies), in, forward.where);

  std::vector<Tensor> gradients(operands.size());
  std::size_t next = 0;
  for (std::size_t i : carried) gradients[i] = out[next++];
  for (std::size_t i : summed) gradients[i] = out[next++];
  for (std::size_t i = carries; i < carries + sequences; ++i)
    if (wanted[i]) gradients[i] = out[next++];
  return gradients;
}

}  // namespace tandem::trace_detail
