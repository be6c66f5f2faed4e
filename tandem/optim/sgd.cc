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

void SGD::step() {
  for_each_gradient([](const Tensor& p, const Tensor& grad, SGDState& state, const Group& group) {
    const SGDOptions& o = group.options;
    SgdStep op{o.momentum, o.dampening, o.weight_decay, o.nesterov, o.maximize};
    Tensor& buffer = state.momentum_buffer;
    const bool used = o.momentum != 0;
    if (!buffer || (buffer.shape() == p.shape()) != used) {
      // Without dampening the first step is an ordinary one from zeros.
      buffer = used ? detail::zeros_like(p) : detail::unused(p);
      op.first = used && o.dampening != 0;
    }
    const Tensor* in[] = {&p, &grad, &buffer, &group.lr};
    apply_in_place(info_of<SgdStep>, &op, in, Location::current());
  });
}

template class OptimizerOf<SGDOptions, SGDState>;

}  // namespace tandem::optim
