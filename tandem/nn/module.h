// Module: what a model is made of. A module owns named parameters, buffers and child modules.
//
//   struct Net : nn::Module {
//     nn::Linear& fc1 = register_module("fc1", nn::Linear(784, 128));
//     nn::Linear& fc2 = register_module("fc2", nn::Linear(128, 10));
//     Tensor forward(const Tensor& x) override { return fc2(relu(fc1(x))); }
//   };
//
// A parent owns its children on the heap and its members are references to them, so a module can
// be moved (into a Sequential, into a shared_ptr) and nothing in it points to where it was. The
// same holds for parameters: `weight` is a reference to the registered tensor, so assigning to it
// replaces the parameter, and `head.weight = embedding.weight` ties two of them.
#pragma once
#include <array>
#include <concepts>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tandem/tensor/apply.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem::nn {

class Module;

/// Called before forward; may replace inputs.
using ForwardPreHook = std::function<void(Module&, std::span<Tensor> inputs)>;
/// Called after forward; may replace outputs.
using ForwardHook =
    std::function<void(Module&, std::span<const Tensor> inputs, std::span<Tensor> outputs)>;

struct Hooks {
  int64_t next_id = 0;
  std::vector<std::pair<int64_t, ForwardPreHook>> before;
  std::vector<std::pair<int64_t, ForwardHook>> after;
};

/// Takes a hook off again; may outlive the module.
class RemovableHandle {
 public:
  RemovableHandle() = default;
  RemovableHandle(std::weak_ptr<Hooks> hooks, int64_t id) : hooks_(std::move(hooks)), id_(id) {}
  void remove();

 private:
  std::weak_ptr<Hooks> hooks_;
  int64_t id_ = 0;
};

/// What load_state_dict(…, strict = false) left over.
struct LoadResult {
  std::vector<std::string> missing_keys;
  std::vector<std::string> unexpected_keys;
};
/// "<All keys matched successfully>", or both lists.
void append(std::string& to, const LoadResult& result);

class Module {
 public:
  Module() = default;
  Module(Module&&) noexcept = default;
  Module& operator=(Module&&) = delete;
  virtual ~Module() = default;

  /// Runs the module: hooks around forward(), and an error inside names the path of the module
  /// that it came from. Modules of several inputs or results have an operator() of their own.
  Tensor operator()(Arg input);
  /// What the module computes. Error: code unsupported for a module that has none of one tensor.
  virtual Tensor forward(const Tensor& input);

  // Registration. Names may not be empty, hold a '.' or be taken; an undefined tensor registers a
  // name that holds nothing now and is saved nowhere ("bias = false").

  /// The registered tensor, which from now on requires a gradient.
  Tensor& register_parameter(std::string name, Tensor parameter, bool requires_grad = true);
  /// State that is not trained. Without `persistent` it is left out of state_dict().
  Tensor& register_buffer(std::string name, Tensor buffer, bool persistent = true);
  /// Moves the module to the heap and gives a reference to it.
  template <std::derived_from<Module> M>
  M& register_module(std::string name, M module) {
    return register_module(std::move(name), std::make_shared<M>(std::move(module)));
  }
  /// A module that others hold too: registering one twice shares its parameters.
  template <std::derived_from<Module> M>
  M& register_module(std::string name, std::shared_ptr<M> module) {
    M& m = *module;
    add_child(std::move(name), std::move(module));
    return m;
  }

  // Looking through the tree: own entries first in order of registration, then the children's.

  std::vector<Tensor> parameters(bool recurse = true) const;
  std::vector<Tensor> buffers(bool recurse = true) const;
  /// Each tensor once, under its first name, unless `remove_duplicate` is false.
  NamedTensors named_parameters(std::string_view prefix = "", bool recurse = true,
                                bool remove_duplicate = true) const;
  NamedTensors named_buffers(std::string_view prefix = "", bool recurse = true,
                             bool remove_duplicate = true) const;
  /// Parameters and then buffers, themselves and not detached: the state of a traced function
  /// (TraceOptions::state).
  NamedTensors named_state(std::string_view prefix = "") const;
  std::vector<Module*> children() const;
  std::vector<std::pair<std::string, Module*>> named_children() const;
  /// This module and all below it, each once.
  std::vector<Module*> modules();
  std::vector<std::pair<std::string, Module*>> named_modules(std::string_view prefix = "");
  const std::vector<std::pair<std::string, std::shared_ptr<Module>>>& shared_children() const {
    return children_;
  }
  /// "layers.0.fc1"; "" is this module. Error: code index.
  Module& get_submodule(std::string_view path);

  // State.

  /// Parameters and persistent buffers under PyTorch's keys, as detached aliases: they share
  /// memory with the module. A shared module appears under each of its names.
  NamedTensors state_dict(std::string_view prefix = "") const;
  /// Copies values in, cast to the dtypes that are here. All keys are checked first: on an error
  /// nothing was changed. Errors: code value, listing every missing and unexpected key (when
  /// strict) and every tensor of another shape (always).
  LoadResult load_state_dict(const NamedTensors& state, bool strict = true);

  // Modes. Each returns this module.

  Module& train(bool mode = true);
  Module& eval() { return train(false); }
  Module& requires_grad_(bool requires_grad = true);
  /// Drops gradients, or fills them with zeros.
  Module& zero_grad(bool set_to_none = true);
  /// Casts floating parameters and buffers where they are: handles to them, an optimizer's too,
  /// see the new dtype. Error: code dtype unless `dtype` is floating.
  Module& to(DType dtype);
  /// Calls `f` with every module below this one, children first, then with this one.
  Module& apply(const std::function<void(Module&)>& f);

  RemovableHandle register_forward_pre_hook(ForwardPreHook hook);
  RemovableHandle register_forward_hook(ForwardHook hook);

  /// The class's name without namespaces.
  virtual std::string name() const;
  /// What stands between the parentheses when printed.
  virtual std::string extra_repr() const { return {}; }

  /// A key that old checkpoints lack and that may stay as it is.
  virtual bool may_be_missing(std::string_view) const { return false; }

  /// Printing folds equal neighbours: "(0-2): 3 x Linear(…)".
  virtual bool folds_equal_children() const { return false; }

  bool training = true;

  /// One registered name; its tensor is undefined while the name holds nothing.
  struct Slot {
    std::string name;
    Tensor tensor;
    bool persistent = true;
  };
  // Slots have addresses of their own: members refer to them.
  using Slots = std::vector<std::unique_ptr<Slot>>;
  /// What is registered here, in order: front ends put tensors of theirs in and take new ones out.
  const Slots& parameter_slots() const { return parameters_; }
  const Slots& buffer_slots() const { return buffers_; }

 protected:
  /// Tandem's own modules: ops inside belong to the line that called the module.
  struct BuiltIn {};
  explicit Module(BuiltIn) : built_in_(true) {}

  /// Calls forward(inputs...) as operator() should: hooks, lines and errors that name the module.
  /// The result is a Tensor or a std::array of them.
  template <class Forward, std::same_as<Tensor>... Inputs>
  auto call(const Forward& forward, Location where, const Inputs&... inputs) {
    try {
      if (built_in_) {
        At line(where);
        return hooks_ ? with_hooks(forward, inputs...) : forward(inputs...);
      }
      OwnLines lines;
      return hooks_ ? with_hooks(forward, inputs...) : forward(inputs...);
    } catch (const Error& error) {
      rethrow(error);
    }
  }

 private:
  /// Ops in the forward() of a user's module belong to their own lines, also where a module of
  /// Tandem's (a Sequential) calls it.
  struct OwnLines {
    bool relocated = std::exchange(mode.relocated, false);
    ~OwnLines() { mode.relocated = relocated; }
  };

  void check_name(std::string_view what, const std::string& name) const;
  void add_child(std::string name, std::shared_ptr<Module> module);
  [[noreturn]] void rethrow(const Error& error) const;
  void run_before(std::span<Tensor> inputs);
  void run_after(std::span<const Tensor> inputs, std::span<Tensor> outputs);

  template <class Forward, class... Inputs>
  auto with_hooks(const Forward& forward, const Inputs&... given) {
    std::array<Tensor, sizeof...(Inputs)> inputs{given...};
    run_before(inputs);
    auto result = std::apply(forward, inputs);
    if constexpr (std::is_same_v<decltype(result), Tensor>)
      run_after(inputs, {&result, 1});
    else
      run_after(inputs, result);
    return result;
  }

  struct Tree;  // walks; module_tree.cc
  friend Tree;
  friend std::string to_string(const Module& module);

  Slots parameters_, buffers_;
  std::vector<std::pair<std::string, std::shared_ptr<Module>>> children_;
  std::shared_ptr<Hooks> hooks_;
  bool built_in_ = false;
};

inline Tensor Module::operator()(Arg input) {
  return call([this](const Tensor& x) { return forward(x); }, input.where, *input.tensor);
}

/// As PyTorch prints modules.
std::string to_string(const Module& module);
inline void append(std::string& to, const Module& module) { to += to_string(module); }

}  // namespace tandem::nn
