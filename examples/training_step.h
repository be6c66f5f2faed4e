// What the examples share: their arguments, and a training step that is run eagerly or compiled.
#pragma once
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string_view>

#include "tandem/compile/compile.h"
#include "tandem/optim/training_state.h"

namespace tandem {

/// "[STEPS] [--compile]"
struct ExampleArguments {
  int64_t steps;
  bool compile = false;

  ExampleArguments(int argc, char** argv, int64_t default_steps) : steps(default_steps) {
    for (int i = 1; i < argc; ++i) {
      const std::string_view word = argv[i];
      const auto read = std::from_chars(word.data(), word.data() + word.size(), steps);
      if (word == "--compile") {
        compile = true;
      } else if (read.ec != std::errc() || read.ptr != word.data() + word.size() || steps < 1) {
        std::fprintf(stderr, "usage: %s [STEPS] [--compile]; got '%s'\n", argv[0], argv[i]);
        std::exit(2);
      }
    }
  }
};

using TrainingStep = std::function<Tensor(const Tensor& input, const Tensor& target)>;

/// `step` (forward, backward, update; gives the loss) as it is, or as one program that is traced,
/// optimized and planned at its first call and has the same bits.
inline TrainingStep training_step(const ExampleArguments& arguments, const nn::Module& net,
                                  optim::Optimizer& optimizer, const TrainingStep& step) {
  if (!arguments.compile) return step;
  const auto program = std::make_shared<Compiled>(
      Function(step), CompileOptions{.state = optim::training_state(net, optimizer)});
  return [program](const Tensor& input, const Tensor& target) {
    return (*program)({input, target})["result"];
  };
}

}  // namespace tandem
