#include "tandem/data/data_loader.h"

#include <algorithm>
#include <climits>
#include <condition_variable>
#include <cstring>
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

/// Those of the first `count` streams, which have delivered a batch.
std::vector<Tensor> generators_in(const NamedTensors& state, int64_t count) {
  const Tensor* saved = state.find("generators");
  if (saved && !count && saved->numel() == 0) return {};
  const Type one = Generator().state().type();
  const Type all{one.dtype, {count, one.shape[0]}};
  if (!saved || saved->type() != all)
    fail(ErrorCode::value, "DataLoader.load_state_dict", "expected 'generators' of ", all, ", got ",
         saved ? text(saved->type()) : "none");
  std::vector<Tensor> generators;
  for (int64_t s = 0; s < saved->size(0); ++s) {
    Generator checked;
    checked.set_state(select(*saved, 0, s));
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

/// What a worker is to the dataset: a number, and a generator of its own. Stream s, of n, fetches
/// batches s, s + n, …; any thread may do that, one batch at a time, so which generator serves a
/// batch depends neither on who is faster nor on how many threads there are.
class DataLoader::Iterator::Stream {
 public:
  struct Result {
    Batch batch;
    Tensor generator;   // behind it
    bool drew = false;  // this stream has drawn random numbers
    std::exception_ptr error;
  };

  Stream(int number, const EpochPlan& plan, std::function<void(int)> init)
      : number_(number),
        init_(std::move(init)),
        generator_(uint64_t(plan.base_seed) + uint64_t(number)) {
    if (size_t(number) < plan.generators.size()) resumed_ = plan.generators[size_t(number)];
  }

  Result run(const Fetcher& fetcher, int64_t batch) {
    const UseGenerator scope(generator_);
    Result result;
    try {
      if (!first_.defined()) {
        if (init_) init_(number_);
        if (resumed_.defined()) generator_.set_state(resumed_);
        first_ = generator_.get_state();
      }
      result.batch = fetcher.fetch(batch);
      result.generator = generator_.get_state();
      result.drew =
          std::memcmp(first_.data_ptr(), result.generator.data_ptr(), size_t(first_.nbytes())) != 0;
    } catch (...) {
      result.error = std::current_exception();
    }
    return result;
  }

 private:
  int number_;
  std::function<void(int)> init_;
  Generator generator_;
  Tensor resumed_, first_;  // where the epoch goes on, and behind init
};

/// Threads that fetch ahead; batch i waits in slot i modulo the number of slots.
class DataLoader::Iterator::Workers {
 public:
  Workers(const Fetcher& fetcher, const DataLoaderOptions& options, const EpochPlan& plan,
          std::span<const std::unique_ptr<Stream>> streams)
      : fetcher_(fetcher),
        streams_(streams),
        first_(plan.delivered),
        count_(int64_t(plan.batches.size())),
        taken_(plan.delivered),
        slots_(streams.size() * size_t(options.prefetch_factor)) {
    const int threads = std::min(options.num_workers, int(streams.size()));
    for (int t = 0; t < threads; ++t)
      threads_.emplace_back([this, t, threads] { work(t, threads); });
  }
  ~Workers() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  /// The next batch in order.
  Stream::Result take() {
    std::unique_lock lock(mutex_);
    auto& slot = slots_[size_t(taken_) % slots_.size()];
    ready_.wait(lock, [&] { return slot.has_value(); });
    Stream::Result result = std::move(*slot);
    slot.reset();
    ++taken_;
    lock.unlock();
    room_.notify_all();
    return result;
  }

 private:
  /// The batches of streams thread, thread + threads, …, in order.
  void work(int thread, int threads) {
    const auto streams = int64_t(streams_.size());
    for (int64_t number = first_; number < count_; ++number) {
      const int64_t stream = number % streams;
      if (stream % threads != thread) continue;
      {
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return stopping_ || number < taken_ + int64_t(slots_.size()); });
        if (stopping_) return;
      }
      Stream::Result result = streams_[size_t(stream)]->run(fetcher_, number);
      {
        const std::lock_guard lock(mutex_);
        slots_[size_t(number) % slots_.size()] = std::move(result);
      }
      ready_.notify_one();
    }
  }

  const Fetcher& fetcher_;
  const std::span<const std::unique_ptr<Stream>> streams_;
  const int64_t first_, count_;
  std::mutex mutex_;
  std::condition_variable ready_, room_;
  int64_t taken_;
  bool stopping_ = false;
  std::vector<std::optional<Stream::Result>> slots_;
  std::vector<std::thread> threads_;
};

DataLoader::Iterator::Iterator(std::shared_ptr<const Dataset> dataset,
                               const DataLoaderOptions& options, std::shared_ptr<EpochPlan> plan)
    : fetcher_(std::make_unique<Fetcher>(std::move(dataset), options.collate_fn, plan)),
      plan_(std::move(plan)) {
  // Without streams, those of the workers only find out whether the dataset draws.
  const int streams = plan_->streams ? plan_->streams : options.num_workers;
  for (int s = 0; s < streams; ++s)
    streams_.push_back(std::make_unique<Stream>(s, *plan_, options.worker_init_fn));
  if (options.num_workers > 0 && plan_->delivered < int64_t(plan_->batches.size()))
    workers_ = std::make_unique<Workers>(*fetcher_, options, *plan_, streams_);
  ++*this;
}
DataLoader::Iterator::Iterator(Iterator&&) noexcept = default;
DataLoader::Iterator::~Iterator() = default;

Batch DataLoader::Iterator::next() {
  EpochPlan& plan = *plan_;
  if (plan.streams == 0) {
    if (workers_) {
      Stream::Result result = workers_->take();
      if (!result.drew && !result.error) return std::move(result.batch);
      workers_.reset();  // it draws, so nothing can be fetched ahead
    }
    return fetcher_->fetch(plan.delivered);
  }
  const auto stream = size_t(plan.delivered % plan.streams);
  Stream::Result result =
      workers_ ? workers_->take() : streams_[stream]->run(*fetcher_, plan.delivered);
  if (result.error) std::rethrow_exception(result.error);
  if (plan.generators.size() <= stream) plan.generators.resize(stream + 1);
  plan.generators[stream] = std::move(result.generator);
  return std::move(result.batch);
}

DataLoader::Iterator& DataLoader::Iterator::operator++() {
  done_ = plan_->delivered == int64_t(plan_->batches.size());
  if (done_) {
    plan_->is_over = true;
    batch_.clear();
    return *this;
  }
  try {
    batch_ = next();
  } catch (...) {
    done_ = true;
    throw;
  }
  ++plan_->delivered;
  return *this;
}

DataLoader::DataLoader(std::shared_ptr<const Dataset> dataset, DataLoaderOptions options)
    : dataset_(std::move(dataset)), options_(std::move(options)), streams_(options_.num_workers) {
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
    plan_->streams = streams_;
    plan_->batches = batch_sampler_->sample();
  }
  restored_ = false;
  return Iterator(dataset_, options_, plan_);
}

NamedTensors DataLoader::state_dict() const {
  const EpochPlan none{.streams = streams_}, &plan = plan_ && !plan_->is_over ? *plan_ : none;
  std::vector<int64_t> indices, sizes(size_t(plan.delivered));  // what was delivered has no size
  for (auto batch = plan.batches.begin() + plan.delivered; batch != plan.batches.end(); ++batch) {
    indices.insert(indices.end(), batch->begin(), batch->end());
    sizes.push_back(int64_t(batch->size()));
  }
  return {
      {"indices", from_data(indices, {int64_t(indices.size())})},
      {"batch_sizes", from_data(sizes, {int64_t(sizes.size())})},
      {"base_seed", from_data({plan.base_seed}, {})},
      {"streams", from_data({int64_t(plan.streams)}, {})},
      {"delivered", from_data({plan.delivered}, {})},
      {"generators", plan.generators.empty() ? empty({0, 0}, DType::u8) : stack(plan.generators)}};
}

void DataLoader::load_state_dict(const NamedTensors& state) {
  constexpr std::string_view load = "DataLoader.load_state_dict";
  for (const char* key : {"indices", "batch_sizes", "base_seed", "streams", "delivered"})
    if (!state.contains(key) || state[key].dtype() != DType::i64)
      fail(ErrorCode::value, load, "expected an int64 tensor '", key, "', as state_dict() gives");
  auto plan = std::make_shared<EpochPlan>();
  plan->base_seed = state["base_seed"].item<int64_t>();
  plan->delivered = state["delivered"].item<int64_t>();
  const auto streams = state["streams"].item<int64_t>();
  if (streams < 0 || streams > INT_MAX)
    fail(ErrorCode::value, load, "expected streams of 0 or more, got ", streams);
  plan->streams = int(streams);
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
  plan->generators = generators_in(state, std::min(plan->delivered, streams));
  restored_ = !sizes.empty();
  streams_ = plan->streams;
  plan_ = std::move(plan);
}

}  // namespace tandem
