#include "tandem/optim/adam.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {
namespace {

void check(std::string_view name, const AdamOptions& o) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  detail::check_range(name, "learning rate", o.lr, 0, infinity);
  detail::check_range(name, "beta parameter at index 0", o.betas.first, 0, 1);
  detail::check_range(name, "beta parameter at index 1", o.betas.second, 0, 1);
  detail::check_range(name, "epsilon value", o.eps, 0, infinity);
  detail::check_range(name, "weight_decay value", o.weight_decay, 0, infinity);
}

std::vector<ParamGroup<AdamOptions>> decoupled(
    const std::vector<ParamGroup<AdamWOptions>>& groups) {
  std::vector<ParamGroup<AdamOptions>> adam;
  for (const auto& [params, o] : groups)
    adam.push_back({params, {o.lr, o.betas, o.eps, o.weight_decay, o.amsgrad, o.maximize, true}});
  return adam;
}

}  // namespace

Adam::Adam(std::string_view name, std::vector<ParamGroup<AdamOptions>> groups) : OptimizerOf(name) {
  for (auto& group : groups) {
    check(name, group.options);
    add_param_group(std::move(group));
  }
}
Adam::Adam(std::vector<ParamGroup<AdamOptions>> groups) : Adam("Adam", std::move(groups)) {}
Adam::Adam(std::vector<Tensor> params, const AdamOptions& options)
    : Adam("Adam", {{std::move(params), options}}) {}

AdamW::AdamW(const std::vector<ParamGroup<AdamWOptions>>& groups)
    : Adam("AdamW", decoupled(groups)) {}
AdamW::AdamW(std::vector<Tensor> params, const AdamWOptions& options)
    : AdamW(std::vector{ParamGroup<AdamWOptions>{std::move(params), options}}) {}

bool Adam::prepare(const Tensor& p, AdamState& state, const Group& group) {
  const AdamOptions& o = group.options;
  if (state.step) return false;
  state.step = empty({}, DType::f32).zero_();
  state.exp_avg = detail::zeros_like(p);
  state.exp_avg_sq = detail::zeros_like(p);
  state.max_exp_avg_sq = o.amsgrad ? detail::zeros_like(p) : detail::unused(p);
  return true;
}

void Adam::step() {
  for_each_gradient(
      [](const Tensor& p, const Tensor& grad, AdamState& state, const Group& group, bool) {
        const AdamOptions& o = group.options;
        state.step.add_(1);
        const AdamStep op{group.attribute(o.betas.first, AdamStep().beta1),
                          o.betas.second,
                          o.eps,
                          o.weight_decay,
                          o.amsgrad,
                          o.decoupled_weight_decay,
                          o.maximize};
        const Tensor* in[] = {
            &p,          &grad,    &state.exp_avg, &state.exp_avg_sq, &state.max_exp_avg_sq,
            &state.step, &group.lr};
        apply_in_place(info_of<AdamStep>, &op, in, Location::current());
      });
}

template class OptimizerOf<AdamOptions, AdamState>;

}  // namespace tandem::optim
