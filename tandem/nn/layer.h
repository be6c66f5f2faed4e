// What Tandem's own modules have in common: their options, as one plain struct.
#pragma once
#include "tandem/nn/module.h"
#include "tandem/nn/repr.h"
#include "tandem/tensor/op_info.h"

namespace tandem::nn {

/// Options are an aggregate whose members have PyTorch's names, order and defaults; those without
/// a default are Required and stand first. So one struct gives designated initializers,
/// `nn::Conv2d(3, 16, 3, {.padding = 1, .bias = false})`, and, by reflection, everything the
/// module registry knows (nn/registry.h).
template <class O>
class Layer : public Module {
 public:
  using Options = O;
  const Options options;

 protected:
  explicit Layer(const Options& o) : Module(BuiltIn{}), options(o) {}
};

struct NoOptions {};

/// Dims of which a single number is shown as it was given: kernel_size=2, not (2,).
struct NumberOrDims : Dims {
  using Dims::Dims;
  constexpr NumberOrDims(const Dims& values) : Dims(values) {}
};

}  // namespace tandem::nn
