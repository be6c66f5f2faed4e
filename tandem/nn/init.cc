#include "tandem/nn/init.h"

#include <algorithm>
#include <cmath>

#include "tandem/ops/functions.h"
#include "tandem/ops/random.h"
#include "tandem/tensor/apply.h"

namespace tandem::nn::init {

static constinit thread_local bool skipped = false;
Skip::Skip() : saved_(std::exchange(skipped, true)) {}
Skip::~Skip() { skipped = saved_; }

const Tensor& uniform_(const Tensor& tensor, double a, double b) {
  if (skipped) return tensor;
  NoGrad off;
  Tensor(tensor).uniform_(a, b);
  return tensor;
}
const Tensor& normal_(const Tensor& tensor, double mean, double std) {
  if (skipped) return tensor;
  NoGrad off;
  Tensor(tensor).normal_(mean, std);
  return tensor;
}
const Tensor& trunc_normal_(const Tensor& tensor, double mean, double std, double a, double b) {
  if (skipped) return tensor;
  NoGrad off;
  Tensor(tensor).copy_(trunc_normal(mean, std, a, b, tensor.shape(), tensor.dtype()));
  return tensor;
}

const Tensor& constant_(const Tensor& tensor, double value) {
  if (skipped) return tensor;
  NoGrad off;
  Tensor(tensor).fill_(value);
  return tensor;
}
const Tensor& ones_(const Tensor& tensor) { return constant_(tensor, 1); }
const Tensor& zeros_(const Tensor& tensor) { return constant_(tensor, 0); }

const Tensor& eye_(const Tensor& tensor) {
  if (tensor.dim() != 2)
    fail(ErrorCode::value, "eye_", "Only tensors with 2 dimensions are supported, got shape ",
         tensor.shape());
  NoGrad off;
  Tensor(tensor).fill_(0);
  diagonal(tensor).fill_(1);
  return tensor;
}

Fans calculate_fan_in_and_fan_out(const Tensor& tensor) {
  const Dims& shape = tensor.shape();
  if (shape.size() < 2)
    fail(ErrorCode::value, "init",
         "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, got "
         "shape ",
         shape);
  int64_t field = 1;
  for (int d = 2; d < shape.size(); ++d) field *= shape[d];
  return {shape[1] * field, shape[0] * field};
}

double calculate_gain(std::string_view nonlinearity, std::optional<double> param) {
  if (nonlinearity == "tanh") return 5.0 / 3;
  if (nonlinearity == "relu") return std::sqrt(2.0);
  if (nonlinearity == "selu") return 3.0 / 4;
  if (nonlinearity == "leaky_relu") {
    const double slope = param.value_or(0.01);
    return std::sqrt(2 / (1 + slope * slope));
  }
  for (std::string_view linear : {"linear", "conv1d", "conv2d", "conv3d", "conv_transpose1d",
                                  "conv_transpose2d", "conv_transpose3d", "sigmoid"})
    if (nonlinearity == linear) return 1;
  fail(ErrorCode::value, "calculate_gain", "Unsupported nonlinearity ", nonlinearity);
}

const Tensor& xavier_uniform_(const Tensor& tensor, double gain) {
  const auto [in, out] = calculate_fan_in_and_fan_out(tensor);
  const double bound = std::sqrt(3.0) * (gain * std::sqrt(2 / double(in + out)));
  return uniform_(tensor, -bound, bound);
}
const Tensor& xavier_normal_(const Tensor& tensor, double gain) {
  const auto [in, out] = calculate_fan_in_and_fan_out(tensor);
  return normal_(tensor, 0, gain * std::sqrt(2 / double(in + out)));
}

static double kaiming_std(const Tensor& tensor, double a, std::string_view mode,
                          std::string_view nonlinearity) {
  if (mode != "fan_in" && mode != "fan_out")
    fail(ErrorCode::value, "kaiming", "Mode ", mode,
         " not supported, please use fan_in or fan_out");
  const auto [in, out] = calculate_fan_in_and_fan_out(tensor);
  return calculate_gain(nonlinearity, a) / std::sqrt(double(mode == "fan_in" ? in : out));
}
const Tensor& kaiming_uniform_(const Tensor& tensor, double a, std::string_view mode,
                               std::string_view nonlinearity) {
  if (tensor.numel() == 0) return tensor;
  const double bound = std::sqrt(3.0) * kaiming_std(tensor, a, mode, nonlinearity);
  return uniform_(tensor, -bound, bound);
}
const Tensor& kaiming_normal_(const Tensor& tensor, double a, std::string_view mode,
                              std::string_view nonlinearity) {
  if (tensor.numel() == 0) return tensor;
  return normal_(tensor, 0, kaiming_std(tensor, a, mode, nonlinearity));
}

/// Makes the rows orthonormal, each by what it adds to those before: the Q of a QR whose R has a
/// positive diagonal, transposed. Rows are cleared of those before twice, for rounding spoils once.
/// rows: float64 [n, m], n <= m, contiguous.
static void orthonormalize(Tensor rows) {
  constexpr int64_t block = 32;  // of so many rows the earlier ones are taken out by products
  const int64_t n = rows.size(0), m = rows.size(1);
  double* data = rows.data<double>();
  const auto dot = [m](const double* a, const double* b) {
    double sum = 0;
    for (int64_t k = 0; k < m; ++k) sum += a[k] * b[k];
    return sum;
  };
  for (int64_t first = 0; first < n; first += block) {
    const int64_t last = std::min(n, first + block);
    const Tensor done = slice(rows, 0, 0, first);
    Tensor now = slice(rows, 0, first, last);
    for (int pass = 0; pass < 2 && first; ++pass)
      now.copy_(now - matmul(matmul(now, transpose(done, 0, 1)), done));
    for (int64_t i = first; i < last; ++i) {
      double* row = data + i * m;
      for (int pass = 0; pass < 2; ++pass)
        for (int64_t j = first; j < i; ++j) {
          const double* other = data + j * m;
          const double part = dot(row, other);
          for (int64_t k = 0; k < m; ++k) row[k] -= part * other[k];
        }
      const double length = std::sqrt(dot(row, row));
      for (int64_t k = 0; k < m; ++k) row[k] /= length;
    }
  }
}

const Tensor& orthogonal_(const Tensor& tensor, double gain) {
  if (tensor.dim() < 2)
    fail(ErrorCode::value, "orthogonal_",
         "Only tensors with 2 or more dimensions are supported, got shape ", tensor.shape());
  if (skipped || tensor.numel() == 0) return tensor;
  NoGrad off;
  const int64_t rows = tensor.size(0), columns = tensor.numel() / rows;
  Tensor drawn = empty({rows, columns}, tensor.dtype());
  drawn.normal_();
  const Tensor lines = rows < columns ? drawn : transpose(drawn, 0, 1);
  const Tensor q = contiguous(cast(lines, DType::f64));
  orthonormalize(q);
  const Tensor placed = rows < columns ? q : transpose(q, 0, 1);
  Tensor(tensor).copy_(reshape(cast(placed, tensor.dtype()), tensor.shape()) * gain);
  return tensor;
}

}  // namespace tandem::nn::init
