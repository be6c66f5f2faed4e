// A small GPT that learns to write like Shakespeare, character by character, and shows how it
// fares while it learns (after Karpathy's nanoGPT).
//
//   build/release/bin/char_gpt [STEPS] [--compile]
//
// TANDEM_DATA=folder uses folder/text/tinyshakespeare.txt
#include <cstdio>

#include "examples/characters.h"
#include "examples/models/gpt.h"
#include "examples/training_step.h"
#include "tandem/data/data_loader.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

using namespace tandem;

constexpr int64_t context = 64, batch_size = 12;

int main(int argc, char** argv) {
  const ExampleArguments arguments(argc, argv, 2000);
  manual_seed(1);
  const std::string text = load_shakespeare();
  const Vocabulary vocabulary(text);
  const auto data = std::make_shared<TextDataset>(vocabulary.encode(text), context);
  const auto order =
      std::make_shared<RandomSampler>(data->size(), true, arguments.steps * batch_size);
  DataLoader loader(data, {.batch_size = batch_size, .sampler = order, .num_workers = 1});

  models::Gpt gpt({.vocabulary = vocabulary.size(), .context = context});
  const auto next = [&](std::span<const int64_t> ids) {
    const auto recent = ids.last(std::min<std::size_t>(ids.size(), context));
    return select(select(gpt(from_data(recent, {1, int64_t(recent.size())})), 0, 0), 0, -1);
  };
  optim::AdamW optimizer(gpt.parameters(), {.lr = 1e-3});
  const auto train =
      training_step(arguments, gpt, optimizer, [&](const Tensor& ids, const Tensor& following) {
        optimizer.zero_grad();
        const Tensor loss = cross_entropy(flatten(gpt(ids), 0, 1), flatten(following));
        loss.backward();
        optimizer.step();
        return loss;
      });
  int64_t step = 0;
  for (const Batch& batch : loader) {
    const Tensor loss = train(batch[0], batch[1]);
    if (++step % 200 == 0)
      std::printf("--- step %ld, loss %.3f%s\n", long(step), loss.item(),
                  write(vocabulary, 200, next).c_str());
  }
}
