#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// relu_backward(max_pool2d_backward(grad, y), y) becomes max_pool2d_backward(relu_backward(grad,
/// max_pool2d(y)), y), where the program has that maximum: a gradient goes to where y has its
/// maximum and nowhere else, so a mask on the few pooled numbers does what one on all of y did. To
/// the bit, for overlapping windows and NaN too. Where grad and the maximum pass through a reshape
/// on their way, they meet behind it, where both lie alike.
Program mask_pool_gradients(Program program);

}  // namespace tandem::passes
