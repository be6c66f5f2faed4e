#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <nlohmann/json.hpp>

#include "tandem/base/error.h"
#include "tandem/base/thread_pool.h"
#include "tandem/cli/commands.h"
#include "tandem/cli/digit_net.h"
#include "tandem/data/image_dataset.h"
#include "tandem/ops/generator.h"
#include "tandem/optim/adam.h"
#include "tandem/tandem.h"

namespace tandem::cli {
namespace {

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Case {
  std::string name, unit;
  /// Calls the work `repeats` times.
  std::function<void(int64_t repeats)> work;
  /// What a call of so many seconds is worth in `unit`.
  std::function<double(double seconds)> value;
};

std::function<double(double)> times(double factor) {
  return [factor](double seconds) { return seconds * factor; };
}

Case add16() {
  const Tensor a = full({16}, 1.5), b = full({16}, 2.5);
  return {"add16", "ns",
          [=](int64_t repeats) {
            const NoGrad off;
            for (; repeats > 0; --repeats) a + b;
          },
          times(1e9)};
}

Case matmul_of(int64_t n) {
  const Tensor a = full({n, n}, 0.5), b = full({n, n}, 0.25);
  return {fmt::format("matmul_{}", n), "GFLOP/s",
          [=](int64_t repeats) {
            const NoGrad off;
            for (; repeats > 0; --repeats) matmul(a, b);
          },
          [n](double seconds) { return 2e-9 * double(n * n * n) / seconds; }};
}

/// A step of `tandem train digits`: 64 images forward and backward, and the update.
Case digits_step() {
  constexpr int64_t images = 64;
  manual_seed(1);
  const auto net = std::make_shared<DigitNet>();
  const auto optimizer = std::make_shared<optim::Adam>(net->parameters());
  std::vector<int64_t> indices;
  for (int64_t i = 0; i < images; ++i) indices.push_back(i);
  const Batch batch = draw_digits(images, 1)->get_batch(indices);
  return {"digits_step", "ms",
          [=](int64_t repeats) {
            for (; repeats > 0; --repeats) {
              optimizer->zero_grad();
              cross_entropy((*net)(batch[0]), batch[1]).backward();
              optimizer->step();
            }
          },
          times(1e3)};
}

/// Seconds a call in rounds of about a hundredth of `seconds` each: the median and the best.
std::pair<double, double> timed(const std::function<void(int64_t)>& work, double seconds) {
  int64_t repeats = 1;
  double once = 0;
  while (true) {
    const auto start = Clock::now();
    work(repeats);
    once = seconds_since(start);
    if (once > seconds / 100 || repeats > 1'000'000'000) break;
    repeats *= 2;
  }
  std::vector<double> rounds;
  for (const auto start = Clock::now(); seconds_since(start) < seconds || rounds.size() < 3;) {
    const auto round = Clock::now();
    work(repeats);
    rounds.push_back(seconds_since(round) / double(repeats));
  }
  std::ranges::sort(rounds);
  return {rounds[rounds.size() / 2], rounds[0]};
}

}  // namespace

void bench(const BenchOptions& options) {
  using Maker = std::pair<std::string, std::function<Case()>>;
  std::vector<Maker> makers{{"add16", add16}};
  for (const int64_t n : {128, 256, 512, 1024})
    makers.emplace_back(fmt::format("matmul_{}", n), [n] { return matmul_of(n); });
  makers.emplace_back("digits_step", digits_step);

  std::vector<std::string> names;
  for (const auto& [name, maker] : makers) names.push_back(name);
  const auto wanted = [&](const std::string& name) {
    return options.cases.empty() ||
           std::ranges::any_of(options.cases, [&](auto& c) { return name.starts_with(c); });
  };
  for (const std::string& c : options.cases)
    if (std::ranges::none_of(names, [&](auto& name) { return name.starts_with(c); }))
      fail(ErrorCode::value, "bench", "no case '", c, "'; expected ",
           fmt::format("{}", fmt::join(names, ", ")));

  for (const auto& [name, maker] : makers) {
    if (!wanted(name)) continue;
    const Case c = maker();
    const auto [median, best] = timed(c.work, options.seconds);
    if (!options.json) {
      fmt::print("{:<12} {:>10.1f} {:<8} best {:.1f}\n", c.name, c.value(median), c.unit,
                 c.value(best));
      std::fflush(stdout);
      continue;
    }
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    fmt::print("{}\n", nlohmann::ordered_json{{"peer", "tandem"},
                                              {"case", c.name},
                                              {"threads", num_threads()},
                                              {"value", c.value(median)},
                                              {"best", c.value(best)},
                                              {"unit", c.unit},
                                              {"rss_mb", usage.ru_maxrss / 1024}}
                           .dump());
    std::fflush(stdout);
  }
}

}  // namespace tandem::cli
