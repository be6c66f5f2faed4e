#include "tandem/nn/padding.h"

#include "tandem/ops/functions.h"

namespace tandem::nn {

/// One number stands for all sides.
template <class Options>
static Options completed(Options o, int rank) {
  Dims& sides = o.padding.value;
  if (sides.size() == 1) sides = Dims::filled(2 * rank, sides[0]);
  if (sides.size() != 2 * rank)
    fail(ErrorCode::value, "pad", "expected padding of 1 or ", 2 * rank, " numbers, got ", sides);
  return o;
}

template <class Options>
PadNd<Options>::PadNd(const Options& o, int rank, Name mode)
    : Layer<Options>(completed(o, rank)), mode_(mode) {}

template <class Options>
Tensor PadNd<Options>::forward(const Tensor& input) {
  if constexpr (requires { this->options.value; })
    return pad(input, this->options.padding, mode_, this->options.value.value.to_double());
  else
    return pad(input, this->options.padding, mode_);
}

template <class Options>
std::string PadNd<Options>::extra_repr() const {
  if constexpr (requires { this->options.value; })
    return text("padding=", python(this->options.padding.value),
                ", value=", python(this->options.value.value));
  else
    return python(this->options.padding.value);
}

template class PadNd<PadOptions>;
template class PadNd<ConstantPadOptions>;

}  // namespace tandem::nn
