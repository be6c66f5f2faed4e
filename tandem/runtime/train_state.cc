#include "tandem/runtime/train_state.h"

#include "tandem/base/error.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/in_place.h"
#include "tandem/runtime/program_file.h"

namespace tandem::runtime {
namespace {

constexpr std::string_view train_state_op = "TrainState";
constexpr std::string_view kind_key = "kind", kind = "train state";

/// The entry of a part's tensor: a part of one nameless tensor is the part's name alone.
std::string entry_of(const std::string& part, const std::string& name) {
  return name.empty() ? part : text(part, ".", name);
}

}  // namespace

void TrainState::add(std::string part, NamedTensors tensors) {
  push({std::move(part), std::move(tensors), {}, {}, false});
}
void TrainState::add(std::string part, std::function<NamedTensors()> read,
                     std::function<void(const NamedTensors&)> write) {
  push({std::move(part), {}, std::move(read), std::move(write), false});
}
void TrainState::push(Part part) {
  if (part.name.empty() || part.name.find('.') != std::string::npos)
    fail(ErrorCode::value, train_state_op, "a part's name has a letter at least and no dot, got '",
         part.name, "'");
  if (std::ranges::find(parts_, part.name, &Part::name) != parts_.end())
    fail(ErrorCode::value, train_state_op, "there is a part '", part.name, "' already");
  parts_.push_back(std::move(part));
}
void TrainState::add(std::string part, Generator& generator) {
  add(
      std::move(part), [&generator] { return NamedTensors{{"", generator.get_state()}}; },
      [&generator](const NamedTensors& t) { generator.set_state(t[""]); });
}
void TrainState::add(std::string part, int64_t& number) {
  add(
      std::move(part), [&number] { return NamedTensors{{"", full({}, number, DType::i64)}}; },
      [&number](const NamedTensors& t) { number = t[""].item<int64_t>(); });
}
void TrainState::add(std::string part, double& number) {
  add(
      std::move(part), [&number] { return NamedTensors{{"", full({}, number, DType::f64)}}; },
      [&number](const NamedTensors& t) { number = t[""].item<double>(); });
}
void TrainState::expect(std::string part, double number) {
  push({std::move(part), {{"", full({}, number, DType::f64)}}, {}, {}, true});
}

void TrainState::save(const std::string& path, const graph::ProgramSet& programs) const {
  ProgramFile file{.programs = programs};
  for (const Part& part : parts_)
    for (const auto& [name, tensor] : part.read ? part.read() : part.tensors)
      file.state.add(entry_of(part.name, name), tensor.detach());
  file.metadata = {{std::string(kind_key), std::string(kind)}};
  save_program(path, file);
}

void TrainState::load(const std::string& path) {
  const ProgramFile file = load_program(path);
  if (std::ranges::find(file.metadata, Metadata::value_type(kind_key, kind)) == file.metadata.end())
    fail(ErrorCode::format, train_state_op, "'", path,
         "' holds no state of training; TrainState::save writes ", "one");

  // Who takes which tensor, before anything changes.
  std::vector<NamedTensors> found(parts_.size());
  std::size_t taken = 0;
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::string prefix = part.name + ".";
    for (const auto& [name, tensor] : file.state)
      if (name == part.name || name.starts_with(prefix)) {
        found[i].add(name == part.name ? "" : name.substr(prefix.size()), tensor);
        ++taken;
      }
    if (part.write && found[i].empty() && !part.read().empty())
      fail(ErrorCode::value, train_state_op, "'", path, "' has no ", part.name);
    if (part.write) continue;
    for (const auto& [name, own] : part.tensors) {
      const Tensor* saved = found[i].find(name);
      if (!saved)
        fail(ErrorCode::value, train_state_op, "'", path, "' has no tensor ",
             entry_of(part.name, name));
      if (saved->type() != own.type())
        fail(ErrorCode::value, train_state_op, entry_of(part.name, name), " is ", own.type(),
             ", in '", path, "' it is ", saved->type());
    }
    if (part.expected)
      if (const double saved = found[i][""].item(), now = part.tensors[""].item(); saved != now)
        fail(ErrorCode::value, train_state_op, "training began with ", part.name, " = ", saved,
             " and goes on only with that, not with ", now);
    if (found[i].size() != part.tensors.size())
      for (const auto& [name, saved] : found[i])
        if (!part.tensors.contains(name))
          fail(ErrorCode::value, train_state_op, "'", path, "' has a tensor ",
               entry_of(part.name, name), ", which this training does not have");
  }
  if (taken != file.state.size())
    for (const auto& [name, tensor] : file.state)
      if (std::ranges::none_of(parts_, [&](const Part& part) {
            return name == part.name || name.starts_with(part.name + ".");
          }))
        fail(ErrorCode::value, train_state_op, "'", path, "' has a tensor ", name,
             ", which this training does not have");

  for (std::size_t i = 0; i < parts_.size(); ++i)
    if (parts_[i].write) parts_[i].write(found[i]);
  const NoGrad off;
  for (std::size_t i = 0; i < parts_.size(); ++i)
    for (const auto& [name, own] : parts_[i].tensors) {
      Tensor to = own.detach();
      assign(to, found[i][name], train_state_op, Location::current());
    }
}

}  // namespace tandem::runtime
