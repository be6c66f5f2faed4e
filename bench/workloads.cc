// The workloads that Tandem is compared on, one JSON line a case, as the peers print them.
//
//   workloads [--compile [--budget=BYTES]] [CASE ...]      BENCH_THREADS=2 workloads train_cnn
//
// With --compile each step, and each model, is one program; --budget is CompileOptions::budget.
// CASE is a prefix. "value" is the median, "best" the least time (or the most GFLOP/s), "rss_mb"
// the process's peak so far.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "examples/models/char_lstm.h"
#include "examples/models/cnn.h"
#include "examples/models/gpt.h"
#include "examples/models/mlp.h"
#include "examples/models/mobilenetv2.h"
#include "examples/models/resnet20.h"
#include "examples/models/resnet50.h"
#include "tandem/base/thread_pool.h"
#include "tandem/compile/compile.h"
#include "tandem/optim/optim.h"
#include "tandem/tandem.h"

namespace {

using namespace tandem;
using Clock = std::chrono::steady_clock;

std::vector<std::string> wanted;
bool compiled = false;
std::optional<int64_t> budget;

bool want(std::string_view name) {
  return wanted.empty() ||
         std::ranges::any_of(wanted, [&](const std::string& w) { return name.starts_with(w); });
}

long rss_mb() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return std::lround(double(usage.ru_maxrss) / 1024);
}

void report(std::string_view name, double value, std::string_view unit, double best,
            double first_seconds = -1) {
  const std::string first =
      first_seconds < 0 ? "" : fmt::format(R"(, "first_s": {:.3f})", first_seconds);
  fmt::print(R"({{"peer": "{}", "case": "{}", "threads": {}, "value": {:.4f}, "best": {:.4f}, )"
             R"("unit": "{}", "rss_mb": {}{}}})"
             "\n",
             compiled ? "tandem.compile" : "tandem", name, num_threads(), value, best, unit,
             rss_mb(), first);
  std::fflush(stdout);
}

struct Timing {
  double median, best;  // seconds
};

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

Timing timed(const std::function<void()>& f, double seconds, int warmup = 3) {
  for (int i = 0; i < warmup; ++i) f();
  std::vector<double> runs;
  const auto start = Clock::now();
  while ((seconds_since(start) < seconds || runs.size() < 5) && runs.size() < 2000) {
    const auto one = Clock::now();
    f();
    runs.push_back(seconds_since(one));
  }
  std::ranges::sort(runs);
  return {runs[runs.size() / 2], runs[0]};
}

/// Of one call of `f`, called n times in each timing.
Timing loop(const std::function<void()>& f, int n) {
  const Timing t = timed(
      [&] {
        for (int i = 0; i < n; ++i) f();
      },
      1.5, 1);
  return {t.median / n, t.best / n};
}

/// f(inputs...) as a call without arguments: eagerly, or as a program.
template <class F>
std::function<void()> maybe_compiled(const nn::Module& net, optim::Optimizer* optimizer,
                                     std::vector<Tensor> inputs, F f) {
  const Function function(f);
  if (!compiled) return [function, inputs] { function(inputs); };
  NamedTensors state = optimizer ? optim::training_state(net, *optimizer) : net.named_state();
  auto program = std::make_shared<Compiled>(
      function,
      CompileOptions{.state = std::move(state), .budget = budget, .pack_weights = !optimizer});
  return [program, inputs] { (*program)(inputs); };
}

void small_cases() {
  if (want("add16")) {
    const Tensor a = ones({16}), b = ones({16});
    NoGrad off;
    const Timing t = loop([&] { (void)(a + b); }, 20000);
    report("add16", t.median * 1e9, "ns", t.best * 1e9);
  }
  if (want("tiny_step")) {
    nn::Sequential net = models::mlp({8, 16, 4});
    optim::SGD sgd(net.parameters(), {.lr = 0.01});
    const Tensor x = randn({4, 8}), y = randint(0, 4, {4});
    const Timing t = loop(maybe_compiled(net, &sgd, {x, y},
                                         [&](const Tensor& input, const Tensor& target) {
                                           sgd.zero_grad();
                                           cross_entropy(net(input), target).backward();
                                           sgd.step();
                                         }),
                          200);
    report("tiny_step", t.median * 1e6, "us", t.best * 1e6);
  }
  for (int64_t n : {256, 1024, 2048}) {
    const std::string name = fmt::format("matmul_{}", n);
    if (!want(name)) continue;
    const Tensor a = randn({n, n}), b = randn({n, n});
    const double gflop = 2e-9 * double(n) * double(n) * double(n);
    const Timing t = timed([&] { (void)matmul(a, b); }, 2);
    report(name, gflop / t.median, "GFLOP/s", gflop / t.best);
  }
}

/// The model and its optimizer are made only when the case is wanted.
template <class Make, class MakeOptimizer>
void train(std::string_view name, Make&& make, MakeOptimizer&& make_optimizer,
           const std::function<Tensor()>& input, const std::function<Tensor()>& target) {
  if (!want(name)) return;
  auto net = make();
  auto optimizer = make_optimizer(net.parameters());
  const Tensor x = input(), y = reshape(target(), {-1});
  const auto step =
      maybe_compiled(net, &optimizer, {x, y}, [&](const Tensor& in, const Tensor& labels) {
        optimizer.zero_grad();
        const Tensor out = net(in);
        cross_entropy(reshape(out, {-1, out.size(-1)}), labels).backward();
        optimizer.step();
      });
  const auto start = Clock::now();
  step();
  const double first = seconds_since(start);
  const Timing t = timed(step, 5);
  report(name, t.median * 1e3, "ms/step", t.best * 1e3, first);
}

template <class Make>
void infer(std::string_view name, Make&& make, const std::function<Tensor()>& input) {
  if (!want(name)) return;
  auto net = make();
  net.eval();
  const Tensor x = input();
  InferenceMode on;
  const auto run = maybe_compiled(net, nullptr, {x}, [&](const Tensor& in) { return net(in); });
  const auto start = Clock::now();
  run();
  const double first = seconds_since(start);
  const Timing t = timed(run, 4);
  report(name, t.median * 1e3, "ms", t.best * 1e3, first);
}

}  // namespace

int main(int argc, char** argv) {
  wanted.assign(argv + 1, argv + argc);
  compiled = std::erase(wanted, "--compile") > 0;
  std::erase_if(wanted, [](const std::string& w) {
    if (!w.starts_with("--budget=")) return false;
    budget = std::atoll(w.c_str() + std::string_view("--budget=").size());
    return true;
  });
  const char* threads = std::getenv("BENCH_THREADS");
  set_num_threads(threads ? std::atoi(threads) : 1);
  manual_seed(0);

  auto adam = [](std::vector<Tensor> p) { return optim::Adam(std::move(p)); };
  auto adamw = [](std::vector<Tensor> p) { return optim::AdamW(std::move(p)); };
  auto sgd = [](std::vector<Tensor> p) {
    return optim::SGD(std::move(p), {.lr = 0.1, .momentum = 0.9});
  };
  auto classes = [](int64_t n, Dims size) { return [=] { return randint(0, n, size); }; };
  auto normal = [](Dims size) { return [=] { return randn(size); }; };

  small_cases();
  train(
      "train_mlp", [] { return models::mlp({784, 512, 512, 10}); }, adam, normal({128, 784}),
      classes(10, {128}));
  train(
      "train_cnn", [] { return models::Cnn(); }, adam, normal({64, 1, 28, 28}), classes(10, {64}));
  train(
      "train_resnet20", [] { return models::resnet20(); }, sgd, normal({64, 3, 32, 32}),
      classes(10, {64}));
  train(
      "train_gpt", [] { return models::Gpt(); }, adamw, classes(65, {12, 64}),
      classes(65, {12, 64}));
  train(
      "train_lstm", [] { return models::CharLstm(); }, adam, classes(65, {32, 64}),
      classes(65, {32, 64}));
  infer("infer_resnet50", [] { return models::ResNet50(); }, normal({1, 3, 224, 224}));
  infer("infer_mobilenetv2", [] { return models::MobileNetV2(); }, normal({1, 3, 224, 224}));
  infer(
      "infer_minilm",
      [] {
        return models::Gpt({.vocabulary = 30522,
                            .width = 384,
                            .heads = 12,
                            .layers = 6,
                            .context = 512,
                            .causal = false,
                            .head = false});
      },
      classes(30522, {1, 128}));
}
