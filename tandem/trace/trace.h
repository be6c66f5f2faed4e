// trace: the program that a function is, found by running it on tensors that have no values.
//
//   Program predict = trace([&](const Tensor& image) { return net(image); },
//                           {{"image", {dim("b"), 1, 28, 28}}},
//                           {.name = "predict", .state = net.named_state()}).program;
#pragma once
#include <functional>
#include <limits>
#include <variant>

#include "tandem/graph/program.h"
#include "tandem/trace/function.h"

namespace tandem {

/// A dim of any size from `min` to `max` that is a multiple of `multiple_of`; equal names are equal
/// sizes. At most four a program.
struct Dim {
  std::string name;
  int64_t min = 1;
  int64_t max = std::numeric_limits<int64_t>::max();
  int64_t multiple_of = 1;
};
inline Dim dim(std::string name, Dim range = {}) {
  range.name = std::move(name);
  return range;
}

/// An input's name, shape and dtype.
struct InputSpec {
  std::string name;
  std::vector<std::variant<int64_t, Dim>> shape;
  DType dtype = DType::f32;
};

struct TraceOptions {
  std::string name = "main";
  /// What the function reads and writes beside its inputs: parameters, buffers, an optimizer's
  /// state. Everything else that it reads becomes a constant of the program.
  NamedTensors state;
  /// Ops without a CPU kernel stand in the program as what they mean in other ops
  /// (passes::expand_composites): for a runtime that has no decompositions.
  bool expand_composites = false;
};

/// A program and the tensors behind its state: those of TraceOptions::state that it uses; where it
/// draws random numbers "generator", the default generator's state; where gradients outlive a call
/// "NAME.grad", the gradient of state NAME.
struct Traced {
  Program program;
  NamedTensors state;
};

/// The names of state that trace() adds.
inline constexpr std::string_view generator_state = "generator";
inline std::string gradient_state(std::string_view of) { return text(of, ".grad"); }
/// "w" of "w.grad"; "" of what is no such name.
inline std::string_view state_of_gradient(std::string_view name) {
  return name.ends_with(".grad") ? name.substr(0, name.size() - 5) : "";
}

/// Runs `f` on placeholders, at five sizes of each symbolic dim, and solves for what depends on
/// them (docs/ir.md); where it computes numbers from sizes, at two large sizes more, and where
/// those are more than products, at eight in a row, to see that they hold. Forward, backward() and
/// optimizer steps are recorded alike; in-place writes become new values. Gradients of the state
/// and the default generator are left as they were. Errors, with the line in `f`: code value for a
/// program that depends on the dims in a way that is no expression, for parameters and in-place
/// writes that `state` does not name; code unsupported where a value is asked for (`item()`, `if
/// (x)`), with what to use instead.
Traced trace(const Function& f, const std::vector<InputSpec>& inputs,
             const TraceOptions& options = {});

/// Is `fixed`, the same function traced at `sizes` alone, what `program` is there? Tracing at a few
/// sizes cannot see a function that does something else at one of the others.
bool is_at(const Program& fixed, const Program& program, const graph::Sizes& sizes);

}  // namespace tandem
