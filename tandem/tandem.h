// The whole framework in one include. Including it also installs kernels, gradient rules and the
// tape before main; a lean program includes what it needs and installs that.
#pragma once
#include "tandem/autograd/anomaly.h"
#include "tandem/autograd/backward.h"
#include "tandem/autograd/checkpoint.h"
#include "tandem/autograd/function.h"
#include "tandem/autograd/functional.h"
#include "tandem/autograd/hooks.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"
#include "tandem/ops/in_place_functions.h"
#include "tandem/ops/indexing.h"
#include "tandem/ops/random.h"
#include "tandem/ops/variants.h"
#include "tandem/tensor/apply.h"
#include "tandem/tensor/literal.h"
#include "tandem/tensor/print.h"
#include "tandem/tensor/tensor.h"

namespace tandem {

/// Installs everything; later calls do nothing.
void initialize();
namespace detail {
inline const bool initialized = (initialize(), true);
}

}  // namespace tandem
