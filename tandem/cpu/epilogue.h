// What is done to a part of a product right after it was computed, while the cache still holds it.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// A part of a result that is a matrix: of matmul and linear the last dim by all before it, of
/// images the channels by all pixels.
struct MatrixPart {
  int64_t row_begin, row_end, column_begin, column_end;
};

/// Every element of the result is in exactly one part.
class Epilogue {
 public:
  /// On the thread that computed the part.
  virtual void run(const MatrixPart& part) const = 0;

 protected:
  ~Epilogue() = default;
};

/// For kernels that have no parts to hand over: the whole result, on as many threads as pay.
void run_on_all(const Epilogue& epilogue, int64_t rows, int64_t columns);

}  // namespace tandem::cpu
