#include "tandem/optim/rprop.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {

Rprop::Rprop(std::vector<ParamGroup<RpropOptions>> groups) : OptimizerOf("Rprop") {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  for (auto& group : groups) {
    const RpropOptions& o = group.options;
    detail::check_range("Rprop", "learning rate", o.lr, 0, infinity);
    if (!(o.etas.first > 0 && o.etas.first < 1 && o.etas.second > 1))
      fail(ErrorCode::value, "Rprop", "Invalid eta values: ", o.etas.first, ", ", o.etas.second,
           "; expected 0 < first < 1 < second");
    add_param_group(std::move(group));
  }
}
Rprop::Rprop(std::vector<Tensor> params, const RpropOptions& options)
    : Rprop(std::vector{ParamGroup<RpropOptions>{std::move(params), options}}) {}

bool Rprop::prepare(const Tensor& p, RpropState& state, const Group& group) {
  const RpropOptions& o = group.options;
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.step_size = detail::zeros_like(p).fill_(o.lr);
  state.prev = detail::zeros_like(p);
  return true;
}

void Rprop::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, RpropState& state, const Group& group, bool) {
        const RpropOptions& o = group.options;
        state.step.add_(1);
        const RpropStep op{o.etas.first, o.etas.second, o.step_sizes.first, o.step_sizes.second,
                           o.maximize};
        const Tensor* in[] = {&p, &grad, &state.prev, &state.step_size};
        apply_in_place(info_of<RpropStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<RpropOptions, RpropState>;

}  // namespace tandem::optim
