#include "tandem/optim/radam.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {

RAdam::RAdam(std::vector<ParamGroup<RAdamOptions>> groups) : OptimizerOf("RAdam") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const RAdamOptions& o = group.options;
    detail::check_range("RAdam", "learning rate", o.lr, 0, infinity);
    detail::check_range("RAdam", "beta parameter at index 0", o.betas.first, 0, 1);
    detail::check_range("RAdam", "beta parameter at index 1", o.betas.second, 0, 1);
    detail::check_range("RAdam", "epsilon value", o.eps, 0, infinity);
    detail::check_range("RAdam", "weight_decay value", o.weight_decay, 0, infinity);
    add_param_group(std::move(group));
  }
}
RAdam::RAdam(std::vector<Tensor> params, const RAdamOptions& options)
    : RAdam(std::vector{ParamGroup<RAdamOptions>{std::move(params), options}}) {}

bool RAdam::prepare(const Tensor& p, RAdamState& state, const Group&) {
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.exp_avg = detail::zeros_like(p);
  state.exp_avg_sq = detail::zeros_like(p);
  return true;
}

void RAdam::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, RAdamState& state, const Group& group, bool) {
        const RAdamOptions& o = group.options;
        state.step.add_(1);
        const RadamStep op{group.attribute(o.betas.first, RadamStep().beta1),
                           o.betas.second,
                           o.eps,
                           o.weight_decay,
                           o.decoupled_weight_decay,
                           o.maximize};
        const Tensor* in[] = {&p, &grad, &state.exp_avg, &state.exp_avg_sq, &state.step, &group.lr};
        apply_in_place(info_of<RadamStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<RAdamOptions, RAdamState>;

}  // namespace tandem::optim
