// Rprop.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct RpropOptions {
  double lr = 1e-2;
  Betas etas = {0.5, 1.2};
  Betas step_sizes = {1e-6, 50};
  bool maximize = false;
};
struct RpropState {
  Tensor step;
  Tensor prev;
  Tensor step_size;
};
extern template class OptimizerOf<RpropOptions, RpropState>;

/// RpropStep for each parameter. Errors: code value for options out of range.
class Rprop : public OptimizerOf<RpropOptions, RpropState> {
 public:
  explicit Rprop(std::vector<Tensor> params, const RpropOptions& options = {});
  explicit Rprop(std::vector<ParamGroup<RpropOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, RpropState& state, const Group& group) override;
};

}  // namespace tandem::optim
