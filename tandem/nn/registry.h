// Which modules there are, how each is made and how it is called: what bindings, stubs and docs are
// derived from.
//
// A module class says what its options struct (nn/layer.h) does not in two signatures, both in
// PyTorch's order, where "name?" may be left out:
//
//   static constexpr Signature constructor = "NLLLoss(weight?, ignore_index, reduction)";
//   static constexpr Signature called = "forward(input, target)";
//
// A parameter of the constructor that is no option is a buffer's first value. Without them the
// constructor takes the options in their order, and forward one tensor, "input". `using Base = …`
// names the module whose kind it is.
#pragma once
#include <memory>
#include <string_view>
#include <vector>

#include "tandem/nn/module.h"
#include "tandem/tensor/op_info.h"

namespace tandem::nn {

struct OptionInfo : AttributeInfo {
  bool number_or_dims = false;                         // a single number is shown as such
  Dims (*from_word)(std::string_view word) = nullptr;  // padding="same"; null: takes no words
};

/// A parameter of forward().
struct ForwardParameter {
  enum class Type : uint8_t { tensor, tensors, value };
  std::string_view name;
  Type type;
  bool required;
  int count = 1;                           // of `tensors`: how many the tuple holds
  void* (*in)(void* arguments) = nullptr;  // a Tensor or `value` of the arguments struct;
  AttributeInfo value = {};                // null: one of the tensors before that struct
};

struct ForwardInfo {
  std::vector<ForwardParameter> parameters;
  /// A new arguments struct with its defaults; null where there is none.
  std::shared_ptr<void> (*arguments)();
  /// Calls the module: `tensors` are those of all parameters that `arguments` does not hold.
  std::vector<Tensor> (*run)(Module& module, std::span<const Tensor> tensors,
                             const void* arguments);
};

/// One module class, from the members of its options struct (nn/layer.h).
struct ModuleInfo {
  std::string_view name;  // "Conv2d"
  std::vector<OptionInfo> options;
  std::vector<std::string_view> constructor;  // its parameters; those that are no options end in ?
  std::string_view base;                      // the module that it is a kind of, or ""
  int version;                                // of its state_dict, as PyTorch counts
  std::size_t bytes;                          // of the options struct
  void (*defaults)(void* options);            // constructs it with its default values
  std::shared_ptr<Module> (*make)(const void* options);
  /// The options as the module completed them.
  const void* (*options_of)(const Module& module);
  ForwardInfo forward;
};

/// Every module that is made from options alone; containers are not.
const std::vector<ModuleInfo>& all_modules();
/// Null when there is no module of this name.
const ModuleInfo* find_module(std::string_view name);

}  // namespace tandem::nn
