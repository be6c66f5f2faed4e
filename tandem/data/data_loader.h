// DataLoader: batches of a dataset, in PyTorch's order, fetched ahead by threads.
//
//   DataLoader loader(dataset, {.batch_size = 64, .shuffle = true, .num_workers = 2});
//   for (const Batch& batch : loader) step(batch[0], batch[1]);
#pragma once
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <vector>

#include "tandem/data/dataset.h"
#include "tandem/data/sampler.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {

using CollateFunction = std::function<Batch(std::span<const Sample>)>;

struct DataLoaderOptions {
  int64_t batch_size = 1;
  /// A new random order each epoch; not together with `sampler`.
  bool shuffle = false;
  std::shared_ptr<Sampler> sampler;
  /// Gives whole batches: excludes batch_size, shuffle, sampler and drop_last.
  std::shared_ptr<BatchSampler> batch_sampler;
  /// Threads that fetch whole batches; 0: the thread that iterates does.
  int num_workers = 0;
  /// Makes a batch of samples; where null, the dataset's get_batch() does.
  CollateFunction collate_fn;
  bool drop_last = false;
  /// Where seeds and orders are drawn from; where null, the default generator.
  Generator* generator = nullptr;
  /// Batches each worker may be ahead.
  int prefetch_factor = 2;
  /// Called in each worker with its number before it fetches anything.
  std::function<void(int worker)> worker_init_fn;
};

/// One epoch's batches and how far it is.
struct EpochPlan {
  std::vector<std::vector<int64_t>> batches;
  int64_t base_seed = 0;
  /// How many workers random samples are drawn as by, each with a generator of its own; 0: by the
  /// generator of the thread that iterates.
  int streams = 0;
  int64_t delivered = 0;
  /// Somebody has asked for more than there was.
  bool is_over = false;
  /// Of each stream that has delivered a batch: its generator's state behind the last one.
  std::vector<Tensor> generators = {};
};

class DataLoader {
 public:
  /// Error: code value for options that exclude each other or are out of range.
  explicit DataLoader(std::shared_ptr<const Dataset> dataset, DataLoaderOptions options = {});

  class Iterator;
  /// Starts an epoch (or goes on with one that load_state_dict() restored): draws a base seed from
  /// the generator, then the order. Worker w draws from a generator of its own, seeded with
  /// base seed + w, and fetches batches w, w + num_workers, …; they are delivered in order. (After
  /// load_state_dict() these are the workers of the run that was saved, done by the threads here.)
  /// An error of a worker is thrown where its batch would have come, naming batch and sample.
  Iterator begin();
  std::default_sentinel_t end() const { return {}; }

  /// Batches an epoch.
  int64_t size() const { return batch_sampler_->size(); }
  const Dataset& dataset() const { return *dataset_; }

  /// How far the epoch begun last is: the order that is left, the number of batches delivered, and
  /// the workers' generators behind those; nothing of an epoch that was gone through. Loaded into a
  /// loader of an equal dataset, the next begin() goes on with the batch after them, or, where that
  /// was the epoch's last, with none. All random samples, of later epochs too, are those of a run
  /// that was not stopped, with any number of workers: they are drawn as by as many as the run
  /// began with. (If that was without, from the default generator, whose state the caller keeps:
  /// workers then help where the dataset draws nothing. What they fetched to find out is fetched
  /// again.)
  NamedTensors state_dict() const;
  /// Error: code value unless `state` is one of state_dict()'s and fits the dataset.
  void load_state_dict(const NamedTensors& state);

 private:
  std::shared_ptr<const Dataset> dataset_;
  DataLoaderOptions options_;
  std::shared_ptr<BatchSampler> batch_sampler_;
  std::shared_ptr<EpochPlan> plan_;  // of the last epoch begun, or restored
  bool restored_ = false;
  int streams_;  // of the epochs to come
};

/// Moves along one epoch; ends, and stops its workers, when destroyed.
class DataLoader::Iterator {
 public:
  using value_type = Batch;
  using difference_type = std::ptrdiff_t;

  Iterator(std::shared_ptr<const Dataset> dataset, const DataLoaderOptions& options,
           std::shared_ptr<EpochPlan> plan);
  Iterator(Iterator&&) noexcept;
  ~Iterator();

  const Batch& operator*() const { return batch_; }
  const Batch* operator->() const { return &batch_; }
  Iterator& operator++();
  void operator++(int) { ++*this; }
  bool operator==(std::default_sentinel_t) const { return done_; }

 private:
  class Fetcher;
  class Stream;
  class Workers;
  Batch next();

  std::unique_ptr<Fetcher> fetcher_;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::unique_ptr<Workers> workers_;
  std::shared_ptr<EpochPlan> plan_;
  Batch batch_;
  bool done_ = false;
};

}  // namespace tandem
