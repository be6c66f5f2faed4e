#include "tandem/nn/dropout.h"

#include "tandem/ops/functions.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/random.h"

namespace tandem::nn {

static const DropoutOptions& checked(std::string_view module, const DropoutOptions& o) {
  if (!(o.p >= 0 && o.p <= 1))
    fail(ErrorCode::value, module, "dropout probability has to be between 0 and 1, but got ", o.p);
  return o;
}
static std::string described(const DropoutOptions& o) {
  return "p=" + python(o.p) + ", inplace=" + python(o.inplace);
}

Dropout::Dropout(const DropoutOptions& o) : Layer(checked("Dropout", o)) {}
/// Over the input where the options say so.
static Tensor given(const DropoutOptions& o, const Tensor& input, const Tensor& result) {
  return o.inplace ? in_place::store(input, result, "dropout_") : result;
}

Tensor Dropout::forward(const Tensor& input) {
  if (!training) return input;
  return given(options, input, dropout(input, options.p, true));
}
std::string Dropout::extra_repr() const { return described(options); }

Dropout2d::Dropout2d(const DropoutOptions& o) : Layer(checked("Dropout2d", o)) {}
Tensor Dropout2d::forward(const Tensor& input) {
  if (input.dim() < 2)
    fail(ErrorCode::shape, "Dropout2d",
         "expected input of 2 or more dims, N and C first, got shape ", input.shape());
  if (!training || options.p == 0) return input;
  Dims channels = Dims::filled(input.dim(), 1);
  channels[0] = input.size(0);
  channels[1] = input.size(1);
  return given(options, input, input * dropout(full(channels, 1, input.dtype()), options.p, true));
}
std::string Dropout2d::extra_repr() const { return described(options); }

}  // namespace tandem::nn
