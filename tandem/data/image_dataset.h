// Labelled images in memory: MNIST and what looks like it.
#pragma once
#include <memory>
#include <string>

#include "tandem/data/dataset.h"
#include "tandem/data/locate.h"

namespace tandem {

/// Images kept as bytes and given as floats. A sample is {float32[1, h, w] in 0..1, int64 label},
/// as torchvision's MNIST gives with ToTensor; a batch {float32[n, 1, h, w], int64[n]}.
class ImageDataset : public Dataset {
 public:
  /// data: uint8[n, h, w]; targets: int64[n]. Errors: code dtype, shape.
  ImageDataset(Tensor data, Tensor targets);
  int64_t size() const override { return data_.size(0); }
  Sample get(int64_t index) const override;
  Batch get_batch(std::span<const int64_t> indices) const override;

  const Tensor& data() const { return data_; }
  const Tensor& targets() const { return targets_; }

 private:
  Tensor data_, targets_;
};

/// MNIST's 60,000 training or 10,000 test images, from the files of find_data(mnist_data). Errors:
/// code io when there are none; code format when the files are not MNIST's shape.
std::shared_ptr<ImageDataset> load_mnist(bool train = true, const LocateOptions& options = {});
std::shared_ptr<ImageDataset> load_mnist(const DataLocation& location, bool train);

/// `size` digits that Tandem draws (data/drawn_digits.h). Different seeds share no image.
std::shared_ptr<ImageDataset> draw_digits(int64_t size, uint64_t seed);

/// Digits to train and test on.
struct Digits {
  std::shared_ptr<ImageDataset> train, test;
  DataOrigin origin = DataOrigin::missing;  // missing: Tandem drew them
  std::string summary;                      // a line or two for the user
};
/// MNIST where it is found, else 20,000 + 4,000 drawn digits, saying so.
Digits find_digits(const LocateOptions& options = {});

}  // namespace tandem
