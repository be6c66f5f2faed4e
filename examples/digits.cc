// A convnet that reads handwritten digits: data, model, training, test and weights on one page.
//
//   build/release/bin/digits [STEPS] [--compile]     about a minute
//
// TANDEM_DATA=folder uses folder/mnist
#include <cstdio>

#include "examples/training_step.h"
#include "tandem/data/data_loader.h"
#include "tandem/data/image_dataset.h"
#include "tandem/io/tensor_files.h"
#include "tandem/nn/nn.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

using namespace tandem;

struct Net : nn::Module {
  nn::Conv2d& conv1 = register_module("conv1", nn::Conv2d(1, 16, 3, {.padding = 1}));
  nn::Conv2d& conv2 = register_module("conv2", nn::Conv2d(16, 32, 3, {.padding = 1}));
  nn::Linear& fc1 = register_module("fc1", nn::Linear(32 * 7 * 7, 128));
  nn::Linear& fc2 = register_module("fc2", nn::Linear(128, 10));

  Tensor forward(const Tensor& image) override {  // [N, 1, 28, 28] -> [N, 10]
    Tensor x = max_pool2d(relu(conv1(image)), 2);
    x = max_pool2d(relu(conv2(x)), 2);
    return fc2(relu(fc1(flatten(x, 1))));
  }
};

double test(Net& net, DataLoader& loader) {
  NoGrad off;
  net.eval();
  double right = 0;
  for (const Batch& batch : loader) right += sum(argmax(net(batch[0]), 1) == batch[1]).item();
  return right / double(loader.dataset().size());
}

int main(int argc, char** argv) {
  const ExampleArguments arguments(argc, argv, 2800);
  manual_seed(1);
  const Digits digits = find_digits();
  std::puts(digits.summary.c_str());
  DataLoader train(digits.train, {.batch_size = 64, .shuffle = true, .num_workers = 1});
  DataLoader held_out(digits.test, {.batch_size = 500});

  Net net;
  optim::Adam optimizer(net.parameters(), {.lr = 1e-3});
  const auto train_step =
      training_step(arguments, net, optimizer, [&](const Tensor& images, const Tensor& labels) {
        optimizer.zero_grad();
        const Tensor loss = cross_entropy(net(images), labels);
        loss.backward();
        optimizer.step();
        return loss;
      });
  int64_t step = 0;
  for (int epoch = 1; step < arguments.steps; ++epoch) {
    net.train();
    double total = 0;
    int64_t steps = 0;
    for (const Batch& batch : train) {
      total += train_step(batch[0], batch[1]).item();
      ++steps;
      if (++step == arguments.steps) break;
    }
    std::printf("epoch %d: loss %.4f, test accuracy %.2f %%\n", epoch, total / double(steps),
                100 * test(net, held_out));
  }
  save_safetensors("digits-example.safetensors", net.state_dict());
}
