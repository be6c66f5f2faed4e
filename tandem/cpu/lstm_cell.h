// The elementwise half of an LSTM step, on lanes; the other half is matrix products.
#pragma once
#include <cstdint>

namespace tandem::cpu {

/// One row: `gates` are four pieces i, f, g, o of `hidden` floats each, first sums, then activated.
/// c_before may be null for zeros.
void lstm_cell(int64_t hidden, float* gates, const float* c_before, float* c, float* h);

/// One row backward: from dh and dc (the gradient of c from the step after) to the gradients of the
/// sums in d_gates, which may be `gates`; dc becomes the gradient of c_before.
void lstm_cell_backward(int64_t hidden, const float* gates, const float* c_before, const float* c,
                        const float* dh, float* dc, float* d_gates);

}  // namespace tandem::cpu
