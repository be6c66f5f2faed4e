// What is done to a part of a product right after it was computed, while the cache still holds it.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// A part of a result that is a matrix: of matmul and linear the last dim by all before it, of
/// images the channels by all pixels.
struct MatrixPart {
  int64_t row_begin, row_end, column_begin, column_end;
};

enum class Activation : uint8_t { none, relu, hardtanh };

/// What a product's kernel does to its sums while they are in registers: convolutions of f32
/// without a bias (sum - mean) * scale + bias, all of them relu, convolutions of f32 hardtanh.
struct RegisterEpilogue {
  const float* mean = nullptr;  // [channels], as the next two; with scale or not at all
  const float* scale = nullptr;
  const float* bias = nullptr;
  Activation activation = Activation::none;
  float low = 0, high = 0;  // hardtanh's bounds

  RegisterEpilogue from(int64_t channel) const {
    const auto at = [&](const float* p) { return p ? p + channel : nullptr; };
    return {at(mean), at(scale), at(bias), activation, low, high};
  }
};

/// Every element of the result is in exactly one part.
class Epilogue {
 public:
  explicit Epilogue(const RegisterEpilogue& in_registers = {}) : in_registers(in_registers) {}
  /// On the thread that computed the part, `in_registers` included.
  virtual void run(const MatrixPart& part) const = 0;

  const RegisterEpilogue in_registers;

 protected:
  ~Epilogue() = default;
};

/// For kernels that have no parts to hand over: the whole result, on as many threads as pay.
void run_on_all(const Epilogue& epilogue, int64_t rows, int64_t columns);

}  // namespace tandem::cpu
