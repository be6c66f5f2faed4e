#include "tandem/optim/adadelta.h"

#include <cmath>
#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {

Adadelta::Adadelta(std::vector<ParamGroup<AdadeltaOptions>> groups) : OptimizerOf("Adadelta") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const AdadeltaOptions& o = group.options;
    detail::check_range("Adadelta", "learning rate", o.lr, 0, infinity);
    detail::check_range("Adadelta", "rho value", o.rho, 0, std::nextafter(1.0, 2.0));
    detail::check_range("Adadelta", "epsilon value", o.eps, 0, infinity);
    detail::check_range("Adadelta", "weight_decay value", o.weight_decay, 0, infinity);
    add_param_group(std::move(group));
  }
}
Adadelta::Adadelta(std::vector<Tensor> params, const AdadeltaOptions& options)
    : Adadelta(std::vector{ParamGroup<AdadeltaOptions>{std::move(params), options}}) {}

bool Adadelta::prepare(const Tensor& p, AdadeltaState& state, const Group&) {
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.square_avg = detail::zeros_like(p);
  state.acc_delta = detail::zeros_like(p);
  return true;
}

void Adadelta::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, AdadeltaState& state, const Group& group, bool) {
        const AdadeltaOptions& o = group.options;
        state.step.add_(1);
        const AdadeltaStep op{o.rho, o.eps, o.weight_decay, o.maximize};
        const Tensor* in[] = {&p, &grad, &state.square_avg, &state.acc_delta, &group.lr};
        apply_in_place(info_of<AdadeltaStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<AdadeltaOptions, AdadeltaState>;

}  // namespace tandem::optim
