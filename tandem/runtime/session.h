// A set of programs and the state that they share, run by name at whatever shapes come.
#pragma once
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "tandem/runtime/executable.h"
#include "tandem/runtime/forecast.h"

namespace tandem::runtime {

struct SessionOptions {
  /// Programs write into the tensors that were passed as state. Otherwise the session keeps copies
  /// of those that a program updates, and shares the rest.
  bool share_state = false;
  /// How many plans are kept, the least recently used given up first.
  std::size_t plans = 16;
  /// Of each plan (PlanOptions).
  bool row_major_outputs = false;
  std::optional<int64_t> budget = {};
  /// Weights of products (constants, and state that no program updates) are laid out for the
  /// kernels once a plan instead of in every run: small batches run faster, and forecast() counts
  /// the memory. A write to such a tensor by ops is noticed, and they are laid out anew; one
  /// through a pointer to its elements is not.
  bool pack_weights = false;
  /// What to make of a program once its sizes are bound, before it is planned: passes::optimize,
  /// say, which finds kernels for ops that have none of their own. Inputs and outputs must stay.
  std::function<Program(Program)> rewrite = {};
};

/// A program is specialized to its inputs' shapes when they are first seen: sizes of the symbolic
/// dims are bound, memory is planned; then it is run, and updates the state. The results have the
/// bits that eager calls give. All plans share one arena.
///
/// Safe to use from several threads; runs wait for each other. For runs side by side use several
/// sessions.
class Session {
 public:
  /// `state` holds a tensor for each state of each program; what else it holds is kept. Errors: a
  /// state that is missing or has another type; a program that is not well-formed.
  Session(ProgramSet programs, const NamedTensors& state, const SessionOptions& options = {});

  /// Outputs by name. Errors: those of bind_shapes(), of plan(), and of kernels (Executable::run);
  /// code index for a program or an input that is not there, code value for one that is missing.
  NamedTensors run(std::string_view program, const NamedTensors& inputs);
  /// Inputs and outputs in the program's order. Inputs may have any strides: dense ones are read as
  /// they lie, by a plan for those, others are copied into rows first. Outputs
  /// lie as eager ones, but views and inputs that are given back, which are copied into rows.
  std::vector<Tensor> run(std::string_view program, std::span<const Tensor> inputs);

  /// The same with the elements of row-major tensors: inputs of these types are read, outputs
  /// written as the plan that prepare() gives says. Nothing is allocated once it is prepared, but
  /// for kernels' scratch stacks in their first run.
  void run(std::string_view program, std::span<const Type> types,
           std::span<const std::byte* const> inputs, std::span<std::byte* const> outputs);
  /// Plans for inputs of these types now, if that was not done. The plan may be gone after the next
  /// call.
  const Plan& prepare(std::string_view program, std::span<const Type> types);

  const ProgramSet& programs() const { return programs_; }
  /// The state now; the tensors are the session's own and change with the next run.
  const NamedTensors& state() const { return state_; }
  /// Takes another state, under the terms of the constructor; where that is an error nothing
  /// changes. Plans are made anew.
  void set_state(const NamedTensors& state);
  /// Memory for inputs of these types, before anything runs.
  Forecast forecast(std::string_view program, std::span<const Type> inputs) const;
  /// The plan for inputs of these types.
  Plan plan(std::string_view program, std::span<const Type> inputs) const;
  /// How many plans have been made so far.
  int64_t specializations() const { return specializations_; }

 private:
  struct Specialized {
    const Program* program;
    std::vector<Type> types;    // of the inputs
    std::vector<Dims> strides;  // of each, empty for row-major
    Executable executable;
    std::vector<Tensor> state;
    // Addresses for a run.
    std::vector<const std::byte*> inputs;
    std::vector<std::byte*> state_data, outputs;
    uint64_t versions = 0;  // of all that is packed, together

    uint64_t packed_versions() const;
    void run(std::span<const std::byte* const> in, std::span<std::byte* const> out);
  };
  /// Null where there is none yet; `of` are types or tensors.
  template <class Inputs>
  Specialized* find_specialized(const Program& program, Inputs of);
  Specialized& specialize(const Program& program, std::span<const Type> types,
                          std::vector<Dims> strides);
  /// For row-major inputs: found, or made.
  Specialized& specialized(const Program& program, std::span<const Type> types);
  std::vector<Type> state_types(const Program& program) const;
  Plan plan_at(const Program& program, const graph::Sizes& sizes,
               std::span<const Dims> input_strides) const;
  std::vector<Tensor> run(const Program& program, std::span<const Tensor> inputs);
  std::vector<Tensor> run_alone(const Program& program, std::span<const Tensor> inputs);

  ProgramSet programs_;
  NamedTensors state_;
  SessionOptions options_;
  std::list<Specialized> specialized_;  // the last used first
  std::shared_ptr<const Arena> arena_;  // as large as the largest plan so far needs
  int64_t specializations_ = 0;
  std::mutex running_;
};

}  // namespace tandem::runtime
