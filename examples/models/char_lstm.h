// A character model: embedding, LSTM, logits.
#pragma once
#include "tandem/nn/nn.h"

namespace tandem::models {

/// ids [B, T] -> logits [B, T, vocabulary]
struct CharLstm : nn::Module {
  nn::Embedding& embedding;
  nn::LSTM& lstm;
  nn::Linear& head;

  explicit CharLstm(int64_t vocabulary = 65, int64_t width = 128, int64_t hidden = 256)
      : embedding(register_module("embedding", nn::Embedding(vocabulary, width))),
        lstm(register_module("lstm", nn::LSTM(width, hidden, {.batch_first = true}))),
        head(register_module("head", nn::Linear(hidden, vocabulary))) {}

  /// The same from a state on, h and c [1, B, hidden] or nothing, which moves along.
  Tensor next(const Tensor& ids, std::array<Tensor, 2>& state) {
    const auto [output, h, c] = lstm(embedding(ids), state);
    state = {h, c};
    return head(output);
  }

  Tensor forward(const Tensor& ids) override { return head(lstm(embedding(ids))[0]); }
};

}  // namespace tandem::models
