// Adadelta.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct AdadeltaOptions {
  double lr = 1;
  double rho = 0.9;
  double eps = 1e-6;
  double weight_decay = 0;
  bool maximize = false;
};
struct AdadeltaState {
  Tensor step;
  Tensor square_avg;
  Tensor acc_delta;
};
extern template class OptimizerOf<AdadeltaOptions, AdadeltaState>;

/// AdadeltaStep for each parameter. Errors: code value for options out of range.
class Adadelta : public OptimizerOf<AdadeltaOptions, AdadeltaState> {
 public:
  explicit Adadelta(std::vector<Tensor> params, const AdadeltaOptions& options = {});
  explicit Adadelta(std::vector<ParamGroup<AdadeltaOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, AdadeltaState& state, const Group& group) override;
};

}  // namespace tandem::optim
