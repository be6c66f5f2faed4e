// Installs the CPU kernels, a family at a time. Each chooses the SIMD target once, here.
#pragma once

namespace tandem::cpu {

void install_elementwise();
void install_copy();  // full, cast, copies, contiguous reshape, scatters of views, where
void install_reduce();
void install_matmul();

inline void install_all() {
  install_elementwise();
  install_copy();
  install_reduce();
  install_matmul();
}

}  // namespace tandem::cpu
