#include "tandem/optim/nadam.h"

#include <limits>

#include "tandem/ops/functions.h"
#include "tandem/ops/optimizer.h"

namespace tandem::optim {

NAdam::NAdam(std::vector<ParamGroup<NAdamOptions>> groups) : OptimizerOf("NAdam") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const NAdamOptions& o = group.options;
    detail::check_range("NAdam", "learning rate", o.lr, 0, infinity);
    detail::check_range("NAdam", "beta parameter at index 0", o.betas.first, 0, 1);
    detail::check_range("NAdam", "beta parameter at index 1", o.betas.second, 0, 1);
    detail::check_range("NAdam", "epsilon value", o.eps, 0, infinity);
    detail::check_range("NAdam", "weight_decay value", o.weight_decay, 0, infinity);
    detail::check_range("NAdam", "momentum_decay value", o.momentum_decay, 0, infinity);
    add_param_group(std::move(group));
  }
}
NAdam::NAdam(std::vector<Tensor> params, const NAdamOptions& options)
    : NAdam(std::vector{ParamGroup<NAdamOptions>{std::move(params), options}}) {}

bool NAdam::prepare(const Tensor& p, NAdamState& state, const Group&) {
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.mu_product = full({}, 1, DType::f32);
  state.exp_avg = detail::zeros_like(p);
  state.exp_avg_sq = detail::zeros_like(p);
  return true;
}

void NAdam::step() {
  for_each_gradient([](const Tensor& p, const Tensor& grad, NAdamState& state, const Group& group,
                       bool) {
    const NAdamOptions& o = group.options;
    state.step.add_(1);
    const NadamStep op{group.attribute(o.betas.first, NadamStep().beta1),
                       o.betas.second,
                       o.eps,
                       o.weight_decay,
                       o.momentum_decay,
                       o.decoupled_weight_decay,
                       o.maximize};
    const Tensor* in[] = {
        &p, &grad, &state.mu_product, &state.exp_avg, &state.exp_avg_sq, &state.step, &group.lr};
    apply_in_place(info_of<NadamStep>, &op, in, Location::current());
  });
}

template class OptimizerOf<NAdamOptions, NAdamState>;

}  // namespace tandem::optim
