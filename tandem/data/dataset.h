// Datasets: samples by index.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tandem/tensor/tensor.h"

namespace tandem {

class Generator;

/// What belongs together: {image, label}. In a batch each tensor has the samples along dim 0.
using Sample = std::vector<Tensor>;
using Batch = std::vector<Tensor>;

/// Stacks the samples tensor by tensor. Error: code value when there are none; code shape when
/// they differ in number, shape or dtype of their tensors.
Batch default_collate(std::span<const Sample> samples);

/// Samples by index 0..size()-1. get() and get_batch() are called from several threads at once.
class Dataset {
 public:
  virtual ~Dataset() = default;
  virtual int64_t size() const = 0;
  virtual Sample get(int64_t index) const = 0;
  /// The samples collated. A dataset that has them in one tensor overrides this.
  virtual Batch get_batch(std::span<const int64_t> indices) const;
};

/// dataset.get(index), whose errors then name the sample.
Sample get_sample(const Dataset& dataset, int64_t index);

/// Sample i is row i of each tensor. Error: code shape when their first dims differ.
class TensorDataset : public Dataset {
 public:
  explicit TensorDataset(std::vector<Tensor> tensors);
  int64_t size() const override { return size_; }
  Sample get(int64_t index) const override;
  Batch get_batch(std::span<const int64_t> indices) const override;
  const std::vector<Tensor>& tensors() const { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
  int64_t size_;
};

/// The samples of another dataset at `indices`, in their order. Error: code index.
class Subset : public Dataset {
 public:
  Subset(std::shared_ptr<const Dataset> dataset, std::vector<int64_t> indices);
  int64_t size() const override { return int64_t(indices_.size()); }
  Sample get(int64_t index) const override;
  Batch get_batch(std::span<const int64_t> indices) const override;
  const std::vector<int64_t>& indices() const { return indices_; }

 private:
  std::shared_ptr<const Dataset> dataset_;
  std::vector<int64_t> indices_;
};

/// Several datasets one after the other.
class ConcatDataset : public Dataset {
 public:
  explicit ConcatDataset(std::vector<std::shared_ptr<const Dataset>> datasets);
  int64_t size() const override { return ends_.empty() ? 0 : ends_.back(); }
  Sample get(int64_t index) const override;

 private:
  std::vector<std::shared_ptr<const Dataset>> datasets_;
  std::vector<int64_t> ends_;
};

/// Splits at random into parts of `lengths`, which add up to the dataset's size, or of fractions
/// that add up to 1 (what rounding leaves over goes to the first parts, one each). The order is
/// PyTorch's for the generator's seed.
std::vector<std::shared_ptr<Subset>> random_split(std::shared_ptr<const Dataset> dataset,
                                                  std::span<const int64_t> lengths,
                                                  Generator* generator = nullptr);
std::vector<std::shared_ptr<Subset>> random_split(std::shared_ptr<const Dataset> dataset,
                                                  std::span<const double> fractions,
                                                  Generator* generator = nullptr);

}  // namespace tandem
