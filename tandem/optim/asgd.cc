#include "tandem/optim/asgd.h"

#include <limits>

#include "tandem/ops/functions.h"
#include "tandem/ops/optimizer.h"

namespace tandem::optim {

ASGD::ASGD(std::vector<ParamGroup<ASGDOptions>> groups) : OptimizerOf("ASGD") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const ASGDOptions& o = group.options;
    detail::check_range("ASGD", "learning rate", o.lr, 0, infinity);
    detail::check_range("ASGD", "weight_decay value", o.weight_decay, 0, infinity);
    add_param_group(std::move(group));
  }
}
ASGD::ASGD(std::vector<Tensor> params, const ASGDOptions& options)
    : ASGD(std::vector{ParamGroup<ASGDOptions>{std::move(params), options}}) {}

bool ASGD::prepare(const Tensor& p, ASGDState& state, const Group& group) {
  const ASGDOptions& o = group.options;
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.eta = full({}, o.lr, DType::f32);
  state.mu = full({}, 1, DType::f32);
  state.ax = detail::zeros_like(p);
  return true;
}

void ASGD::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, ASGDState& state, const Group& group, bool) {
        const ASGDOptions& o = group.options;
        state.step.add_(1);
        const AsgdStep op{o.lambd, o.alpha, o.t0, o.weight_decay, o.maximize};
        const Tensor* in[] = {&p, &grad, &state.eta, &state.mu, &state.ax, &state.step, &group.lr};
        apply_in_place(info_of<AsgdStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<ASGDOptions, ASGDState>;

}  // namespace tandem::optim
