#include <cstdio>
#include <cstdlib>
#include <mutex>

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
  static std::once_flag once;
  std::call_once(once, [] {
    install_all_rules();
    install_tape();
    choose_cpu_target();
    cpu::install_all();
  });
}

}  // namespace tandem
