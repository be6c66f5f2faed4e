// Programs traced from models, with what to run them on, for tests of what passes leave unchanged.
#pragma once
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tandem/graph/program.h"

namespace tandem {

struct TracedModel {
  std::string name;
  Program program;  // one symbolic dim, b
  NamedTensors inputs, state;
  int64_t batch;

  /// With concrete types, as at these inputs.
  Program bound() const;
};

/// The convnet of handwritten digits: predict and a training step.
TracedModel digits_predict();
TracedModel digits_train_step();
/// A convnet with batch norm.
TracedModel batch_norm_train_step();
/// A layer of a transformer with dropout.
TracedModel transformer_train_step();
TracedModel lstm_train_step();
/// A recurrent net written as a scan.
TracedModel scan_train_step();
std::vector<TracedModel> traced_models();

/// Both programs give the same bits on the model's inputs.
void expect_same_results(const TracedModel& model, const Program& after);

/// What a pass makes of a program that is given and printed as text, without locations.
std::string rewritten(const std::function<Program(Program)>& pass, std::string_view text);
std::vector<std::string> op_names(const Program& program);

}  // namespace tandem
