// ASGD.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct ASGDOptions {
  double lr = 1e-2;
  double lambd = 1e-4;
  double alpha = 0.75;
  double t0 = 1e6;
  double weight_decay = 0;
  bool maximize = false;
};
struct ASGDState {
  Tensor step;
  Tensor eta;
  Tensor mu;
  Tensor ax;
};
extern template class OptimizerOf<ASGDOptions, ASGDState>;

/// AsgdStep for each parameter. Errors: code value for options out of range.
class ASGD : public OptimizerOf<ASGDOptions, ASGDState> {
 public:
  explicit ASGD(std::vector<Tensor> params, const ASGDOptions& options = {});
  explicit ASGD(std::vector<ParamGroup<ASGDOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, ASGDState& state, const Group& group) override;
};

}  // namespace tandem::optim
