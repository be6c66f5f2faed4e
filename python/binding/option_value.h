// Options of modules, optimizers and schedules between Python and their plain structs.
#pragma once
#include <string_view>

#include "python/binding/python.h"
#include "tandem/nn/registry.h"

namespace tandem::python {

/// Writes a Python value into a module's option: None for an empty list of dims, words where the
/// option takes some. Raises TypeError, naming the class and the option.
void set_option(std::string_view owner, const nn::OptionInfo& option, void* options,
                nb::handle value);
/// A single number of dims is a number where PyTorch shows it so; no dims at all are None.
nb::object get_option(const nn::OptionInfo& option, const void* options);

}  // namespace tandem::python
