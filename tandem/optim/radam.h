// RAdam.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct RAdamOptions {
  double lr = 1e-3;
  Betas betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool decoupled_weight_decay = false;
  bool maximize = false;
};
struct RAdamState {
  Tensor step;
  Tensor exp_avg;
  Tensor exp_avg_sq;
};
extern template class OptimizerOf<RAdamOptions, RAdamState>;

/// RadamStep for each parameter. Errors: code value for options out of range.
class RAdam : public OptimizerOf<RAdamOptions, RAdamState> {
 public:
  explicit RAdam(std::vector<Tensor> params, const RAdamOptions& options = {});
  explicit RAdam(std::vector<ParamGroup<RAdamOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, RAdamState& state, const Group& group) override;
};

}  // namespace tandem::optim
