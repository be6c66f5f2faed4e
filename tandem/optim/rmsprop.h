// RMSprop.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct RMSpropOptions {
  double lr = 1e-2;
  double alpha = 0.99;
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum = 0;
  bool centered = false;
  bool maximize = false;
};
struct RMSpropState {
  Tensor step;
  Tensor square_avg;
  Tensor momentum_buffer;
  Tensor grad_avg;
};
extern template class OptimizerOf<RMSpropOptions, RMSpropState>;

/// RmspropStep for each parameter. Errors: code value for options out of range.
class RMSprop : public OptimizerOf<RMSpropOptions, RMSpropState> {
 public:
  explicit RMSprop(std::vector<Tensor> params, const RMSpropOptions& options = {});
  explicit RMSprop(std::vector<ParamGroup<RMSpropOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, RMSpropState& state, const Group& group) override;
};

}  // namespace tandem::optim
