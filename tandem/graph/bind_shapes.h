// Which sizes a program's symbolic dims have, told from the inputs of a call.
#pragma once
#include <span>
#include <string_view>

#include "tandem/graph/program.h"

namespace tandem::graph {

/// One size for each of the program's symbolic dims. `inputs` are the types of what is passed, in
/// the order of program.of_kind(ParameterKind::input); `state` those of the state, which may be
/// left out where its types are constant. A dim is taken from where it stands alone, else from
/// where it stands as `2*b + 1`; all other sizes are checked against it. Errors name the input: its
/// dtype (code dtype), its number of dims or a size (code shape):
///   image: dim 1 must be 28, got 30
///   image and label: dim b is 7 in 'image' and 8 in 'label'
Sizes bind_shapes(const Program& program, std::span<const Type> inputs,
                  std::span<const Type> state = {});

}  // namespace tandem::graph
