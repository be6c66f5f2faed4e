#include "tandem/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tandem/base/error.h"
#include "tandem/data/sampler.h"
#include "tandem/ops/functions.h"

namespace tandem {
namespace {

void check_index(std::string_view op, int64_t index, int64_t size) {
  if (index < 0 || index >= size)
    fail(ErrorCode::index, op, "sample ", index, " is out of range; there are ", size);
}

std::vector<std::shared_ptr<Subset>> split(std::shared_ptr<const Dataset> dataset,
                                           std::span<const int64_t> lengths, Generator* generator) {
  const std::vector<int64_t> order =
      random_permutation(dataset->size(), generator ? *generator : default_generator());
  std::vector<std::shared_ptr<Subset>> parts;
  auto next = order.begin();
  for (const int64_t length : lengths) {
    parts.push_back(std::make_shared<Subset>(dataset, std::vector<int64_t>(next, next + length)));
    next += length;
  }
  return parts;
}

}  // namespace

Batch default_collate(std::span<const Sample> samples) {
  constexpr std::string_view op = "default_collate";
  if (samples.empty()) fail(ErrorCode::value, op, "expected at least one sample");
  Batch batch;
  for (size_t k = 0; k < samples[0].size(); ++k) {
    std::vector<Tensor> parts;
    for (size_t i = 0; i < samples.size(); ++i) {
      if (samples[i].size() != samples[0].size())
        fail(ErrorCode::shape, op, "sample ", i, " has ", samples[i].size(),
             " tensors, the first one ", samples[0].size());
      const Tensor &t = samples[i][k], &first = samples[0][k];
      if (!t) fail(ErrorCode::value, op, "tensor ", k, " of sample ", i, " is undefined");
      if (t.type() != first.type())
        fail(ErrorCode::shape, op, "stack expects each tensor to be equal size, but got ",
             first.type(), " at entry 0 and ", t.type(), " at entry ", i);
      parts.push_back(t);
    }
    batch.push_back(stack(parts));
  }
  return batch;
}

Batch Dataset::get_batch(std::span<const int64_t> indices) const {
  std::vector<Sample> samples;
  samples.reserve(indices.size());
  for (const int64_t index : indices) samples.push_back(get_sample(*this, index));
  return default_collate(samples);
}

Sample get_sample(const Dataset& dataset, int64_t index) {
  try {
    return dataset.get(index);
  } catch (const Error& error) {
    fail(error.code(), text("sample ", index), error.what());
  } catch (const std::exception& error) {
    fail(ErrorCode::value, text("sample ", index), error.what());
  }
}

TensorDataset::TensorDataset(std::vector<Tensor> tensors) : tensors_(std::move(tensors)) {
  constexpr std::string_view op = "TensorDataset";
  if (tensors_.empty()) fail(ErrorCode::value, op, "expected at least one tensor");
  for (const Tensor& t : tensors_) {
    if (!t || t.dim() == 0)
      fail(ErrorCode::shape, op, "expected tensors with samples along dim 0, got ",
           t ? "a 0-d one" : "an undefined one");
    if (t.size(0) != tensors_[0].size(0))
      fail(ErrorCode::shape, op, "size mismatch between tensors: ", tensors_[0].shape(), " and ",
           t.shape(), " differ in dim 0");
  }
  size_ = tensors_[0].size(0);
}

Sample TensorDataset::get(int64_t index) const {
  check_index("TensorDataset", index, size_);
  Sample sample;
  for (const Tensor& t : tensors_) sample.push_back(select(t, 0, index));
  return sample;
}

Batch TensorDataset::get_batch(std::span<const int64_t> indices) const {
  if (indices.empty()) fail(ErrorCode::value, "TensorDataset", "expected at least one sample");
  for (const int64_t index : indices) check_index("TensorDataset", index, size_);
  const Tensor rows = from_data(indices, {int64_t(indices.size())});
  Batch batch;
  for (const Tensor& t : tensors_) batch.push_back(index_select(t, 0, rows));
  return batch;
}

Subset::Subset(std::shared_ptr<const Dataset> dataset, std::vector<int64_t> indices)
    : dataset_(std::move(dataset)), indices_(std::move(indices)) {
  for (const int64_t index : indices_) check_index("Subset", index, dataset_->size());
}

Sample Subset::get(int64_t index) const {
  check_index("Subset", index, size());
  return dataset_->get(indices_[size_t(index)]);
}

Batch Subset::get_batch(std::span<const int64_t> indices) const {
  std::vector<int64_t> inner;
  for (const int64_t index : indices) {
    check_index("Subset", index, size());
    inner.push_back(indices_[size_t(index)]);
  }
  return dataset_->get_batch(inner);
}

ConcatDataset::ConcatDataset(std::vector<std::shared_ptr<const Dataset>> datasets)
    : datasets_(std::move(datasets)) {
  int64_t end = 0;
  for (const auto& dataset : datasets_) ends_.push_back(end += dataset->size());
}

Sample ConcatDataset::get(int64_t index) const {
  check_index("ConcatDataset", index, size());
  const size_t part = size_t(std::ranges::upper_bound(ends_, index) - ends_.begin());
  return datasets_[part]->get(index - (part ? ends_[part - 1] : 0));
}

std::vector<std::shared_ptr<Subset>> random_split(std::shared_ptr<const Dataset> dataset,
                                                  std::span<const int64_t> lengths,
                                                  Generator* generator) {
  const int64_t total = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  if (total != dataset->size() || std::ranges::any_of(lengths, [](int64_t n) { return n < 0; }))
    fail(ErrorCode::value, "random_split", "expected lengths of 0 or more that add up to ",
         dataset->size(), ", the dataset's size; got a sum of ", total);
  return split(std::move(dataset), lengths, generator);
}

std::vector<std::shared_ptr<Subset>> random_split(std::shared_ptr<const Dataset> dataset,
                                                  std::span<const double> fractions,
                                                  Generator* generator) {
  constexpr double tolerance = 1e-9;
  const double sum = std::accumulate(fractions.begin(), fractions.end(), 0.0);
  if (!(std::abs(sum - 1) < tolerance) ||
      std::ranges::any_of(fractions, [](double f) { return !(f >= 0 && f <= 1); }))
    fail(ErrorCode::value, "random_split", "expected fractions in 0..1 that add up to 1, got a ",
         "sum of ", sum);
  std::vector<int64_t> lengths;
  int64_t rest = dataset->size();
  for (const double f : fractions) {
    lengths.push_back(int64_t(std::floor(double(dataset->size()) * f)));
    rest -= lengths.back();
  }
  for (int64_t i = 0; i < rest; ++i) ++lengths[size_t(i) % lengths.size()];
  return split(std::move(dataset), lengths, generator);
}

}  // namespace tandem
