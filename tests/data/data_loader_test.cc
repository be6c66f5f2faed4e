#include "tandem/data/data_loader.h"

#include <atomic>
#include <chrono>
#include <numeric>
#include <set>
#include <thread>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using testing::ElementsAre;

std::shared_ptr<Dataset> count_to(int64_t n) {
  std::vector<int64_t> values(static_cast<size_t>(n));
  std::iota(values.begin(), values.end(), int64_t{0});
  return std::make_shared<TensorDataset>(std::vector{from_data(values, {n})});
}
std::vector<int64_t> all_of(DataLoader& loader) {
  std::vector<int64_t> seen;
  for (const Batch& batch : loader)
    for (const int64_t v : batch[0].to_vector<int64_t>()) seen.push_back(v);
  return seen;
}

/// Sample i is i; some indices throw, and slow ones come late.
class Faulty : public Dataset {
 public:
  int64_t size() const override { return 12; }
  Sample get(int64_t index) const override {
    if (index == slow) std::this_thread::sleep_for(std::chrono::milliseconds(20));
    if (index == broken) fail(ErrorCode::io, "Faulty", "sample ", index, " cannot be read");
    if (index == strange) throw std::out_of_range("strange");
    return {from_data({index}, {})};
  }
  int64_t slow = -1, broken = -1, strange = -1;
};

TEST(DataLoader, BatchesInOrder) {
  DataLoader loader(count_to(5), {.batch_size = 2});
  EXPECT_EQ(loader.size(), 3);
  std::vector<std::vector<int64_t>> batches;
  for (const Batch& batch : loader) batches.push_back(batch[0].to_vector<int64_t>());
  EXPECT_THAT(batches, ElementsAre(ElementsAre(0, 1), ElementsAre(2, 3), ElementsAre(4)));
  DataLoader dropping(count_to(5), {.batch_size = 2, .drop_last = true});
  EXPECT_EQ(dropping.size(), 2);
  EXPECT_THAT(all_of(dropping), ElementsAre(0, 1, 2, 3));
  DataLoader none(count_to(0), {.batch_size = 2, .num_workers = 2});
  EXPECT_EQ(none.size(), 0);
  EXPECT_TRUE(all_of(none).empty());
}

/// A base seed is drawn first, then one that seeds the order.
TEST(DataLoader, ShufflesAsPyTorchDoes) {
  manual_seed(3);
  DataLoader loader(count_to(100), {.batch_size = 7, .shuffle = true});
  Generator process(3);
  for (int epoch = 0; epoch < 2; ++epoch) {
    process.random64();
    Generator own(process.random64() & INT64_MAX);
    EXPECT_EQ(all_of(loader), random_permutation(100, own));
  }
  Generator given(4), copy(4);
  DataLoader with_generator(count_to(10), {.batch_size = 3, .shuffle = true, .generator = &given});
  copy.random64();
  EXPECT_EQ(all_of(with_generator), random_permutation(10, copy));
}

TEST(DataLoader, WorkersDeliverTheSameInOrder) {
  auto slow = std::make_shared<Faulty>();
  slow->slow = 0;
  for (const int workers : {1, 2, 3, 5}) {
    manual_seed(3);
    DataLoader plain(count_to(100), {.batch_size = 7, .shuffle = true});
    const auto want = all_of(plain);
    manual_seed(3);
    DataLoader threaded(count_to(100), {.batch_size = 7, .shuffle = true, .num_workers = workers});
    EXPECT_EQ(all_of(threaded), want) << workers;
    DataLoader late(slow, {.batch_size = 1, .num_workers = workers});
    EXPECT_THAT(all_of(late), ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11));
  }
}

TEST(DataLoader, ErrorsNameBatchAndSample) {
  for (const int workers : {0, 2}) {
    auto data = std::make_shared<Faulty>();
    data->broken = 7;
    DataLoader loader(data, {.batch_size = 3, .num_workers = workers});
    int64_t seen = 0;
    const auto run = [&] {
      for (const Batch& batch : loader) seen += batch[0].numel();
    };
    EXPECT_ERROR(run(), ErrorCode::io,
                 "DataLoader: batch 2: sample 7: Faulty: sample 7 cannot be read");
    EXPECT_EQ(seen, 6) << "the batches before it are delivered";
    data->broken = -1, data->strange = 1;
    EXPECT_ERROR(run(), ErrorCode::value, "DataLoader: batch 0: sample 1: strange");
  }
}

TEST(DataLoader, StopsCleanlyInTheMiddle) {
  auto data = std::make_shared<Faulty>();
  data->slow = 5;
  for (int i = 0; i < 20; ++i) {
    DataLoader loader(data, {.batch_size = 1, .num_workers = 3, .prefetch_factor = 1});
    for (const Batch& batch : loader)
      if (batch[0].item<int>() == i % 5) break;
  }
}

TEST(DataLoader, FetchesAheadAndNoFurther) {
  struct Counting : Dataset {
    int64_t size() const override { return 100; }
    Sample get(int64_t index) const override {
      ++fetched;
      return {from_data({index}, {})};
    }
    mutable std::atomic<int> fetched = 0;
  };
  const auto data = std::make_shared<Counting>();
  DataLoader loader(data, {.batch_size = 1, .num_workers = 2, .prefetch_factor = 3});
  auto at = loader.begin();
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_GT(data->fetched, 1);
  EXPECT_LE(data->fetched, 1 + 2 * 3);
}

TEST(DataLoader, WorkersHaveGeneratorsOfTheirOwn) {
  struct Random : Dataset {
    int64_t size() const override { return 8; }
    Sample get(int64_t) const override {
      return {from_data({int64_t(default_generator().random32())}, {})};
    }
  };
  const auto draw = [](int workers) {
    manual_seed(9);
    DataLoader loader(std::make_shared<Random>(), {.num_workers = workers});
    return all_of(loader);
  };
  EXPECT_EQ(draw(2), draw(2));
  EXPECT_EQ(std::ranges::count(draw(2), draw(2)[0]), 1);
  Generator process(9);
  Generator second((process.random64() & INT64_MAX) + 1);
  EXPECT_EQ(draw(2)[1], int64_t(second.random32()));
}

TEST(DataLoader, InitializesWorkers) {
  std::atomic<int> sum = 0;
  DataLoader loader(count_to(4),
                    {.num_workers = 3, .worker_init_fn = [&](int w) { sum += w + 1; }});
  all_of(loader);
  EXPECT_EQ(sum, 6);
  DataLoader failing(count_to(4), {.num_workers = 2, .worker_init_fn = [](int) {
                                     fail(ErrorCode::io, "init", "no luck");
                                   }});
  EXPECT_ERROR(all_of(failing), ErrorCode::io, "init: no luck");
}

TEST(DataLoader, TakesCollateFunctionsAndSamplers) {
  DataLoader sums(count_to(4), {.batch_size = 2, .collate_fn = [](std::span<const Sample> samples) {
                                  int64_t total = 0;
                                  for (const Sample& s : samples) total += s[0].item<int64_t>();
                                  return Batch{from_data({total}, {1})};
                                }});
  EXPECT_THAT(all_of(sums), ElementsAre(1, 5));
  DataLoader reversed(count_to(3),
                      {.sampler = std::make_shared<SubsetRandomSampler>(std::vector<int64_t>{2})});
  EXPECT_THAT(all_of(reversed), ElementsAre(2));
  const auto batches = std::make_shared<BatchSampler>(std::make_shared<SequentialSampler>(3), 2);
  DataLoader grouped(count_to(3), {.batch_sampler = batches});
  EXPECT_EQ(grouped.size(), 2);
  EXPECT_THAT(all_of(grouped), ElementsAre(0, 1, 2));
}

TEST(DataLoader, ResumesInTheMiddleOfAnEpoch) {
  for (const int workers : {0, 3}) {
    const DataLoaderOptions options{.batch_size = 7, .shuffle = true, .num_workers = workers};
    manual_seed(3);
    DataLoader loader(count_to(50), options);
    const auto whole = all_of(loader);
    std::vector<int64_t> first;
    NamedTensors state;
    for (const Batch& batch : loader) {
      for (const int64_t v : batch[0].to_vector<int64_t>()) first.push_back(v);
      state = loader.state_dict();
      if (first.size() == 21) break;
    }
    DataLoader other(count_to(50), options);
    other.load_state_dict(state);
    const auto rest = all_of(other);
    EXPECT_EQ(rest.size(), 29u);
    std::set<int64_t> both(first.begin(), first.end());
    both.insert(rest.begin(), rest.end());
    EXPECT_EQ(both.size(), 50u);
    EXPECT_EQ(all_of(other).size(), 50u) << "the epoch after it is whole";
  }
}

/// Samples with noise, as an augmentation draws it: more numbers for some than for others.
struct Noisy : Dataset {
  int64_t size() const override { return 23; }
  Sample get(int64_t index) const override {
    return {cast(rand({4}) * double(index) + sum(randn({index % 5 + 1})), float64)};
  }
};

/// The batches of the rest of an epoch, one vector each; stops behind `most`.
std::vector<std::vector<double>> batches_of(DataLoader& loader, int64_t most, NamedTensors* state,
                                            Tensor* generator) {
  std::vector<std::vector<double>> batches;
  if (most == 0) return batches;
  for (const Batch& batch : loader) {
    batches.push_back(batch[0].to_vector<double>());
    if (int64_t(batches.size()) < most) continue;
    *state = loader.state_dict();
    *generator = default_generator().get_state();
    break;
  }
  return batches;
}

// A run that is stopped behind any batch, and again behind a later one, draws what one does that is
// not, with any number of workers: epochs after it too.
TEST(DataLoader, AResumedEpochHasTheRandomSamplesOfAnUninterruptedOne) {
  const auto options = [](int workers) {
    return DataLoaderOptions{
        .batch_size = 3, .shuffle = true, .num_workers = workers, .worker_init_fn = [](int w) {
          for (int i = 0; i <= w; ++i) rand({2});
        }};
  };
  const auto data = std::make_shared<Noisy>();
  for (const int workers : {0, 1, 2, 3, 5, 9}) {
    manual_seed(11);
    DataLoader whole(data, options(workers));
    NamedTensors state;
    Tensor generator;
    auto expected = batches_of(whole, 1000, &state, &generator);
    ASSERT_EQ(expected.size(), 8u);
    for (auto& batch : batches_of(whole, 1000, &state, &generator)) expected.push_back(batch);
    for (int64_t first = 1; first <= 8; ++first)
      for (const auto& [second, then, at_last] :
           {std::tuple(1, workers, workers), {4, 2, 0}, {1, 0, 4}, {1000, 3, 1}}) {
        manual_seed(11);
        DataLoader started(data, options(workers));
        auto found = batches_of(started, first, &state, &generator);
        int now = then;
        for (int64_t most = second; found.size() < expected.size(); most = 1000, now = at_last) {
          DataLoader resumed(data, options(now));
          resumed.load_state_dict(state);
          default_generator().set_state(generator);
          for (auto& batch : batches_of(resumed, most, &state, &generator))
            found.push_back(std::move(batch));
          state = resumed.state_dict();
          generator = default_generator().get_state();
        }
        EXPECT_EQ(found, expected) << workers << " workers, stopped after " << first << " and "
                                   << second << " more, then " << then << " and " << at_last;
      }
  }
}

TEST(DataLoader, WorkersFetchAheadInARunThatBeganWithoutWhereNothingIsDrawn) {
  DataLoader loader(count_to(50), {.batch_size = 7, .shuffle = true});
  NamedTensors state;
  std::vector<int64_t> found, rest;
  for (const Batch& batch : loader) {
    for (const int64_t v : batch[0].to_vector<int64_t>()) found.push_back(v);
    if (found.size() == 21) state = loader.state_dict();
  }
  DataLoader other(count_to(50), {.batch_size = 7, .shuffle = true, .num_workers = 3});
  other.load_state_dict(state);
  rest = all_of(other);
  EXPECT_EQ(rest, std::vector<int64_t>(found.begin() + 21, found.end()));
}

// Saved within the loop's body at an epoch's last batch, nothing of the epoch is left; saved behind
// the loop, the next one begins.
TEST(DataLoader, TheLastBatchOfAnEpochIsNotItsEnd) {
  DataLoader loader(count_to(4), {.batch_size = 2});
  NamedTensors state;
  for (const Batch& batch : loader) {
    EXPECT_EQ(batch[0].size(0), 2);
    state = loader.state_dict();
  }
  EXPECT_THAT(state["batch_sizes"].to_vector<int64_t>(), ElementsAre(0, 0));
  DataLoader other(count_to(4), {.batch_size = 2});
  other.load_state_dict(state);
  EXPECT_THAT(all_of(other), ElementsAre());
  EXPECT_THAT(all_of(other), ElementsAre(0, 1, 2, 3));
}

TEST(DataLoader, AFinishedEpochsStateStartsANewOne) {
  DataLoader loader(count_to(4), {.batch_size = 3});
  all_of(loader);
  DataLoader other(count_to(4), {.batch_size = 3});
  other.load_state_dict(loader.state_dict());
  EXPECT_THAT(all_of(other), ElementsAre(0, 1, 2, 3));
  other.load_state_dict(DataLoader(count_to(4)).state_dict());
  EXPECT_THAT(all_of(other), ElementsAre(0, 1, 2, 3));
}

TEST(DataLoader, RejectsStatesThatDoNotFit) {
  DataLoader big(count_to(50), {.batch_size = 25}), small(count_to(4));
  const auto begun = big.begin();
  EXPECT_ERROR(small.load_state_dict(big.state_dict()), ErrorCode::value,
               "sample 25 is out of range for a dataset of 4");
  EXPECT_ERROR(small.load_state_dict({}), ErrorCode::value, "an int64 tensor 'indices'");
  DataLoader working(count_to(8), {.num_workers = 2});
  auto at = working.begin();
  ++at;
  const NamedTensors good = working.state_dict();
  const int64_t bytes = good["generators"].size(1);
  for (const Tensor& bad : {zeros({2, 7}, uint8), zeros({2}, uint8), zeros({2, bytes}, int32),
                            zeros({1, bytes}, uint8), zeros({0, 0}, uint8)}) {
    NamedTensors state;
    for (const auto& [name, t] : good) state.add(name, name == "generators" ? bad : t);
    EXPECT_ERROR(working.load_state_dict(state), ErrorCode::value, "expected 'generators' of");
  }
  const auto number = [](int64_t v) { return from_data({v}, {}); };
  EXPECT_ERROR(small.load_state_dict({{"indices", from_data<int64_t>({0, 1}, {2})},
                                      {"batch_sizes", from_data<int64_t>({1}, {1})},
                                      {"base_seed", number(0)},
                                      {"streams", number(0)},
                                      {"delivered", number(0)}}),
               ErrorCode::value, "batch_sizes that add up to 2");
}

TEST(DataLoader, RejectsOptionsThatExcludeEachOther) {
  const auto order = std::make_shared<SequentialSampler>(3);
  EXPECT_ERROR(DataLoader(count_to(3), {.shuffle = true, .sampler = order}), ErrorCode::value,
               "sampler option is mutually exclusive with shuffle");
  EXPECT_ERROR(DataLoader(count_to(3), {.batch_size = 2,
                                        .batch_sampler = std::make_shared<BatchSampler>(order, 2)}),
               ErrorCode::value, "batch_sampler option is mutually exclusive");
  EXPECT_ERROR(DataLoader(count_to(3), {.batch_size = 0}), ErrorCode::value, "batch_size");
  EXPECT_ERROR(DataLoader(count_to(3), {.num_workers = -1}), ErrorCode::value, "num_workers");
  EXPECT_ERROR(DataLoader(count_to(3), {.prefetch_factor = 0}), ErrorCode::value, "prefetch");
  EXPECT_ERROR(DataLoader(nullptr), ErrorCode::value, "expected a dataset");
  EXPECT_ERROR(DataLoader(count_to(0), {.shuffle = true}), ErrorCode::value, "to be positive");
}

}  // namespace
}  // namespace tandem
