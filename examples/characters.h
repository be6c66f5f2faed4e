// What the models of characters share: how they write.
#pragma once
#include <string>

#include "tandem/data/text_dataset.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/random.h"
#include "tandem/tensor/apply.h"

namespace tandem {

/// `length` characters, each drawn by the chances that the model gives it after those before.
/// `score(ids)` is told all ids so far and gives the logits of the next, [vocabulary].
template <class Score>
std::string write(const Vocabulary& vocabulary, int64_t length, Score score) {
  NoGrad off;
  std::vector<int64_t> ids = vocabulary.encode("\n");
  for (int64_t i = 0; i < length; ++i)
    ids.push_back(multinomial(softmax(score(ids), -1), 1).template item<int64_t>());
  return vocabulary.decode(ids);
}

}  // namespace tandem
