#include "tandem/optim/averaged_model.h"

#include "tandem/ops/in_place_functions.h"

namespace tandem::optim {

constexpr std::string_view averaged_model_op = "AveragedModel";

AveragedModel::AveragedModel(const nn::Module& model, const AveragedModelOptions& options)
    : options_(options) {
  if (options.decay && !(*options.decay >= 0 && *options.decay <= 1))
    fail(ErrorCode::value, averaged_model_op, "Invalid decay value ", *options.decay,
         " provided. Please provide a value in [0,1] range.");
  const NamedTensors parameters = model.named_parameters("", true, false);
  for (const auto& [name, value] : model.state_dict()) {
    averages_.add(name, clone(value));
    averaged_.push_back(is_floating(value.dtype()) &&
                        (options.use_buffers || parameters.contains(name)));
  }
}

/// In the order of the averages.
std::vector<Tensor> AveragedModel::values_of(const nn::Module& model) const {
  const NamedTensors state = model.state_dict();
  std::vector<Tensor> values;
  for (const auto& [name, average] : averages_) {
    const Tensor* value = state.find(name);
    if (!value || value->shape() != average.shape())
      fail(ErrorCode::value, averaged_model_op, "the averages hold \"", name, "\" of shape ",
           average.shape(), ", the model ",
           value ? text("one of shape ", value->shape()) : "none of that name",
           ": average a model of the same kind");
    values.push_back(*value);
  }
  if (state.size() != averages_.size())
    fail(ErrorCode::value, averaged_model_op, "the averages hold ", averages_.size(),
         " tensors, the model ", state.size(), ": average a model of the same kind");
  return values;
}

void AveragedModel::update_parameters(const nn::Module& model) {
  NoGrad off;
  const std::vector<Tensor> values = values_of(model);
  // The share of the new values: decay's rest, or one part of all there have been.
  const double share = options_.decay ? 1 - *options_.decay : 1 / double(n_averaged_ + 1);
  std::size_t i = 0;
  for (const auto& [name, average] : averages_) {
    if (averaged_[i] && n_averaged_ > 0)
      lerp_(average, values[i], share);
    else
      Tensor(average).copy_(values[i]);
    ++i;
  }
  ++n_averaged_;
}

void AveragedModel::copy_to(nn::Module& model) const { model.load_state_dict(averages_); }

void AveragedModel::swap(nn::Module& model) {
  NoGrad off;
  std::size_t i = 0;
  const std::vector<Tensor> values = values_of(model);
  for (const auto& [name, average] : averages_) {
    const Tensor before = clone(values[i]);
    Tensor(values[i]).copy_(average);
    Tensor(average).copy_(before);
    ++i;
  }
}

NamedTensors AveragedModel::state_dict() const {
  NamedTensors state;
  state.add("n_averaged", full({}, n_averaged_, DType::i64));
  for (const auto& [name, average] : averages_) state.add("module." + name, average);
  return state;
}

void AveragedModel::load_state_dict(const NamedTensors& state) {
  const Tensor* count = state.find("n_averaged");
  if (!count || count->numel() != 1 || is_floating(count->dtype()) || count->item<int64_t>() < 0)
    fail(ErrorCode::value, averaged_model_op, "expected \"n_averaged\", a count, in the state");
  for (const auto& [name, average] : averages_) {
    const Tensor* value = state.find("module." + name);
    if (!value || value->shape() != average.shape())
      fail(ErrorCode::value, averaged_model_op, "expected \"module.", name, "\" of shape ",
           average.shape(), " in the state, got ",
           value ? text(value->shape()) : std::string("nothing"));
  }
  if (state.size() != averages_.size() + 1)
    for (const auto& [name, value] : state)
      if (name != "n_averaged" &&
          !(name.starts_with("module.") && averages_.contains(std::string_view(name).substr(7))))
        fail(ErrorCode::value, averaged_model_op, "unexpected \"", name, "\" in the state");
  NoGrad off;
  for (const auto& [name, average] : averages_) Tensor(average).copy_(state["module." + name]);
  n_averaged_ = count->item<int64_t>();
}

}  // namespace tandem::optim
