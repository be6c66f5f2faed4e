// Stochastic gradient descent.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct SGDOptions {
  double lr = 1e-3;
  double momentum = 0;
  double dampening = 0;
  double weight_decay = 0;
  bool nesterov = false;
  bool maximize = false;
};
struct SGDState {
  Tensor momentum_buffer;
};
extern template class OptimizerOf<SGDOptions, SGDState>;

/// SgdStep for each parameter. Errors: code value for options out of range; nesterov without
/// momentum or with dampening.
class SGD : public OptimizerOf<SGDOptions, SGDState> {
 public:
  explicit SGD(std::vector<Tensor> params, const SGDOptions& options = {});
  explicit SGD(std::vector<ParamGroup<SGDOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, SGDState& state, const Group& group) override;
  bool differs_at_first(const SGDOptions& options) const override;
};

}  // namespace tandem::optim
