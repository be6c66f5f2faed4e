#include "tandem/data/sampler.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "tandem/base/error.h"

namespace tandem {
namespace {

Generator& chosen(Generator* generator) { return generator ? *generator : default_generator(); }

}  // namespace

std::vector<int64_t> random_permutation(int64_t n, Generator& generator) {
  std::vector<int64_t> order(static_cast<size_t>(n));
  std::iota(order.begin(), order.end(), int64_t{0});
  for (int64_t i = 0; i + 1 < n; ++i)
    std::swap(order[size_t(i)], order[size_t(i + generator.random32() % uint32_t(n - i))]);
  return order;
}

SequentialSampler::SequentialSampler(int64_t size) : size_(size) {
  if (size < 0)
    fail(ErrorCode::value, "SequentialSampler", "expected a size of 0 or more, got ", size);
}

std::vector<int64_t> SequentialSampler::sample() {
  std::vector<int64_t> order(static_cast<size_t>(size_));
  std::iota(order.begin(), order.end(), int64_t{0});
  return order;
}

RandomSampler::RandomSampler(int64_t size, bool replacement, int64_t num_samples,
                             Generator* generator)
    : size_(size),
      num_samples_(num_samples ? num_samples : size),
      replacement_(replacement),
      generator_(generator) {
  if (size < 1 || num_samples < 0)
    fail(ErrorCode::value, "RandomSampler", "expected size and num_samples to be positive, got ",
         size, " and ", num_samples);
}

std::vector<int64_t> RandomSampler::sample() {
  Generator own(0);
  if (!generator_) own.manual_seed(default_generator().random64() & INT64_MAX);
  Generator& generator = generator_ ? *generator_ : own;
  std::vector<int64_t> order;
  order.reserve(size_t(num_samples_));
  if (replacement_) {
    while (int64_t(order.size()) < num_samples_) order.push_back(generator.below(size_));
    return order;
  }
  // PyTorch draws one order more, of which it takes the rest, even where the rest is none: that is
  // seen only in the state of a generator that the caller owns.
  for (bool last = false; !last;) {
    const std::vector<int64_t> all = random_permutation(size_, generator);
    const int64_t rest = num_samples_ - int64_t(order.size());
    last = rest < size_;
    order.insert(order.end(), all.begin(), all.begin() + std::min(rest, size_));
  }
  return order;
}

SubsetRandomSampler::SubsetRandomSampler(std::vector<int64_t> indices, Generator* generator)
    : indices_(std::move(indices)), generator_(generator) {}

std::vector<int64_t> SubsetRandomSampler::sample() {
  std::vector<int64_t> order = random_permutation(size(), chosen(generator_));
  for (int64_t& i : order) i = indices_[size_t(i)];
  return order;
}

WeightedRandomSampler::WeightedRandomSampler(std::vector<double> weights, int64_t num_samples,
                                             bool replacement, Generator* generator)
    : weights_(std::move(weights)),
      num_samples_(num_samples),
      replacement_(replacement),
      generator_(generator) {
  constexpr std::string_view op = "WeightedRandomSampler";
  if (num_samples < 1)
    fail(ErrorCode::value, op, "expected num_samples to be positive, got ", num_samples);
  for (size_t i = 0; i < weights_.size(); ++i)
    if (!(weights_[i] >= 0) || std::isinf(weights_[i]))
      fail(ErrorCode::value, op, "expected finite weights of 0 or more, got ", weights_[i], " at ",
           i);
  const int64_t positive = std::ranges::count_if(weights_, [](double w) { return w > 0; });
  if (positive < (replacement ? 1 : num_samples))
    fail(ErrorCode::value, op, "cannot draw ", num_samples, " samples ",
         replacement ? "" : "without replacement ", "from ", positive, " weights above 0");
}

std::vector<int64_t> WeightedRandomSampler::sample() {
  Generator& generator = chosen(generator_);
  const size_t n = weights_.size();
  if (!replacement_ || num_samples_ == 1) {
    // The largest of weight / exponential are a weighted draw without replacement (Efraimidis and
    // Spirakis 2006).
    std::vector<double> keys;
    for (const double weight : weights_)
      keys.push_back(weight / -std::log1p(-generator.uniform64()));
    std::vector<int64_t> order(n);
    std::iota(order.begin(), order.end(), int64_t{0});
    std::ranges::partial_sort(order, order.begin() + num_samples_, [&](int64_t a, int64_t b) {
      const double x = keys[size_t(a)], y = keys[size_t(b)];
      return x != y ? x > y : a < b;
    });
    order.resize(size_t(num_samples_));
    return order;
  }
  std::vector<double> cumulative(n);
  std::partial_sum(weights_.begin(), weights_.end(), cumulative.begin());
  for (double& c : cumulative) c /= cumulative.back();
  std::vector<int64_t> order;
  while (int64_t(order.size()) < num_samples_) {
    const auto at = std::ranges::lower_bound(cumulative, generator.uniform64());
    order.push_back(std::min<int64_t>(at - cumulative.begin(), int64_t(n) - 1));
  }
  return order;
}

BatchSampler::BatchSampler(std::shared_ptr<Sampler> sampler, int64_t batch_size, bool drop_last)
    : sampler_(std::move(sampler)), batch_size_(batch_size), drop_last_(drop_last) {
  if (!sampler_) fail(ErrorCode::value, "BatchSampler", "expected a sampler, got none");
  if (batch_size < 1)
    fail(ErrorCode::value, "BatchSampler", "expected batch_size to be positive, got ", batch_size);
}

std::vector<std::vector<int64_t>> BatchSampler::sample() {
  const std::vector<int64_t> order = sampler_->sample();
  std::vector<std::vector<int64_t>> batches;
  for (int64_t at = 0; at < int64_t(order.size()); at += batch_size_) {
    const int64_t end = std::min(at + batch_size_, int64_t(order.size()));
    if (drop_last_ && end - at < batch_size_) break;
    batches.emplace_back(order.begin() + at, order.begin() + end);
  }
  return batches;
}

int64_t BatchSampler::size() const {
  return (sampler_->size() + (drop_last_ ? 0 : batch_size_ - 1)) / batch_size_;
}

}  // namespace tandem
