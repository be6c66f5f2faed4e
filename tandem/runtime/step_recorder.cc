#include "tandem/runtime/step_recorder.h"

#include <algorithm>
#include <charconv>

#include "tandem/base/attempt.h"
#include "tandem/runtime/non_finite.h"
#include "tandem/tensor/apply.h"

namespace tandem::runtime {
namespace {

using graph::ParameterKind;

constexpr std::string_view step_recorder_op = "StepRecorder", prefix = "recorded.";
constexpr std::string_view program_key = "recorded.program";

std::vector<Tensor> copies_of(std::span<const Tensor> tensors) {
  std::vector<Tensor> copies;
  for (const Tensor& t : tensors) copies.push_back(copy_of(t));
  return copies;
}

/// The updated states of a program, as they are now.
std::vector<Tensor> updated_state(const Session& session, const Program& program) {
  std::vector<Tensor> state;
  for (const graph::Output& update : program.updates) state.push_back(session.state()[update.name]);
  return state;
}

}  // namespace

StepRecorder::StepRecorder(Session& session, std::string_view program, int64_t steps)
    : session_(session), program_(session.programs()[program]), steps_(steps) {
  if (steps < 1)
    fail(ErrorCode::value, step_recorder_op, "expected one step or more to keep, got ", steps);
  for (const auto& [name, tensor] : session.state()) was_finite_ &= is_finite(tensor);
}

std::vector<Tensor> StepRecorder::run(std::span<const Tensor> inputs) {
  if (segments_.empty() || int64_t(segments_.back().steps.size()) == steps_) {
    segments_.push_back({count_, copies_of(updated_state(session_, program_)), {}});
    if (segments_.size() > 2) segments_.pop_front();
  }
  Step& step = segments_.back().steps.emplace_back(Step{copies_of(inputs), {}});
  std::vector<Tensor> outputs;
  if (Failure failure = capture([&] { outputs = session_.run(program_.name, inputs); })) {
    segments_.back().steps.pop_back();  // a call that was refused is no step
    raise_again(std::move(failure));
  }
  step.outputs = copies_of(outputs);
  ++count_;
  const bool finite = std::ranges::all_of(outputs, is_finite) &&
                      std::ranges::all_of(updated_state(session_, program_), is_finite);
  broken_ |= !finite && was_finite_ && std::ranges::all_of(inputs, is_finite);
  was_finite_ = finite;
  return outputs;
}

void StepRecorder::save(const std::string& path) const {
  if (!count_)
    fail(ErrorCode::value, step_recorder_op, "nothing was run yet, so there is nothing to save");
  ProgramFile file{.programs = session_.programs()};
  const Segment& first = segments_.front();
  for (const auto& [name, tensor] : session_.state()) {
    const auto update = std::ranges::find(program_.updates, name, &graph::Output::name);
    file.state.add(name, update == program_.updates.end()
                             ? tensor
                             : first.state[std::size_t(update - program_.updates.begin())]);
  }
  int64_t number = first.first;
  const std::vector<const graph::Parameter*> inputs = program_.of_kind(ParameterKind::input);
  for (const Segment& segment : segments_)
    for (const Step& step : segment.steps) {
      const std::string of = text(prefix, number++, ".");
      for (std::size_t i = 0; i < inputs.size(); ++i)
        file.state.add(text(of, "input.", inputs[i]->name), step.inputs[i]);
      for (std::size_t i = 0; i < program_.outputs.size(); ++i)
        file.state.add(text(of, "output.", program_.outputs[i].name), step.outputs[i]);
    }
  file.metadata = {{std::string(program_key), program_.name}};
  save_program(path, file);
}

Recording load_recording(const std::string& path) {
  Recording recording{load_program(path), {}, -1, {}};
  const auto bad = [&](const auto&... what) {
    fail(ErrorCode::format, "load_recording", "'", path, "': ", what...);
  };
  ProgramFile& file = recording.file;
  for (const auto& [key, value] : file.metadata)
    if (key == program_key) recording.program = value;
  if (recording.program.empty()) bad("is no recording; `tandem record` makes one");
  const Program* program = file.programs.find(recording.program);
  if (!program) bad("recorded the program ", recording.program, ", which is not there");

  NamedTensors state;
  int64_t last = -1;
  std::vector<std::pair<int64_t, NamedTensors::Entry>> entries;
  for (const auto& [name, tensor] : file.state) {
    if (!name.starts_with(prefix)) {
      state.add(name, tensor);
      continue;
    }
    int64_t number = -1;
    const char *begin = name.data() + prefix.size(), *end = name.data() + name.size();
    const auto read = std::from_chars(begin, end, number);
    if (read.ec != std::errc() || number < 0 || read.ptr == end || *read.ptr != '.')
      bad("\"", name, "\" is not named as \"recorded.12.input.image\" is");
    entries.push_back({number, {std::string(read.ptr + 1, end), tensor}});
    last = std::max(last, number);
    recording.first_step =
        recording.first_step < 0 ? number : std::min(recording.first_step, number);
  }
  if (entries.empty()) bad("has no steps");
  if (last - recording.first_step >= int64_t(entries.size()))
    bad("lacks steps between its first, ", recording.first_step, ", and its last, ", last);
  recording.steps.resize(std::size_t(last - recording.first_step + 1));
  for (auto& [number, entry] : entries) {
    Recording::Step& step = recording.steps[std::size_t(number - recording.first_step)];
    for (const auto& [kind, to] : {std::pair(std::string_view("input."), &step.inputs),
                                   std::pair(std::string_view("output."), &step.outputs)})
      if (entry.first.starts_with(kind)) to->add(entry.first.substr(kind.size()), entry.second);
  }
  for (std::size_t i = 0; i < recording.steps.size(); ++i) {
    const Recording::Step& step = recording.steps[i];
    for (const graph::Parameter* p : program->of_kind(ParameterKind::input))
      if (!step.inputs.contains(p->name))
        bad("step ", recording.first_step + int64_t(i), " has no input ", p->name);
    for (const graph::Output& o : program->outputs)
      if (!step.outputs.contains(o.name))
        bad("step ", recording.first_step + int64_t(i), " has no output ", o.name);
    if (step.inputs.size() + step.outputs.size() !=
        program->of_kind(ParameterKind::input).size() + program->outputs.size())
      bad("step ", recording.first_step + int64_t(i), " has more than its inputs and outputs");
  }
  file.state = std::move(state);
  return recording;
}

}  // namespace tandem::runtime
