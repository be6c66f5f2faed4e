// A forecast is what the process then grows by.
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "tandem/runtime/session.h"
#include "tandem/tensor/allocator.h"
#include "tests/runtime/programs.h"

namespace tandem::runtime {
namespace {

int64_t resident_bytes() {
  int64_t pages = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

TEST(ProcessMemory, GrowsAsForecast) {
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer's own memory is in the figure";
#endif
#endif
  // Values that are all alive at the end, and a product that needs scratch.
  constexpr int64_t n = 2048;
  Builder t("main");
  const auto x = t.input("x", {DType::f32, {n, n}}), w = t.state("w", {DType::f32, {n, n}});
  std::vector<graph::Value> kept;
  for (int i = 0; i < 4; ++i) {
    const auto y = t(Matmul{}, {kept.empty() ? x : kept.back(), w});
    kept.push_back(t(Tanh{}, {y}));
  }
  auto sum = kept[0];
  for (std::size_t i = 1; i < kept.size(); ++i) sum = t(Matmul{}, {sum, kept[i]});
  t.output("y", sum);

  const Tensor input = randn({n, n}), weight = randn({n, n});
  {  // the pool and its scratch stacks are there from an earlier run
    Session earlier({{t.program}}, {{"w", weight}}, {.share_state = true});
    earlier.run("main", std::vector{input});
  }
  empty_cache();
  const Type type = input.type();
  const int64_t before = resident_bytes();
  Session session({{t.program}}, {{"w", weight}}, {.share_state = true});
  const Forecast forecast = session.forecast("main", {&type, 1});
  const std::vector<Tensor> y = session.run("main", std::vector{input});
  const double growth = double(resident_bytes() - before);
  // Input and state were there before.
  const double expected = double(forecast.arena + forecast.outputs);
  EXPECT_GT(expected, 60e6);
  EXPECT_NEAR(growth / expected, 1, 0.05) << growth << " bytes, forecast " << expected;
}

}  // namespace
}  // namespace tandem::runtime
