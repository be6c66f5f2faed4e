#include "tandem/optim/adamax.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {

Adamax::Adamax(std::vector<ParamGroup<AdamaxOptions>> groups) : OptimizerOf("Adamax") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const AdamaxOptions& o = group.options;
    detail::check_range("Adamax", "learning rate", o.lr, 0, infinity);
    detail::check_range("Adamax", "beta parameter at index 0", o.betas.first, 0, 1);
    detail::check_range("Adamax", "beta parameter at index 1", o.betas.second, 0, 1);
    detail::check_range("Adamax", "epsilon value", o.eps, 0, infinity);
    detail::check_range("Adamax", "weight_decay value", o.weight_decay, 0, infinity);
    add_param_group(std::move(group));
  }
}
Adamax::Adamax(std::vector<Tensor> params, const AdamaxOptions& options)
    : Adamax(std::vector{ParamGroup<AdamaxOptions>{std::move(params), options}}) {}

bool Adamax::prepare(const Tensor& p, AdamaxState& state, const Group&) {
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.exp_avg = detail::zeros_like(p);
  state.exp_inf = detail::zeros_like(p);
  return true;
}

void Adamax::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, AdamaxState& state, const Group& group, bool) {
        const AdamaxOptions& o = group.options;
        state.step.add_(1);
        const AdamaxStep op{group.attribute(o.betas.first, AdamaxStep().beta1), o.betas.second,
                            o.eps, o.weight_decay, o.maximize};
        const Tensor* in[] = {&p, &grad, &state.exp_avg, &state.exp_inf, &state.step, &group.lr};
        apply_in_place(info_of<AdamaxStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<AdamaxOptions, AdamaxState>;

}  // namespace tandem::optim
