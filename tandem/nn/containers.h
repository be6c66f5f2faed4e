// Modules made of a list of modules.
#pragma once
#include "tandem/nn/module.h"

namespace tandem::nn {

/// What containers share: children under "0", "1", …, or under names.
class Container : public Module {
 public:
  std::size_t size() const { return shared_children().size(); }
  bool empty() const { return size() == 0; }
  /// Negative indices count from the end. Error: code index.
  Module& operator[](int64_t i) const;
  /// Child i as what it is: list.at<nn::Linear>(0).weight. Error: code value.
  template <std::derived_from<Module> M>
  M& at(int64_t i) const {
    Module& child = (*this)[i];
    if (M* m = dynamic_cast<M*>(&child)) return *m;
    fail(ErrorCode::value, name(), "child ", i, " is another module: ", to_string(child));
  }

  class Iterator {
   public:
    using difference_type = std::ptrdiff_t;
    using value_type = Module;
    explicit Iterator(const std::pair<std::string, std::shared_ptr<Module>>* at = nullptr)
        : at_(at) {}
    Module& operator*() const { return *at_->second; }
    Iterator& operator++() {
      ++at_;
      return *this;
    }
    Iterator operator++(int) { return Iterator(at_++); }
    bool operator==(const Iterator&) const = default;

   private:
    const std::pair<std::string, std::shared_ptr<Module>>* at_;
  };
  Iterator begin() const { return Iterator(shared_children().data()); }
  Iterator end() const { return Iterator(shared_children().data() + size()); }

 protected:
  Container() : Module(BuiltIn{}) {}
  template <std::derived_from<Module> M>
  M& append_child(M module) {
    return register_module(text(size()), std::move(module));
  }
};

/// Runs its modules one after the other.
///
///   nn::Sequential net{nn::Linear(8, 16), nn::ReLU(), nn::Linear(16, 4)};
///
/// Braces make every compiler build the modules from left to right, and so draw the same weights
/// for a seed; between parentheses the order is the compiler's choice.
class Sequential : public Container {
 public:
  template <std::derived_from<Module>... Modules>
  explicit Sequential(Modules... modules) {
    (append_child(std::move(modules)), ...);
  }
  template <std::derived_from<Module> M>
  M& append(M module) {
    return append_child(std::move(module));
  }
  Tensor forward(const Tensor& input) override;
};

/// Holds modules; how they are run is up to the module that owns the list.
///
///   for (nn::Module& layer : layers) x = layer(x);
class ModuleList : public Container {
 public:
  template <std::derived_from<Module>... Modules>
  explicit ModuleList(Modules... modules) {
    (append_child(std::move(modules)), ...);
  }
  template <std::derived_from<Module> M>
  M& append(M module) {
    return append_child(std::move(module));
  }
  bool folds_equal_children() const override { return true; }
};

/// Holds modules by name, in order of insertion.
class ModuleDict : public Container {
 public:
  ModuleDict() = default;
  template <std::derived_from<Module> M>
  M& insert(std::string key, M module) {
    return register_module(std::move(key), std::move(module));
  }
  bool contains(std::string_view key) const;
  /// Error: code index.
  Module& operator[](std::string_view key);
  using Container::operator[];
  std::vector<std::string> keys() const;
};

}  // namespace tandem::nn
