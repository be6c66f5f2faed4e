// Elementwise ops and copies of what does not lie in rows: transposed, by channel, at a step. The
// first, dense copy is what they have to be measured by.
#include <benchmark/benchmark.h>

#include "tandem/base/thread_pool.h"
#include "tandem/tandem.h"

namespace tandem {
namespace {

template <class F>
void add(const char* name, F&& f) {
  benchmark::RegisterBenchmark(name, [f](benchmark::State& state) {
    int64_t n = 0;
    for (auto _ : state) {
      const Tensor out = f();
      benchmark::DoNotOptimize(out.impl());
      n += out.numel();
    }
    state.SetItemsProcessed(n);
    state.counters["ns"] = benchmark::Counter(
        double(n) * 1e-9, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  })->Unit(benchmark::kMicrosecond);
}

Tensor images(const Tensor& channels_last) { return permute(channels_last, {0, 3, 1, 2}); }

void add_all() {
  const Tensor matrix = randn({1024, 1024}), target = empty({1024, 1024});
  const Tensor x = randn({32, 64, 28, 28}), last = images(randn({32, 28, 28, 64}));
  const Tensor by_channel = randn({64, 1, 1}), column = randn({1024, 1});
  const Tensor few = randn({2, 64, 28, 28});
  const Tensor bytes = images(full({16, 224, 224, 3}, 7, uint8));
  const Tensor heads = permute(randn({16, 128, 4, 32}), {0, 2, 1, 3});
  const Tensor doubles = randn({512, 512}, float64), halves = randn({1024, 1024}, bfloat16);
  add("dense copy", [=] { return clone(x); });
  add("channels-last to contiguous", [=] { return contiguous(last); });
  add("contiguous to channels-last", [=] { return contiguous(permute(x, {0, 2, 3, 1})); });
  add("image + channels-last image", [=] { return x + last; });
  add("image * by channel", [=] { return x * by_channel; });
  add("few images * by channel", [=] { return few * by_channel; });
  add("few images * themselves", [=] { return few * few; });
  add("matrix transposed", [=] { return contiguous(transpose(matrix, 0, 1)); });
  add("matrix transposed, float64", [=] { return contiguous(transpose(doubles, 0, 1)); });
  add("matrix transposed, bfloat16", [=] { return contiguous(transpose(halves, 0, 1)); });
  add("matrix + its transpose", [=] { return matrix + transpose(matrix, 0, 1); });
  add("matrix * column", [=] { return matrix * column; });
  add("into a transpose", [=] { return transpose(target, 0, 1).copy_(matrix); });
  add("every second column", [=] { return contiguous(slice(matrix, 1, 0, 1024, 2)); });
  add("heads to rows", [=] { return contiguous(heads); });
  add("bytes of pixels to planes", [=] { return contiguous(bytes); });
}

}  // namespace
}  // namespace tandem

int main(int argc, char** argv) {
  tandem::set_num_threads(1);
  tandem::add_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
