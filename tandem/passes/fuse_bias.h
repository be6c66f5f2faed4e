#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

/// add(matmul(x, w), bias) with a bias [n] becomes linear(x, w transposed, bias), whose kernel adds
/// the bias while the sums are in registers: of f32 and f64 the same bits. (Halves would be rounded
/// once instead of twice.) Products that something else reads as well stay.
Program fuse_bias(Program program);

}  // namespace tandem::passes
