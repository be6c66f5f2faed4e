// Training goes on from a program file, in a program without autograd, modules or optimizers.
//
//   go_on_training digits.tandem [EPOCHS]
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "tandem/cli/commands.h"
#include "tandem/cpu/kernels.h"

int main(int argc, char** argv) {
  if (argc < 2 || argc > 3) {
    std::fprintf(stderr, "usage: go_on_training FILE.tandem [EPOCHS]\n");
    return 2;
  }
  tandem::cpu::install_all();
  try {
    tandem::cli::TrainProgramOptions options;
    options.path = argv[1];
    if (argc == 3) options.epochs = std::atoi(argv[2]);
    tandem::cli::train_program(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "go_on_training: %s\n", error.what());
    return 1;
  }
}
