#include "tandem/data/image_dataset.h"

#include <cstring>

#include "tandem/base/error.h"
#include "tandem/base/thread_pool.h"
#include "tandem/data/catalog.h"
#include "tandem/data/drawn_digits.h"
#include "tandem/io/tensor_files.h"

namespace tandem {

ImageDataset::ImageDataset(Tensor data, Tensor targets)
    : data_(std::move(data)), targets_(std::move(targets)) {
  constexpr std::string_view op = "ImageDataset";
  if (data_.dtype() != DType::u8 || targets_.dtype() != DType::i64)
    fail(ErrorCode::dtype, op, "expected data of uint8 and targets of int64, got ", data_.dtype(),
         " and ", targets_.dtype());
  if (data_.dim() != 3 || targets_.dim() != 1 || data_.size(0) != targets_.size(0) ||
      !data_.is_contiguous() || !targets_.is_contiguous())
    fail(ErrorCode::shape, op, "expected contiguous data [n, height, width] and targets [n], got ",
         data_.shape(), " and ", targets_.shape());
}

Sample ImageDataset::get(int64_t index) const {
  const Batch batch = get_batch({&index, 1});
  Tensor image = empty({1, data_.size(1), data_.size(2)});
  std::memcpy(image.data<float>(), batch[0].data<float>(), size_t(image.numel()) * sizeof(float));
  return {image, from_data({batch[1].item<int64_t>()}, {})};
}

Batch ImageDataset::get_batch(std::span<const int64_t> indices) const {
  const int64_t n = int64_t(indices.size()), pixels = data_.size(1) * data_.size(2);
  Tensor images = empty({n, 1, data_.size(1), data_.size(2)}), labels = empty({n}, DType::i64);
  const uint8_t* from = data_.data<uint8_t>();
  float* to = images.data<float>();
  for (int64_t i = 0; i < n; ++i) {
    const int64_t index = indices[size_t(i)];
    if (index < 0 || index >= size())
      fail(ErrorCode::index, "ImageDataset", "sample ", index, " is out of range; there are ",
           size());
    const uint8_t* image = from + index * pixels;
    for (int64_t p = 0; p < pixels; ++p) to[i * pixels + p] = float(image[p]) / 255.0f;
    labels.data<int64_t>()[i] = targets_.data<int64_t>()[index];
  }
  return {images, labels};
}

std::shared_ptr<ImageDataset> load_mnist(const DataLocation& location, bool train) {
  const std::string &image_path = location.paths.at(train ? 0 : 2),
                    &label_path = location.paths.at(train ? 1 : 3);
  const Tensor images = load_idx(image_path), labels = load_idx(label_path);
  if (images.dtype() != DType::u8 || images.dim() != 3 || labels.dtype() != DType::u8 ||
      labels.dim() != 1 || labels.size(0) != images.size(0))
    fail(ErrorCode::format, "load_mnist", "expected uint8[n, 28, 28] in '", image_path,
         "' and uint8[n] in '", label_path, "', got ", images.type(), " and ", labels.type());
  const auto targets = labels.to_vector<int64_t>();
  return std::make_shared<ImageDataset>(images, from_data(targets, {labels.size(0)}));
}

std::shared_ptr<ImageDataset> load_mnist(bool train, const LocateOptions& options) {
  const DataLocation location = find_data(mnist_data, options);
  if (location.origin == DataOrigin::missing) fail(ErrorCode::io, "load_mnist", location.summary);
  return load_mnist(location, train);
}

std::shared_ptr<ImageDataset> draw_digits(int64_t size, uint64_t seed) {
  if (size < 0) fail(ErrorCode::value, "draw_digits", "expected a size of 0 or more, got ", size);
  constexpr int64_t side = drawn_digit_size, pixels = side * side, grain = 256;
  Tensor images = empty({size, side, side}, DType::u8), labels = empty({size}, DType::i64);
  uint8_t* to = images.data<uint8_t>();
  int64_t* label = labels.data<int64_t>();
  parallel_for(size, grain, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      label[i] = drawn_label(uint64_t(i));
      draw_digit(int(label[i]), seed, uint64_t(i), {to + i * pixels, size_t(pixels)});
    }
  });
  return std::make_shared<ImageDataset>(images, labels);
}

Digits find_digits(const LocateOptions& options) {
  const DataLocation location = find_data(mnist_data, options);
  if (location.origin != DataOrigin::missing)
    return {load_mnist(location, true), load_mnist(location, false), location.origin,
            location.summary};
  constexpr int64_t train = 20'000, test = 4'000;
  return {draw_digits(train, 1), draw_digits(test, 2), DataOrigin::missing,
          text(location.summary, "\nTraining on digits that Tandem draws itself instead.")};
}

}  // namespace tandem
