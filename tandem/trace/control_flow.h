// Control flow that programs can hold. Run eagerly, each is the C++ it looks like; in a traced
// function its branches and its body are recorded once, as sub-programs.
//
//   Tensor y = if_(mean(x) > 0, [&] { return x * 2; }, [&] { return -x; });
//
// Bodies may read any tensor from outside, but not write to one in place.
#pragma once
#include <functional>
#include <span>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

using Branch = std::function<std::vector<Tensor>()>;
using Body = std::function<std::vector<Tensor>(std::span<const Tensor>)>;

/// What `then` gives where the condition holds, else what `otherwise` gives. condition: bool[].
/// Differentiable. Error: code shape when the branches' results differ in number or type.
std::vector<Tensor> if_(const Tensor& condition, const Branch& then, const Branch& otherwise,
                        Location where = Location::current());
Tensor if_(const Tensor& condition, const std::function<Tensor()>& then,
           const std::function<Tensor()>& otherwise, Location where = Location::current());

/// carries = body(carries) while condition(carries) holds. condition gives bool[]; body keeps the
/// carries' types. Differentiable. A program whose gradient is taken keeps every carry at up to 64
/// steps and computes the steps between them again in backward: a loop of up to 32 steps once, as a
/// scan() would be, one of up to 4,000 twice; memory is the same for any number of them. Where
/// the number of steps is known scan() does with less.
std::vector<Tensor> while_(const std::function<Tensor(std::span<const Tensor>)>& condition,
                           const Body& body, std::vector<Tensor> carries,
                           Location where = Location::current());

struct ScanResult {
  std::vector<Tensor> carries;    // after the last step
  std::vector<Tensor> collected;  // what the steps gave beside, stacked along dim 0
};
/// carries, y = body(carries, x) for each x along dim 0 of the sequences, from the last one on when
/// `reverse`; body takes the carries and then an element of each sequence, and gives the new
/// carries and then what to collect. Differentiable. Error: code shape for sequences of different
/// length or carries that change type.
ScanResult scan(const Body& body, std::vector<Tensor> carries, std::vector<Tensor> sequences,
                bool reverse = false, Location where = Location::current());

}  // namespace tandem
