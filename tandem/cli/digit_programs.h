// What `tandem train digits` leaves behind: the convnet's programs in a file.
#pragma once
#include "tandem/cli/digit_net.h"
#include "tandem/optim/adam.h"
#include "tandem/optim/lr_scheduler.h"
#include "tandem/runtime/program_file.h"

namespace tandem::cli {

/// Two programs with a symbolic batch size, and their state:
///   predict(image: u8[b, 28, 28]) -> (probs: f32[b, 10])
///   train_step(pixels: f32[b, 1, 28, 28], label: i64[b]) -> (loss: f32[], right: i64[])
/// The step is the one that trained the net. Its learning rates stand in state "schedule.lr", a
/// rate a step, of which "schedule.step" have been taken; after the last one the rate stays.
ProgramFile digit_programs(DigitNet& net, optim::Adam& optimizer, const std::vector<double>& rates);

}  // namespace tandem::cli
