// Initial values of parameters, as PyTorch's torch.nn.init names and draws them: from the default
// generator, the same numbers for the same seed.
//
// Every function fills `tensor` in place, outside the tape, and gives it back. Errors: code value
// for tensors of too few dims or a range that is none.
#pragma once
#include <optional>
#include <string_view>

#include "tandem/tensor/tensor.h"

namespace tandem::nn::init {

const Tensor& uniform_(const Tensor& tensor, double a = 0, double b = 1);
const Tensor& normal_(const Tensor& tensor, double mean = 0, double std = 1);
/// Normal, with values outside [a, b] drawn again.
const Tensor& trunc_normal_(const Tensor& tensor, double mean = 0, double std = 1, double a = -2,
                            double b = 2);
const Tensor& constant_(const Tensor& tensor, double value);
const Tensor& ones_(const Tensor& tensor);
const Tensor& zeros_(const Tensor& tensor);
/// The identity matrix, for tensors of 2 dims.
const Tensor& eye_(const Tensor& tensor);

/// Glorot and Bengio (2010): variance gain² · 2 / (fan_in + fan_out).
const Tensor& xavier_uniform_(const Tensor& tensor, double gain = 1);
const Tensor& xavier_normal_(const Tensor& tensor, double gain = 1);

/// He et al. (2015): variance gain² / fan. `mode` is "fan_in" or "fan_out"; `a` is the slope of a
/// leaky_relu that follows.
const Tensor& kaiming_uniform_(const Tensor& tensor, double a = 0, std::string_view mode = "fan_in",
                               std::string_view nonlinearity = "leaky_relu");
const Tensor& kaiming_normal_(const Tensor& tensor, double a = 0, std::string_view mode = "fan_in",
                              std::string_view nonlinearity = "leaky_relu");

/// Saxe et al. (2014): orthonormal rows, or columns where those are fewer, times gain; the dims
/// after the first count as one.
const Tensor& orthogonal_(const Tensor& tensor, double gain = 1);

/// The gain that keeps variance through a nonlinearity; `param` is leaky_relu's slope (0.01).
double calculate_gain(std::string_view nonlinearity, std::optional<double> param = {});

/// While one lives, the initializers of this thread draw nothing and leave tensors as they are: for
/// modules whose values come from elsewhere.
class Skip {
 public:
  Skip();
  Skip(const Skip&) = delete;
  ~Skip();

 private:
  bool saved_;
};

struct Fans {
  int64_t in, out;
};
/// Inputs and outputs of one unit: weight is [out, in, kernel...]. Error: fewer than 2 dims.
Fans calculate_fan_in_and_fan_out(const Tensor& tensor);

}  // namespace tandem::nn::init
