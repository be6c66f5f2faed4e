// Computes what `tandem verify` compares with its own values, on a machine where only the kernels
// and the interpreter are: another processor, under an emulator.
//
//   verify_runner VALUES CASE
#include <cstdio>

#include "tandem/base/attempt.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/registry.h"
#include "tandem/runtime/verify_case.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fprintf(stderr, "usage: verify_runner VALUES CASE\n");
    return 2;
  }
  const auto error = tandem::attempt([&] {
    tandem::install_all_rules();
    tandem::cpu::install_all();
    tandem::save_values(argv[1], tandem::load_case(argv[2]));
  });
  if (!error) return 0;
  std::fprintf(stderr, "verify_runner: %s\n", error->what());
  return 1;
}
