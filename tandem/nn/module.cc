#include "tandem/nn/module.h"

#include <cxxabi.h>

#include <cstdlib>
#include <typeinfo>

namespace tandem::nn {
namespace {

/// An error on its way out of nested modules: it knows which module raised it, and each module
/// that it passes puts its own name for that one before the path.
struct ModuleError : Error {
  ModuleError(const Error& e, std::string message, const Module& in, std::string path)
      : Error(e.code(), e.op(),
              text(message,
                   path.empty() ? std::string("; module ") : text("; module \"", path, "\" of "),
                   in.name())),
        message(std::move(message)),
        module(&in),
        path(std::move(path)) {}
  std::string message;   // without op and module
  const Module* module;  // the last one passed
  std::string path;      // from there to the one that raised it
};

/// The path from `from` to `to`, which need not be a direct child; false where there is none.
bool find_path(const Module& from, const Module* to, std::string& path) {
  for (const auto& [name, child] : from.shared_children()) {
    if (child.get() == to) {
      path = name;
      return true;
    }
    if (find_path(*child, to, path)) {
      path = name + "." + path;
      return true;
    }
  }
  return false;
}

}  // namespace

void Module::rethrow(const Error& error) const {
  const auto* inner = dynamic_cast<const ModuleError*>(&error);
  if (!inner) {
    const std::string what = error.what();
    throw ModuleError(error, what.substr(error.op().size() + 2), *this, "");
  }
  std::string path;
  if (inner->module == this || !find_path(*this, inner->module, path)) throw;
  if (!inner->path.empty()) path += "." + inner->path;
  throw ModuleError(error, inner->message, *this, path);
}

Tensor Module::forward(const Tensor&) {
  fail(ErrorCode::unsupported, name(),
       "has no forward of one tensor: define Tensor forward(const Tensor&) override, or call it "
       "with the inputs that it takes");
}

void Module::check_name(std::string_view what, const std::string& name) const {
  const std::string self = this->name();
  if (name.empty()) fail(ErrorCode::value, self, what, " name can't be the empty string \"\"");
  if (name.find('.') != std::string::npos)
    fail(ErrorCode::value, self, what, " name can't contain \".\", got \"", name, "\"");
  auto taken = [&] { fail(ErrorCode::value, self, "attribute \"", name, "\" already exists"); };
  for (const auto& slot : parameters_)
    if (slot->name == name) taken();
  for (const auto& slot : buffers_)
    if (slot->name == name) taken();
  for (const auto& [child, module] : children_)
    if (child == name) taken();
}

Tensor& Module::register_parameter(std::string name, Tensor parameter, bool requires_grad) {
  check_name("parameter", name);
  if (parameter) {
    if (!parameter.is_leaf())
      fail(ErrorCode::autograd, this->name(), "cannot assign non-leaf Tensor to parameter \"", name,
           "\": model parameters must be created explicitly; detach() it");
    if (requires_grad) parameter.requires_grad_();
  }
  parameters_.push_back(std::make_unique<Slot>(Slot{std::move(name), std::move(parameter)}));
  return parameters_.back()->tensor;
}

Tensor& Module::register_buffer(std::string name, Tensor buffer, bool persistent) {
  check_name("buffer", name);
  buffers_.push_back(std::make_unique<Slot>(Slot{std::move(name), std::move(buffer), persistent}));
  return buffers_.back()->tensor;
}

void Module::add_child(std::string name, std::shared_ptr<Module> module) {
  check_name("module", name);
  children_.emplace_back(std::move(name), std::move(module));
}

RemovableHandle Module::register_forward_pre_hook(ForwardPreHook hook) {
  if (!hooks_) hooks_ = std::make_shared<Hooks>();
  hooks_->before.emplace_back(hooks_->next_id, std::move(hook));
  return {hooks_, hooks_->next_id++};
}

RemovableHandle Module::register_forward_hook(ForwardHook hook) {
  if (!hooks_) hooks_ = std::make_shared<Hooks>();
  hooks_->after.emplace_back(hooks_->next_id, std::move(hook));
  return {hooks_, hooks_->next_id++};
}

void RemovableHandle::remove() {
  if (const auto hooks = hooks_.lock()) {
    const auto ours = [this](const auto& entry) { return entry.first == id_; };
    std::erase_if(hooks->before, ours);
    std::erase_if(hooks->after, ours);
  }
  hooks_.reset();
}

// A hook may remove itself, or add others: what runs is the list as it was.
void Module::run_before(std::span<Tensor> inputs) {
  const auto hooks = hooks_->before;
  for (const auto& [id, hook] : hooks) hook(*this, inputs);
}

void Module::run_after(std::span<const Tensor> inputs, std::span<Tensor> outputs) {
  const auto hooks = hooks_->after;
  for (const auto& [id, hook] : hooks) hook(*this, inputs, outputs);
}

std::string Module::name() const {
  const char* mangled = typeid(*this).name();
  int status = 0;
  char* demangled = abi::__cxa_demangle(mangled, nullptr, nullptr, &status);
  std::string name = status == 0 ? demangled : mangled;
  std::free(demangled);
  name = name.substr(0, name.find('<'));
  const std::size_t colons = name.rfind("::");
  return colons == std::string::npos ? name : name.substr(colons + 2);
}

}  // namespace tandem::nn
