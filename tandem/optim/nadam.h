// NAdam.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct NAdamOptions {
  double lr = 2e-3;
  Betas betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  double momentum_decay = 4e-3;
  bool decoupled_weight_decay = false;
  bool maximize = false;
};
struct NAdamState {
  Tensor step;
  Tensor mu_product;
  Tensor exp_avg;
  Tensor exp_avg_sq;
};
extern template class OptimizerOf<NAdamOptions, NAdamState>;

/// NadamStep for each parameter. Errors: code value for options out of range.
class NAdam : public OptimizerOf<NAdamOptions, NAdamState> {
 public:
  explicit NAdam(std::vector<Tensor> params, const NAdamOptions& options = {});
  explicit NAdam(std::vector<ParamGroup<NAdamOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, NAdamState& state, const Group& group) override;
};

}  // namespace tandem::optim
