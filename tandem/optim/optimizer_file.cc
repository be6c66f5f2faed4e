#include "tandem/optim/optimizer_file.h"

#include "tandem/io/tensor_files.h"
#include "tandem/optim/optimizer_tensors.h"

namespace tandem::optim {

void save_optimizer(const std::string& path, const Optimizer& optimizer) {
  save_safetensors(path, to_tensors(optimizer.state_dict()), {{"optimizer", optimizer.name()}});
}

void load_optimizer(const std::string& path, Optimizer& optimizer) {
  constexpr std::string_view op = "load_optimizer";
  Metadata metadata;
  const NamedTensors tensors = load_safetensors(path, &metadata);
  const auto saved =
      std::ranges::find(metadata, "optimizer", [](const auto& entry) { return entry.first; });
  if (saved == metadata.end())
    fail(ErrorCode::format, op, "\"", path,
         "\" holds no optimizer: its metadata lacks \"optimizer\"");
  if (saved->second != optimizer.name())
    fail(ErrorCode::value, op, "\"", path, "\" holds the state of ", saved->second,
         ", this optimizer is ", optimizer.name());
  try {
    optimizer.load_state_dict(optimizer_state(tensors));
  } catch (const Error& error) {
    fail(error.code(), op, "\"", path, "\": ", error.what());
  }
}

}  // namespace tandem::optim
