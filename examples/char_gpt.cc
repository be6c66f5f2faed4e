// A small GPT that learns to write like Shakespeare, character by character, and shows how it
// fares while it learns (after Karpathy's nanoGPT).
//
//   build/release/bin/char_gpt           TANDEM_DATA=folder uses folder/text/tinyshakespeare.txt
#include <cstdio>

#include "tandem/data/data_loader.h"
#include "tandem/data/text_dataset.h"
#include "tandem/nn/nn.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

using namespace tandem;

constexpr int64_t context = 64, width = 128, heads = 4, layers = 4, batch_size = 12, steps = 2000;

struct Block : nn::Module {
  nn::LayerNorm& ln1 = register_module("ln1", nn::LayerNorm(width));
  nn::Linear& qkv = register_module("qkv", nn::Linear(width, 3 * width));
  nn::Linear& proj = register_module("proj", nn::Linear(width, width));
  nn::LayerNorm& ln2 = register_module("ln2", nn::LayerNorm(width));
  nn::Linear& up = register_module("up", nn::Linear(width, 4 * width));
  nn::Linear& down = register_module("down", nn::Linear(4 * width, width));

  Tensor forward(const Tensor& x) override {  // [B, T, width]
    const Tensor mixed = x + proj(attend(qkv(ln1(x))));
    return mixed + down(gelu(up(ln2(mixed))));
  }
  static Tensor attend(const Tensor& qkv) {
    const int64_t b = qkv.size(0), t = qkv.size(1);
    const Tensor split = permute(reshape(qkv, {b, t, 3, heads, width / heads}), {2, 0, 3, 1, 4});
    const Tensor y = scaled_dot_product_attention(select(split, 0, 0), select(split, 0, 1),
                                                  select(split, 0, 2), {}, 0.0, true);
    return reshape(permute(y, {0, 2, 1, 3}), {b, t, width});
  }
};

struct Gpt : nn::Module {
  explicit Gpt(int64_t vocabulary)
      : token(register_module("token", nn::Embedding(vocabulary, width))),
        position(register_module("position", nn::Embedding(context, width))),
        norm(register_module("norm", nn::LayerNorm(width))),
        head(register_module("head", nn::Linear(width, vocabulary))) {
    for (int64_t i = 0; i < layers; ++i) blocks.append(Block());
  }
  Tensor forward(const Tensor& ids) override {  // [B, T] -> [B, T, vocabulary]
    Tensor x = token(ids) + position(arange(0, ids.size(1)));
    return head(norm(blocks(x)));
  }
  nn::Embedding &token, &position;
  nn::Sequential& blocks = register_module("blocks", nn::Sequential());
  nn::LayerNorm& norm;
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
std::string write(Gpt& gpt, const Vocabulary& vocabulary, int64_t length) {
  NoGrad off;
  std::vector<int64_t> ids = vocabulary.encode("\n");
  while (int64_t(ids.size()) <= length) {
    const std::span<const int64_t> recent =
        std::span(ids).last(std::min<size_t>(ids.size(), context));
    const Tensor scores = gpt(from_data(recent, {1, int64_t(recent.size())}));
    const Tensor chances = softmax(select(select(scores, 0, 0), 0, -1), 0);
    ids.push_back(draw(chances));
  }
  return vocabulary.decode(ids);
}

int main() {
  manual_seed(1);
  const std::string text = load_shakespeare();
  const Vocabulary vocabulary(text);
  const auto data = std::make_shared<TextDataset>(vocabulary.encode(text), context);
  const auto order = std::make_shared<RandomSampler>(data->size(), true, steps * batch_size);
  DataLoader loader(data, {.batch_size = batch_size, .sampler = order, .num_workers = 1});

  Gpt gpt(vocabulary.size());
  optim::AdamW optimizer(gpt.parameters(), {.lr = 1e-3});
  int64_t step = 0;
  for (const Batch& batch : loader) {
    optimizer.zero_grad();
    const Tensor loss = cross_entropy(flatten(gpt(batch[0]), 0, 1), flatten(batch[1]));
    loss.backward();
    optimizer.step();
    if (++step % 200 == 0)
      std::printf("--- step %ld, loss %.3f%s\n", long(step), loss.item(),
                  write(gpt, vocabulary, 200).c_str());
  }
}
