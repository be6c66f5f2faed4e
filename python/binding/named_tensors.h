// Tensors by name as Python's dicts.
#pragma once
#include <nanobind/stl/string.h>

#include "python/binding/tensor_caster.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem::python {

inline nb::dict dict_of(const NamedTensors& tensors) {
  nb::dict dict;
  for (const auto& [name, tensor] : tensors) dict[nb::str(name.c_str(), name.size())] = tensor;
  return dict;
}

inline NamedTensors named_tensors(const nb::dict& dict, std::string_view function,
                                  std::string_view argument) {
  NamedTensors tensors;
  for (auto [name, value] : dict) {
    if (!PyUnicode_Check(name.ptr()) || !is_tensor(value.ptr()))
      raise_argument(function, argument, "dict of Tensors by name",
                     PyUnicode_Check(name.ptr()) ? value.ptr() : name.ptr());
    tensors.add(nb::cast<std::string>(name), tensor_of(value.ptr()));
  }
  return tensors;
}

/// The elements of a list or tuple, all of which are tensors.
inline std::vector<Tensor> tensor_list(nb::handle list, std::string_view function) {
  std::vector<Tensor> tensors;
  for (nb::handle item : list) {
    if (!is_tensor(item.ptr())) raise_argument(function, "inputs", "Tensors", item.ptr());
    tensors.push_back(tensor_of(item.ptr()));
  }
  return tensors;
}

}  // namespace tandem::python
