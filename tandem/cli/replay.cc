#include <fmt/format.h>

#include <optional>

#include "tandem/base/error.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_commands.h"
#include "tandem/compile/tensor_diff.h"
#include "tandem/runtime/first_non_finite.h"
#include "tandem/runtime/step_recorder.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

constexpr std::string_view replay_op = "replay";

NamedTensors copy_of_state(const runtime::Session& session) {
  NamedTensors copy;
  for (const auto& [name, tensor] : session.state()) copy.add(name, copy_of(tensor));
  return copy;
}

bool all_finite(const NamedTensors& tensors) {
  return std::ranges::all_of(tensors, [](const auto& t) { return runtime::is_finite(t.second); });
}

/// The recorded output whose bits differ; "" where none does.
std::string first_difference(const NamedTensors& recorded, const NamedTensors& now) {
  for (const auto& [name, tensor] : now) {
    const Tensor& before = recorded[name];
    if (before.type() != tensor.type()) return name;
    if (diff_tensors(before, tensor).elements) return name;
  }
  return {};
}

}  // namespace

bool replay(const ReplayOptions& options) {
  initialize();
  const runtime::Recording recording = runtime::load_recording(options.path);
  const int64_t first = recording.first_step;
  const int64_t end = first + int64_t(recording.steps.size());
  if (options.step >= 0 && (options.step < first || options.step >= end))
    fail(ErrorCode::index, replay_op, "'", options.path, "' has the steps ", first, " to ", end - 1,
         ", not ", options.step);

  const Program& program = recording.file.programs[recording.program];
  runtime::Session session(recording.file.programs, recording.file.state);
  Json steps = Json::array();
  std::optional<runtime::FirstNonFinite> found;
  int64_t at = first;
  bool same = true;
  for (; at < end; ++at) {
    const runtime::Recording::Step& step = recording.steps[std::size_t(at - first)];
    const NamedTensors before = copy_of_state(session);
    const NamedTensors outputs = session.run(program.name, step.inputs);
    const std::string differs = first_difference(step.outputs, outputs);
    same &= differs.empty();
    const bool finite = all_finite(outputs) && all_finite(session.state());
    steps.push_back({{"step", at}, {"finite", finite}, {"same_bits", differs.empty()}});
    if (!options.json)
      fmt::print("step {}: {}, {}\n", at, finite ? "finite" : "NaN or infinite",
                 differs.empty() ? "the bits that were recorded"
                                 : fmt::format("{} has other bits than were recorded", differs));
    if (options.step >= 0 ? at != options.step : finite) continue;
    found = runtime::find_first_non_finite(program, step.inputs, before);
    break;
  }
  if (options.json) {
    Json json = {{"program", program.name}, {"steps", steps}, {"found", nullptr}};
    if (found)
      json["found"] = {{"step", at},
                       {"instruction", found->instruction},
                       {"where", found->where.line() ? text(found->where) : std::string()},
                       {"element", found->at}};
    print_json(json);
  } else if (found) {
    fmt::print("\nop by op, step {}:\n{}", at, runtime::to_text(*found));
  } else if (at < end) {
    fmt::print(
        "\nop by op, step {}: no op gives a NaN or an infinity that it did not "
        "read\n",
        at);
  } else {
    fmt::print("\nno step gives a NaN or an infinity\n");
  }
  return same;
}

}  // namespace tandem::cli
