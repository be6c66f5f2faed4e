// An LSTM that learns to write like Shakespeare, character by character, and shows how it fares
// while it learns.
//
//   build/release/bin/char_lstm          TANDEM_DATA=folder uses folder/text/tinyshakespeare.txt
#include <cstdio>

#include "tandem/data/data_loader.h"
#include "tandem/data/text_dataset.h"
#include "tandem/nn/nn.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

using namespace tandem;

constexpr int64_t length = 64, width = 128, hidden = 256, batch_size = 32, steps = 2000;

struct Writer : nn::Module {
  explicit Writer(int64_t vocabulary)
      : token(register_module("token", nn::Embedding(vocabulary, width))),
        head(register_module("head", nn::Linear(hidden, vocabulary))) {}

  /// ids [B, T]; state: h and c [1, B, hidden] or nothing. Gives scores [B, T, vocabulary].
  Tensor operator()(const Tensor& ids, std::array<Tensor, 2>& state) {
    const auto [output, h, c] = lstm(token(ids), state);
    state = {h, c};
    return head(output);
  }
  nn::Embedding& token;
  nn::LSTM& lstm = register_module("lstm", nn::LSTM(width, hidden, {.batch_first = true}));
  nn::Linear& head;
};

/// A class drawn by its chance, from the default generator.
int64_t draw(const Tensor& chances) {
  double rest = default_generator().uniform64();
  const auto values = chances.to_vector<double>();
  for (size_t i = 0; i + 1 < values.size(); ++i)
    if ((rest -= values[i]) < 0) return int64_t(i);
  return int64_t(values.size()) - 1;
}

/// Draws one character after the other from what the model expects.
std::string write(Writer& writer, const Vocabulary& vocabulary, int64_t count) {
  NoGrad off;
  std::vector<int64_t> ids = vocabulary.encode("\n");
  std::array<Tensor, 2> state;
  while (int64_t(ids.size()) <= count) {
    const Tensor scores = writer(from_data({ids.back()}, {1, 1}), state);
    ids.push_back(draw(softmax(flatten(scores), 0)));
  }
  return vocabulary.decode(ids);
}

int main() {
  manual_seed(1);
  const std::string text = load_shakespeare();
  const Vocabulary vocabulary(text);
  const auto data = std::make_shared<TextDataset>(vocabulary.encode(text), length);
  const auto order = std::make_shared<RandomSampler>(data->size(), true, steps * batch_size);
  DataLoader loader(data, {.batch_size = batch_size, .sampler = order, .num_workers = 1});

  Writer writer(vocabulary.size());
  optim::Adam optimizer(writer.parameters(), {.lr = 2e-3});
  int64_t step = 0;
  for (const Batch& batch : loader) {
    optimizer.zero_grad();
    std::array<Tensor, 2> state;
    const Tensor loss = cross_entropy(flatten(writer(batch[0], state), 0, 1), flatten(batch[1]));
    loss.backward();
    optim::clip_grad_norm_(writer.parameters(), 1.0);
    optimizer.step();
    if (++step % 200 == 0)
      std::printf("--- step %ld, loss %.3f%s\n", long(step), loss.item(),
                  write(writer, vocabulary, 200).c_str());
  }
}
