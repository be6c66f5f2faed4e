// An LSTM that learns to write like Shakespeare, character by character, and shows how it fares
// while it learns.
//
//   build/release/bin/char_lstm [STEPS] [--compile]
//
// TANDEM_DATA=folder uses folder/text/tinyshakespeare.txt
#include <cstdio>

#include "examples/characters.h"
#include "examples/models/char_lstm.h"
#include "examples/training_step.h"
#include "tandem/data/data_loader.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

using namespace tandem;

constexpr int64_t length = 64, batch_size = 32;

int main(int argc, char** argv) {
  const ExampleArguments arguments(argc, argv, 2000);
  manual_seed(1);
  const std::string text = load_shakespeare();
  const Vocabulary vocabulary(text);
  const auto data = std::make_shared<TextDataset>(vocabulary.encode(text), length);
  const auto order =
      std::make_shared<RandomSampler>(data->size(), true, arguments.steps * batch_size);
  DataLoader loader(data, {.batch_size = batch_size, .sampler = order, .num_workers = 1});

  models::CharLstm writer(vocabulary.size());
  optim::Adam optimizer(writer.parameters(), {.lr = 2e-3});
  const auto train =
      training_step(arguments, writer, optimizer, [&](const Tensor& ids, const Tensor& following) {
        optimizer.zero_grad();
        const Tensor loss = cross_entropy(flatten(writer(ids), 0, 1), flatten(following));
        loss.backward();
        optim::clip_grad_norm_(writer.parameters(), 1.0);
        optimizer.step();
        return loss;
      });
  int64_t step = 0;
  for (const Batch& batch : loader) {
    const Tensor loss = train(batch[0], batch[1]);
    if (++step % 200 != 0) continue;
    std::array<Tensor, 2> state;  // so that each character is read once
    const auto next = [&](std::span<const int64_t> ids) {
      return flatten(writer.next(from_data({ids.back()}, {1, 1}), state));
    };
    std::printf("--- step %ld, loss %.3f%s\n", long(step), loss.item(),
                write(vocabulary, 200, next).c_str());
  }
}
