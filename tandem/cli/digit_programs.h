// What `tandem train digits` leaves behind: the convnet's programs in a file.
#pragma once
#include "tandem/cli/digit_net.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/lr_scheduler.h"
#include "tandem/runtime/program_file.h"

namespace tandem::cli {

/// What the schedule said before each step of a training run.
struct ScheduleTaken {
  std::vector<double> rates, momenta;

  void add(optim::Optimizer& optimizer) {
    rates.push_back(optimizer.lr(0));
    momenta.push_back(optimizer.moving_momentum(0));
  }
};

/// Two programs with a symbolic batch size, and their state:
///   predict(image: u8[b, 28, 28]) -> (probs: f32[b, 10])
///   train_step(pixels: f32[b, 1, 28, 28], label: i64[b]) -> (loss: f32[], right: i64[])
/// The step is the one that trained the net. Its schedule stands in state "schedule.lr" and
/// "schedule.momentum" (Adam's beta1), a number a step, of which "schedule.step" have been taken;
/// after the last one they stay.
ProgramFile digit_programs(DigitNet& net, optim::Adam& optimizer, const ScheduleTaken& schedule);

}  // namespace tandem::cli
