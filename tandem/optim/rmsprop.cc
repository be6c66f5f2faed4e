#include "tandem/optim/rmsprop.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {

RMSprop::RMSprop(std::vector<ParamGroup<RMSpropOptions>> groups) : OptimizerOf("RMSprop") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const RMSpropOptions& o = group.options;
    detail::check_range("RMSprop", "learning rate", o.lr, 0, infinity);
    detail::check_range("RMSprop", "alpha value", o.alpha, 0, infinity);
    detail::check_range("RMSprop", "epsilon value", o.eps, 0, infinity);
    detail::check_range("RMSprop", "weight_decay value", o.weight_decay, 0, infinity);
    detail::check_range("RMSprop", "momentum value", o.momentum, 0, infinity);
    add_param_group(std::move(group));
  }
}
RMSprop::RMSprop(std::vector<Tensor> params, const RMSpropOptions& options)
    : RMSprop(std::vector{ParamGroup<RMSpropOptions>{std::move(params), options}}) {}

bool RMSprop::prepare(const Tensor& p, RMSpropState& state, const Group& group) {
  const RMSpropOptions& o = group.options;
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.square_avg = detail::zeros_like(p);
  state.momentum_buffer =
      o.momentum != 0 || group.moves_momentum() ? detail::zeros_like(p) : detail::unused(p);
  state.grad_avg = o.centered ? detail::zeros_like(p) : detail::unused(p);
  return true;
}

void RMSprop::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, RMSpropState& state, const Group& group, bool) {
        const RMSpropOptions& o = group.options;
        state.step.add_(1);
        const RmspropStep op{o.alpha,    o.eps,     o.weight_decay, group.attribute(o.momentum, 0),
                             o.centered, o.maximize};
        const Tensor* in[] = {
            &p, &grad, &state.square_avg, &state.momentum_buffer, &state.grad_avg, &group.lr};
        apply_in_place(info_of<RmspropStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<RMSpropOptions, RMSpropState>;

}  // namespace tandem::optim
