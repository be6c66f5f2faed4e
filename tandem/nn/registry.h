// Which modules there are and how each is made: what bindings, stubs and docs are derived from.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "tandem/nn/module.h"
#include "tandem/tensor/op_info.h"

namespace tandem::nn {

/// One module class, from the members of its options struct (nn/layer.h).
struct ModuleInfo {
  std::string_view name;  // "Conv2d"
  std::vector<AttributeInfo> options;
  std::size_t bytes;                // of the options struct
  void (*defaults)(void* options);  // constructs it with its default values
  std::shared_ptr<Module> (*make)(const void* options);
};

/// Every module that is made from options alone; containers are not.
const std::vector<ModuleInfo>& all_modules();
/// Null when there is no module of this name.
const ModuleInfo* find_module(std::string_view name);

}  // namespace tandem::nn
