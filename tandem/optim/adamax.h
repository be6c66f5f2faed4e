// Adamax.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct AdamaxOptions {
  double lr = 2e-3;
  Betas betas = {0.9, 0.999};
  double eps = 1e-8;
  double weight_decay = 0;
  bool maximize = false;
};
struct AdamaxState {
  Tensor step;
  Tensor exp_avg;
  Tensor exp_inf;
};
extern template class OptimizerOf<AdamaxOptions, AdamaxState>;

/// AdamaxStep for each parameter. Errors: code value for options out of range.
class Adamax : public OptimizerOf<AdamaxOptions, AdamaxState> {
 public:
  explicit Adamax(std::vector<Tensor> params, const AdamaxOptions& options = {});
  explicit Adamax(std::vector<ParamGroup<AdamaxOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, AdamaxState& state, const Group& group) override;
};

}  // namespace tandem::optim
