#include <mutex>

#include "tandem/autograd/tape.h"
#include "tandem/cpu/kernels.h"
#include "tandem/ops/registry.h"
#include "tandem/tandem.h"

namespace tandem {

void initialize() {
  static std::once_flag once;
  std::call_once(once, [] {
    install_all_rules();
    install_tape();
    cpu::install_all();
  });
}

}  // namespace tandem
