// Adagrad.
#pragma once
#include "tandem/optim/optimizer.h"

namespace tandem::optim {

struct AdagradOptions {
  double lr = 1e-2;
  double lr_decay = 0;
  double weight_decay = 0;
  double initial_accumulator_value = 0;
  double eps = 1e-10;
  bool maximize = false;
};
struct AdagradState {
  Tensor step;
  Tensor sum;
};
extern template class OptimizerOf<AdagradOptions, AdagradState>;

/// AdagradStep for each parameter. Errors: code value for options out of range.
class Adagrad : public OptimizerOf<AdagradOptions, AdagradState> {
 public:
  explicit Adagrad(std::vector<Tensor> params, const AdagradOptions& options = {});
  explicit Adagrad(std::vector<ParamGroup<AdagradOptions>> groups);
  void step() override;

 protected:
  bool prepare(const Tensor& param, AdagradState& state, const Group& group) override;
};

}  // namespace tandem::optim
