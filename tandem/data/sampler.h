// The order in which a dataset's samples are visited.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "tandem/ops/generator.h"

namespace tandem {

/// 0..n-1 in random order: PyTorch's randperm for the generator's state.
std::vector<int64_t> random_permutation(int64_t n, Generator& generator);

/// Gives each epoch's indices. Where a generator is null, the default one is used.
class Sampler {
 public:
  virtual ~Sampler() = default;
  /// The indices of the next epoch.
  virtual std::vector<int64_t> sample() = 0;
  /// How many there are.
  virtual int64_t size() const = 0;
};

/// 0, 1, …, size - 1.
class SequentialSampler : public Sampler {
 public:
  explicit SequentialSampler(int64_t size);
  std::vector<int64_t> sample() override;
  int64_t size() const override { return size_; }

 private:
  int64_t size_;
};

/// A random order of 0..size-1, or `num_samples` draws with replacement; without replacement more
/// samples than there are come as several whole orders. With no generator each epoch draws a seed
/// for one of its own from the default generator, as PyTorch does. num_samples 0: `size`.
class RandomSampler : public Sampler {
 public:
  explicit RandomSampler(int64_t size, bool replacement = false, int64_t num_samples = 0,
                         Generator* generator = nullptr);
  std::vector<int64_t> sample() override;
  int64_t size() const override { return num_samples_; }

 private:
  int64_t size_, num_samples_;
  bool replacement_;
  Generator* generator_;
};

/// The given indices in random order.
class SubsetRandomSampler : public Sampler {
 public:
  explicit SubsetRandomSampler(std::vector<int64_t> indices, Generator* generator = nullptr);
  std::vector<int64_t> sample() override;
  int64_t size() const override { return int64_t(indices_.size()); }

 private:
  std::vector<int64_t> indices_;
  Generator* generator_;
};

/// `num_samples` indices, each drawn in proportion to its weight. Without replacement there must
/// be that many weights above 0. Error: code value for weights below 0, not finite, or all 0.
class WeightedRandomSampler : public Sampler {
 public:
  WeightedRandomSampler(std::vector<double> weights, int64_t num_samples, bool replacement = true,
                        Generator* generator = nullptr);
  std::vector<int64_t> sample() override;
  int64_t size() const override { return num_samples_; }

 private:
  std::vector<double> weights_;
  int64_t num_samples_;
  bool replacement_;
  Generator* generator_;
};

/// Groups another sampler's indices into batches of `batch_size`; the last one may be smaller, or
/// is left out with `drop_last`.
class BatchSampler {
 public:
  BatchSampler(std::shared_ptr<Sampler> sampler, int64_t batch_size, bool drop_last = false);
  virtual ~BatchSampler() = default;
  virtual std::vector<std::vector<int64_t>> sample();
  virtual int64_t size() const;

 private:
  std::shared_ptr<Sampler> sampler_;
  int64_t batch_size_;
  bool drop_last_;
};

}  // namespace tandem
