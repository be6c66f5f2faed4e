// Whether a tensor's elements can be read, or stand for those of every run of a traced function.
#pragma once
#include <string_view>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// Are the elements of `t` there to be read, and the same in every run of what is being traced?
bool has_value(const Tensor& t);

/// Errors: code value for an undefined tensor; code unsupported, with the line, unless has_value().
/// `instead` says what to use in place of `what`, a sentence; left out, what to use for item().
void check_has_value(const Tensor& t, std::string_view what, Location where,
                     std::string_view instead = {});

}  // namespace tandem
