// Dropout.
#pragma once
#include "tandem/nn/layer.h"

namespace tandem::nn {

struct DropoutOptions {
  double p = 0.5;
  bool inplace = false;
};

/// While training, zeroes each element with probability p and scales the rest by 1 / (1 - p)
/// (Srivastava et al., 2014). Error: code value for p outside [0, 1].
class Dropout : public Layer<DropoutOptions> {
 public:
  explicit Dropout(const DropoutOptions& options);
  explicit Dropout(double p = 0.5, bool inplace = false) : Dropout(DropoutOptions{p, inplace}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// The same for whole channels of [N, C, H, W] (Tompson et al., 2015).
class Dropout2d : public Layer<DropoutOptions> {
 public:
  explicit Dropout2d(const DropoutOptions& options);
  explicit Dropout2d(double p = 0.5, bool inplace = false)
      : Dropout2d(DropoutOptions{p, inplace}) {}
  Tensor forward(const Tensor& input) override;
  std::string extra_repr() const override;
};

/// The same for [N, C, L].
class Dropout1d : public Dropout2d {
 public:
  using Dropout2d::Dropout2d;
};
/// The same for [N, C, D, H, W].
class Dropout3d : public Dropout2d {
 public:
  using Dropout2d::Dropout2d;
};

}  // namespace tandem::nn
