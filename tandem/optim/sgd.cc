#include "tandem/optim/sgd.h"

#include <limits>

#include "tandem/ops/optimizer.h"

namespace tandem::optim {
namespace {

void check(const SGDOptions& o) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  detail::check_range("SGD", "learning rate", o.lr, 0, infinity);
  detail::check_range("SGD", "momentum value", o.momentum, 0, infinity);
  detail::check_range("SGD", "weight_decay value", o.weight_decay, 0, infinity);
  if (o.nesterov && (o.momentum <= 0 || o.dampening != 0))
    fail(ErrorCode::value, "SGD", "Nesterov momentum requires a momentum and zero dampening");
}

}  // namespace

SGD::SGD(std::vector<ParamGroup<SGDOptions>> groups) : OptimizerOf("SGD") {
  for (auto& group : groups) {
    check(group.options);
    add_param_group(std::move(group));
  }
}
SGD::SGD(std::vector<Tensor> params, const SGDOptions& options)
    : SGD(std::vector{ParamGroup<SGDOptions>{std::move(params), options}}) {}

bool SGD::prepare(const Tensor& p, SGDState& state, const Group& group) {
  const SGDOptions& o = group.options;
  Tensor& buffer = state.momentum_buffer;
  const bool used = o.momentum != 0 || group.moves_momentum();
  if (buffer && (buffer.shape() == p.shape()) == used) return false;
  buffer = used ? detail::zeros_like(p) : detail::unused(p);
  return true;
}

/// Without dampening the first step is an ordinary one from zeros.
bool SGD::differs_at_first(const SGDOptions& o) const {
  return o.momentum != 0 && o.dampening != 0;
}

void SGD::step() {
  for_each_gradient([this](const Tensor& p, const Tensor& grad, SGDState& state, const Group& group,
                           bool first) {
    const SGDOptions& o = group.options;
    SgdStep op{group.attribute(o.momentum, 0), o.dampening, o.weight_decay, o.nesterov, o.maximize};
    op.first = first && differs_at_first(o);
    const Tensor* in[] = {&p, &grad, &state.momentum_buffer, &group.lr};
    apply_in_place(info_of<SgdStep>, &op, in, Location::current());
  });
}

template class OptimizerOf<SGDOptions, SGDState>;

}  // namespace tandem::optim
