#include "tandem/optim/adagrad.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {

Adagrad::Adagrad(std::vector<ParamGroup<AdagradOptions>> groups) : OptimizerOf("Adagrad") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const AdagradOptions& o = group.options;
    detail::check_range("Adagrad", "learning rate", o.lr, 0, infinity);
    detail::check_range("Adagrad", "lr_decay value", o.lr_decay, 0, infinity);
    detail::check_range("Adagrad", "weight_decay value", o.weight_decay, 0, infinity);
    detail::check_range("Adagrad", "initial_accumulator_value value", o.initial_accumulator_value,
                        0, infinity);
    detail::check_range("Adagrad", "epsilon value", o.eps, 0, infinity);
    add_param_group(std::move(group));
  }
}
Adagrad::Adagrad(std::vector<Tensor> params, const AdagradOptions& options)
    : Adagrad(std::vector{ParamGroup<AdagradOptions>{std::move(params), options}}) {}

bool Adagrad::prepare(const Tensor& p, AdagradState& state, const Group& group) {
  const AdagradOptions& o = group.options;
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.sum = detail::zeros_like(p).fill_(o.initial_accumulator_value);
  return true;
}

void Adagrad::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, AdagradState& state, const Group& group, bool) {
        const AdagradOptions& o = group.options;
        state.step.add_(1);
        const AdagradStep op{o.lr_decay, o.weight_decay, o.eps, o.maximize};
        const Tensor* in[] = {&p, &grad, &state.sum, &state.step, &group.lr};
        apply_in_place(info_of<AdagradStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<AdagradOptions, AdagradState>;

}  // namespace tandem::optim
