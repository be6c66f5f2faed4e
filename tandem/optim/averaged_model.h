// A running average of a model's parameters, which often does better than the last ones.
#pragma once
#include <optional>

#include "tandem/nn/module.h"

namespace tandem::optim {

struct AveragedModelOptions {
  /// Of an exponential moving average, each update averaged = decay * averaged + (1 - decay) * now;
  /// without it every update weighs the same (stochastic weight averaging, Izmailov et al., 2018).
  std::optional<double> decay = {};
  /// Average the buffers too; otherwise they follow the model's.
  bool use_buffers = false;
};

/// PyTorch's torch.optim.swa_utils.AveragedModel. It holds values, not a second module: load them
/// into one with copy_to(), or let the model take them for a while with swap().
///
///   optim::AveragedModel average(net, {.decay = 0.999});
///   optimizer.step(); average.update_parameters(net);  // after each step
///   average.swap(net); evaluate(net); average.swap(net);
class AveragedModel {
 public:
  /// Error: code value unless 0 <= decay <= 1.
  explicit AveragedModel(const nn::Module& model, const AveragedModelOptions& options = {});

  /// Takes in the model's values; the first time they are the average.
  /// Error: code value for a model with other names or shapes.
  void update_parameters(const nn::Module& model);
  int64_t n_averaged() const { return n_averaged_; }

  /// The averages under the model's keys, as aliases.
  const NamedTensors& module() const { return averages_; }
  /// Error: code value as load_state_dict of the module.
  void copy_to(nn::Module& model) const;
  /// Exchanges the model's values and the averages; twice is as never.
  void swap(nn::Module& model);

  /// PyTorch's keys: "n_averaged" and "module.…", aliases of the averages.
  NamedTensors state_dict() const;
  /// Error: code value for missing, unexpected or mis-shaped entries; nothing was changed then.
  void load_state_dict(const NamedTensors& state);

 private:
  std::vector<Tensor> values_of(const nn::Module& model) const;

  AveragedModelOptions options_;
  NamedTensors averages_;
  std::vector<bool> averaged_;  // beside averages_: else the value is copied
  int64_t n_averaged_ = 0;
};

}  // namespace tandem::optim
