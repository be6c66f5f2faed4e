// Installs the CPU kernels, a family at a time. Each chooses the SIMD target once, here.
#pragma once

namespace tandem::cpu {

void install_integer_rows();  // of all elementwise ops; the floating ones, a family each:
void install_elementwise();
void install_elementwise_exponential();
void install_elementwise_trigonometry();
void install_elementwise_compare();  // and bitwise
void install_elementwise_activation();
void install_composed_rows();  // two elementwise ops at once
void install_copy();           // full, cast, copies, contiguous reshape, scatters of views, where
void install_join();           // cat, pad, flip, ranges of numbers
void install_index();
void install_gather();  // and scatter, sort, topk, searchsorted
void install_reduce();
void install_scan();        // cummax, cummin, logcumsumexp
void install_arithmetic();  // gcd
void install_special();
void install_linalg();
void install_matmul();
void install_optimizer();
void install_softmax();
void install_cross_entropy();
void install_embedding();
void install_conv();
void install_pool();
void install_norm();
void install_attention();
void install_lstm();
void install_random();

inline void install_all() {
  install_integer_rows();
  install_elementwise();
  install_elementwise_exponential();
  install_elementwise_trigonometry();
  install_elementwise_compare();
  install_elementwise_activation();
  install_composed_rows();
  install_copy();
  install_join();
  install_index();
  install_gather();
  install_reduce();
  install_scan();
  install_arithmetic();
  install_special();
  install_linalg();
  install_matmul();
  install_optimizer();
  install_softmax();
  install_cross_entropy();
  install_embedding();
  install_conv();
  install_pool();
  install_norm();
  install_attention();
  install_lstm();
  install_random();
}

}  // namespace tandem::cpu
