#include "tandem/cli/digit_net.h"

#include "tandem/data/data_loader.h"
#include "tandem/tandem.h"

namespace tandem::cli {

Tensor DigitNet::forward(const Tensor& pixels) {
  constexpr double mean = 0.1307, deviation = 0.3081;  // of MNIST's training pixels
  Tensor x = (pixels - mean) / deviation;
  x = max_pool2d(relu(conv1(x)), 2);
  x = max_pool2d(relu(conv2(x)), 2);
  x = relu(conv3(x));
  return fc2(relu(fc1(flatten(x, 1))));
}

int64_t count_right(const Tensor& scores, const Tensor& labels) {
  return sum(argmax(scores, 1) == labels).item<int64_t>();
}

double accuracy_of(DigitNet& net, std::shared_ptr<const Dataset> data) {
  const NoGrad off;
  net.eval();
  const int64_t size = data->size();
  int64_t right = 0;
  DataLoader loader(std::move(data), {.batch_size = 500});
  for (const Batch& batch : loader) right += count_right(net(batch[0]), batch[1]);
  return double(right) / double(size);
}

}  // namespace tandem::cli
