#include "tandem/cli/digit_programs.h"

#include "tandem/tandem.h"
#include "tandem/trace/trace.h"

namespace tandem::cli {
namespace {

void add_program(ProgramFile& file, Traced traced) {
  file.programs.programs.push_back(std::move(traced.program));
  for (const auto& [name, t] : traced.state)
    if (!file.state.contains(name)) file.state.add(name, t);
}

Traced trace_predict(DigitNet& net) {
  const NoGrad off;
  net.eval();
  return trace(
      [&](const Tensor& image) {
        const Tensor pixels = unsqueeze(cast(image, DType::f32) / 255.0, 1);
        return NamedTensors{{"probs", softmax(net(pixels), 1)}};
      },
      {{"image", {dim("b"), 28, 28}, DType::u8}}, {.name = "predict", .state = net.named_state()});
}

Tensor table(const std::vector<double>& numbers) {
  return from_data(numbers, {int64_t(numbers.size())});
}

Traced trace_train_step(DigitNet& net, optim::Adam& optimizer, const ScheduleTaken& schedule) {
  const Tensor rates = table(schedule.rates), momenta = table(schedule.momenta);
  Tensor steps = full({1}, 0, DType::i64);
  Tensor rate = optimizer.param_groups[0].lr;  // and beta1
  NamedTensors state = net.named_parameters();
  for (const auto& [name, t] : optimizer.named_state(net.named_parameters())) state.add(name, t);
  state.add("schedule.lr", rates);
  state.add("schedule.momentum", momenta);
  state.add("schedule.step", steps);
  net.train();
  return trace(
      [&](const Tensor& pixels, const Tensor& label) {
        rate.copy_(cat({index_select(rates, 0, steps), index_select(momenta, 0, steps)}));
        steps.copy_(minimum(steps + 1, rates.size(0) - 1));
        optimizer.zero_grad();
        const Tensor scores = net(pixels);
        const Tensor loss = cross_entropy(scores, label);
        loss.backward();
        optimizer.step();
        return NamedTensors{{"loss", loss}, {"right", sum(argmax(scores, 1) == label)}};
      },
      {{"pixels", {dim("b"), 1, 28, 28}}, {"label", {dim("b")}, DType::i64}},
      {.name = "train_step", .state = std::move(state)});
}

}  // namespace

ProgramFile digit_programs(DigitNet& net, optim::Adam& optimizer, const ScheduleTaken& schedule) {
  ProgramFile file;
  add_program(file, trace_predict(net));
  add_program(file, trace_train_step(net, optimizer, schedule));
  file.add_asset("labels", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n");
  return file;
}

}  // namespace tandem::cli
