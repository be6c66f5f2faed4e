// Operations with a gradient of the user's own.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// What a custom function's forward hands to its backward.
class FunctionContext {
 public:
  /// Keeps tensors for backward; writing to one in place before backward is then an error.
  void save_for_backward(std::vector<Tensor> tensors);
  /// What was saved. Errors: code autograd when the graph was freed or a tensor was written.
  std::vector<Tensor> saved_tensors() const;
  /// Is a gradient wanted for input i?
  bool needs_input_grad(std::size_t i) const { return needs_[i]; }

 private:
  friend struct CustomFunctionRule;
  friend std::vector<Tensor> apply_function(const struct CustomFunction&, std::span<const Tensor>,
                                            Location);
  std::string name_;
  std::vector<Tensor> saved_;
  std::vector<uint32_t> versions_;
  std::vector<bool> needs_;
  bool freed_ = false;
};

/// A function with its own gradient, as torch.autograd.Function. `forward` runs without recording;
/// `backward` gets one gradient a result (undefined where none arrives) and gives one an input
/// (undefined: none). Written in public ops, backward can itself be differentiated.
///
///     CustomFunction clamp01{"clamp01",
///         [](FunctionContext& c, std::span<const Tensor> in) {
///           c.save_for_backward({in[0]});
///           return std::vector{minimum(maximum(in[0], 0), 1)};
///         },
///         [](FunctionContext& c, std::span<const Tensor> dy) { return std::vector{dy[0]}; }};
///     Tensor y = apply_function(clamp01, {{x}})[0];
struct CustomFunction {
  std::string name;
  std::function<std::vector<Tensor>(FunctionContext&, std::span<const Tensor> inputs)> forward;
  std::function<std::vector<Tensor>(FunctionContext&, std::span<const Tensor> gradients)> backward;
};

/// Applies it; results require gradients if an input does.
std::vector<Tensor> apply_function(const CustomFunction& function, std::span<const Tensor> inputs,
                                   Location where = Location::current());

}  // namespace tandem
