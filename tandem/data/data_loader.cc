#include "tandem/data/data_loader.h"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "tandem/base/error.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/generator.h"

namespace tandem {
namespace {

constexpr std::string_view data_loader_op = "DataLoader";

int64_t draw_seed(Generator* generator) {
  return int64_t((generator ? *generator : default_generator()).random64() & INT64_MAX);
}

/// Empty where one is not known: of a worker that has delivered nothing since another number of
/// workers went before it.
Tensor generators_of(const EpochPlan& plan) {
  const auto& all = plan.generators;
  const bool known = std::ranges::all_of(all, [](const Tensor& t) { return t.defined(); });
  return all.empty() || !known ? empty({0, 0}, DType::u8) : stack(all);
}

/// The workers' generators where so many batches were delivered. None where there were not as many
/// workers (or, in states of old, none were kept): they start from their seeds.
std::vector<Tensor> generators_in(const NamedTensors& state, int64_t delivered, int workers) {
  const Tensor* saved = state.find("generators");
  if (!saved || saved->numel() == 0) return {};
  const Type one = Generator().state().type();
  if (saved->dtype() != one.dtype || saved->dim() != 2 || saved->size(1) != one.shape[0])
    fail(ErrorCode::value, "DataLoader.load_state_dict", "expected 'generators' of uint8[workers, ",
         one.shape[0], "], got ", saved->type());
  if (saved->size(0) != std::min<int64_t>(delivered, workers)) return {};
  std::vector<Tensor> generators;
  for (int64_t w = 0; w < saved->size(0); ++w) {
    Generator checked;
    checked.set_state(select(*saved, 0, w));
    generators.push_back(checked.get_state());
  }
  return generators;
}

}  // namespace

/// Fetches any batch of the plan; used by several threads at once.
class DataLoader::Iterator::Fetcher {
 public:
  Fetcher(std::shared_ptr<const Dataset> dataset, CollateFunction collate,
          std::shared_ptr<const EpochPlan> plan)
      : dataset_(std::move(dataset)), collate_(std::move(collate)), plan_(std::move(plan)) {}

  /// An error says which batch it was.
  Batch fetch(int64_t number) const {
    const auto& indices = plan_->batches[size_t(number)];
    try {
      if (!collate_) return dataset_->get_batch(indices);
      std::vector<Sample> samples;
      for (const int64_t index : indices) samples.push_back(get_sample(*dataset_, index));
      return collate_(samples);
    } catch (const Error& error) {
      fail(error.code(), data_loader_op, "batch ", number, ": ", error.what());
    } catch (const std::exception& error) {
      fail(ErrorCode::value, data_loader_op, "batch ", number, ": ", error.what());
    }
  }

 private:
  std::shared_ptr<const Dataset> dataset_;
  CollateFunction collate_;
  std::shared_ptr<const EpochPlan> plan_;
};

/// Threads that fetch ahead. Worker w takes every num_workers-th batch, so which generator serves
/// a batch does not depend on who is faster. Batch i waits in slot i modulo the number of slots.
class DataLoader::Iterator::Workers {
 public:
  Workers(const Fetcher& fetcher, const DataLoaderOptions& options, const EpochPlan& plan)
      : generators_(plan.generators),
        fetcher_(fetcher),
        first_(plan.delivered),
        count_(int64_t(plan.batches.size())),
        taken_(plan.delivered),
        slots_(size_t(options.num_workers) * size_t(options.prefetch_factor)) {
    for (int w = 0; w < options.num_workers; ++w)
      threads_.emplace_back([this, w, workers = options.num_workers, seed = plan.base_seed,
                             init = options.worker_init_fn] { work(w, workers, seed, init); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// The next batch in order; throws what its fetching threw. Its worker's generator, as it is
  /// behind it, goes into the plan.
  Batch take(EpochPlan& plan) {
    const auto worker = size_t(taken_) % threads_.size();
    std::unique_lock lock(mutex_);
    auto& slot = slots_[size_t(taken_) % slots_.size()];
    ready_.wait(lock, [&] { return slot.has_value(); });
    Result result = std::move(*slot);
    slot.reset();
    ++taken_;
    lock.unlock();
    room_.notify_all();
    if (result.error) std::rethrow_exception(result.error);
    if (plan.generators.size() <= worker) plan.generators.resize(worker + 1);
    plan.generators[worker] = std::move(result.generator);
    return std::move(result.batch);
  }

 private:
  struct Result {
    Batch batch;
    Tensor generator;
    std::exception_ptr error;
  };

  void work(int worker, int workers, int64_t base_seed, const std::function<void(int)>& init) {
    Generator generator(uint64_t(base_seed) + uint64_t(worker));
    const UseGenerator scope(generator);
    std::exception_ptr broken;
    try {
      if (init) init(worker);
      if (size_t(worker) < generators_.size()) generator.set_state(generators_[size_t(worker)]);
    } catch (...) {
      broken = std::current_exception();
    }
    // The batches that are left keep the worker that they had from the start.
    int64_t number = first_ + (worker - first_ % workers + workers) % workers;
    for (; number < count_; number += workers) {
      {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return stopping_ || number < taken_ + int64_t(slots_.size()); });
        if (stopping_) return;
      }
      Result result{.batch = {}, .generator = {}, .error = broken};
      if (!broken) {
        try {
          result.batch = fetcher_.fetch(number);
          result.generator = generator.get_state();
        } catch (...) {
          result.error = std::current_exception();
        }
      }
      {
        const std::lock_guard lock(mutex_);
        slots_[size_t(number) % slots_.size()] = std::move(result);
      }
      ready_.notify_one();
    }
  }

  const std::vector<Tensor> generators_;  // as they were where the epoch goes on
  const Fetcher& fetcher_;
  const int64_t first_, count_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  int64_t taken_;
  bool stopping_ = false;
  std::vector<std::optional<Result>> slots_;
  std::vector<std::thread> threads_;
};

DataLoader::Iterator::Iterator(std::shared_ptr<const Dataset> dataset,
                               const DataLoaderOptions& options, std::shared_ptr<EpochPlan> plan)
    : fetcher_(std::make_unique<Fetcher>(std::move(dataset), options.collate_fn, plan)),
      plan_(std::move(plan)) {
  if (options.num_workers > 0 && plan_->delivered < int64_t(plan_->batches.size()))
    workers_ = std::make_unique<Workers>(*fetcher_, options, *plan_);
  ++*this;
}
DataLoader::Iterator::Iterator(Iterator&&) noexcept = default;
DataLoader::Iterator::~Iterator() = default;

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  done_ = plan_->delivered == int64_t(plan_->batches.size());
  if (done_) {
    batch_.clear();
    return *this;
  }
  try {
    batch_ = workers_ ? workers_->take(*plan_) : fetcher_->fetch(plan_->delivered);
  } catch (...) {
    done_ = true;
    throw;
  }
  ++plan_->delivered;
  return *this;
}

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, DataLoaderOptions options)
    : dataset_(std::move(dataset)), options_(std::move(options)) {
  const auto& o = options_;
  if (!dataset_) fail(ErrorCode::value, data_loader_op, "expected a dataset, got none");
  if (o.num_workers < 0)
    fail(ErrorCode::value, data_loader_op, "expected num_workers of 0 or more, got ",
         o.num_workers);
  if (o.prefetch_factor < 1)
    fail(ErrorCode::value, data_loader_op, "expected prefetch_factor to be positive, got ",
         o.prefetch_factor);
  if (o.sampler && o.shuffle)
    fail(ErrorCode::value, data_loader_op, "sampler option is mutually exclusive with shuffle");
  if (o.batch_sampler) {
    if (o.batch_size != 1 || o.shuffle || o.sampler || o.drop_last)
      fail(ErrorCode::value, data_loader_op,
           "batch_sampler option is mutually exclusive with batch_size, ",
           "shuffle, sampler, and drop_last");
    batch_sampler_ = o.batch_sampler;
    return;
  }
  std::shared_ptr<Sampler> sampler = o.sampler;
  if (!sampler) {
    const int64_t size = dataset_->size();
    if (o.shuffle)
      sampler = std::make_shared<RandomSampler>(size, false, 0, o.generator);
    else
      sampler = std::make_shared<SequentialSampler>(size);
  }
  batch_sampler_ = std::make_shared<BatchSampler>(std::move(sampler), o.batch_size, o.drop_last);
}

DataLoader::Iterator DataLoader::begin() {
  if (!restored_) {
    plan_ = std::make_shared<EpochPlan>();
    plan_->base_seed = draw_seed(options_.generator);
    plan_->batches = batch_sampler_->sample();
  }
  restored_ = false;
  return Iterator(dataset_, options_, plan_);
}

NamedTensors DataLoader::state_dict() const {
  const EpochPlan none, &plan = plan_ ? *plan_ : none;
  std::vector<int64_t> indices, sizes;
  for (const auto& batch : plan.batches) {
    indices.insert(indices.end(), batch.begin(), batch.end());
    sizes.push_back(int64_t(batch.size()));
  }
  return {{"indices", from_data(indices, {int64_t(indices.size())})},
          {"batch_sizes", from_data(sizes, {int64_t(sizes.size())})},
          {"base_seed", from_data({plan.base_seed}, {})},
          {"delivered", from_data({plan.delivered}, {})},
          {"generators", generators_of(plan)}};
}

void DataLoader::load_state_dict(const NamedTensors& state) {
  constexpr std::string_view load = "DataLoader.load_state_dict";
  for (const char* key : {"indices", "batch_sizes", "base_seed", "delivered"})
    if (!state.contains(key) || state[key].dtype() != DType::i64)
      fail(ErrorCode::value, load, "expected an int64 tensor '", key, "', as state_dict() gives");
  auto plan = std::make_shared<EpochPlan>();
  plan->base_seed = state["base_seed"].item<int64_t>();
  plan->delivered = state["delivered"].item<int64_t>();
  plan->generators = generators_in(state, plan->delivered, options_.num_workers);
  const auto indices = state["indices"].to_vector<int64_t>();
  const auto sizes = state["batch_sizes"].to_vector<int64_t>();
  for (const int64_t index : indices)
    if (index < 0 || index >= dataset_->size())
      fail(ErrorCode::value, load, "sample ", index, " is out of range for a dataset of ",
           dataset_->size(), ": is it another dataset's state?");
  int64_t at = 0;
  for (const int64_t size : sizes) {
    if (size < 0 || size > int64_t(indices.size()) - at)
      fail(ErrorCode::value, load, "batch_sizes do not add up to the ", indices.size(), " indices");
    plan->batches.emplace_back(indices.begin() + at, indices.begin() + at + size);
    at += size;
  }
  if (at != int64_t(indices.size()) || plan->delivered < 0 ||
      plan->delivered > int64_t(sizes.size()))
    fail(ErrorCode::value, load, "expected batch_sizes that add up to ", indices.size(),
         " and delivered in 0..", sizes.size(), "; got ", at, " and ", plan->delivered);
  restored_ = plan->delivered < int64_t(sizes.size());
  plan_ = std::move(plan);
}

}  // namespace tandem
