// Second names, for front ends: what programs of other frameworks call an op or a parameter.
#pragma once
#include <span>
#include <string_view>

namespace tandem {

struct Synonym {
  std::string_view word;
  std::string_view means;
};

/// Of ops: "absolute" is abs.
std::span<const Synonym> op_synonyms();
/// Of parameters, where an op has none of this name: "axis" is dim.
std::span<const Synonym> keyword_synonyms();

}  // namespace tandem
