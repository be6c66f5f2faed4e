// Tensors as text, exactly as PyTorch prints them.
#pragma once
#include <iosfwd>
#include <optional>
#include <string>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// How tensors are printed, for the whole process; the defaults are PyTorch's.
struct PrintOptions {
  int precision = 4;         // digits after the point
  int64_t threshold = 1000;  // a tensor of more elements is summarized
  int edgeitems = 3;         // how many a summary shows at the start and at the end of each dim
  int linewidth = 80;
  std::optional<bool> sci_mode;  // scientific notation; unset: where the values need it
};
PrintOptions print_options();
/// Errors: code value: a negative number.
void set_print_options(const PrintOptions& options);

/// "tensor([[1., 2.],\n        [3., 4.]], requires_grad=True)". A traced tensor, which has no
/// elements yet, prints as "tensor(..., size=(2, 2))".
std::string to_string(const Tensor& t);
void append(std::string& to, const Tensor& t);
std::ostream& operator<<(std::ostream& to, const Tensor& t);

}  // namespace tandem
