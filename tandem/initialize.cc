#include <cstdio>
#include <cstdlib>

#include "tandem/autograd/tape.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/target.h"
#include "tandem/ops/registry.h"
#include "tandem/tandem.h"

namespace tandem {

static void choose_cpu_target() {
  const char* wanted = std::getenv(cpu::target_variable);
  if (!wanted || !*wanted || cpu::restrict_target(wanted)) return;
  std::string names;
  for (const std::string& name : cpu::targets()) names += (names.empty() ? "" : ", ") + name;
  // Before main there is nobody to catch an error.
  std::fprintf(stderr, "tandem: %s=%s is no target of this machine; it has %s\n",
               cpu::target_variable, wanted, names.c_str());
  std::exit(2);
}

void initialize() {
  // Not call_once: its thread-locals are libstdc++'s, which a program that loads Tandem late (a
  // Python that imported another framework first) can no longer make room for.
  static const bool done = [] {
    install_all_rules();
    install_tape();
    choose_cpu_target();
    cpu::install_all();
    return true;
  }();
  (void)done;
}

}  // namespace tandem
