#include "tandem/ops/generator.h"

#include <cstring>

#include "tandem/base/error.h"

namespace tandem {
namespace {

constinit thread_local Generator* of_this_thread = nullptr;

/// The layout of a state.
struct State {
  uint64_t seed;
  int64_t used;
  double normal;
  int64_t has_normal;
  std::array<uint32_t, 624> words;
};

}  // namespace

void Generator::manual_seed(uint64_t seed) {
  seed_ = seed;
  words_[0] = uint32_t(seed);
  for (uint32_t i = 1; i < size; ++i)
    words_[i] = 1812433253u * (words_[i - 1] ^ words_[i - 1] >> 30) + i;
  used_ = size;
  next_normal.reset();
}

void Generator::refill() {
  constexpr uint32_t upper = 0x80000000, lower = 0x7fffffff, twist = 0x9908b0df;
  for (int i = 0; i < size; ++i) {
    const uint32_t y = (words_[size_t(i)] & upper) | (words_[size_t((i + 1) % size)] & lower);
    words_[size_t(i)] = words_[size_t((i + shift) % size)] ^ y >> 1 ^ (y & 1 ? twist : 0);
  }
  used_ = 0;
}

uint32_t Generator::random32() {
  if (used_ == size) refill();
  uint32_t y = words_[size_t(used_++)];
  y ^= y >> 11;
  y ^= y << 7 & 0x9d2c5680;
  y ^= y << 15 & 0xefc60000;
  return y ^ y >> 18;
}

uint64_t Generator::random64() {
  const uint64_t upper = random32();
  return upper << 32 | random32();
}

int64_t Generator::below(int64_t range) {
  constexpr int64_t wide = int64_t{1} << 28;  // PyTorch's limit, found by trial
  if (range < 1)
    fail(ErrorCode::value, "random", "expected a range of at least one number, got ", range);
  return range < wide ? int64_t(random32() % uint32_t(range))
                      : int64_t(random64() % uint64_t(range));
}

Tensor Generator::get_state() const {
  const State state{seed_, used_, next_normal.value_or(0), next_normal.has_value(), words_};
  Tensor t = empty({int64_t(sizeof state)}, DType::u8);
  std::memcpy(t.data<uint8_t>(), &state, sizeof state);
  return t;
}

void Generator::set_state(const Tensor& tensor) {
  State state;
  if (!tensor || tensor.dtype() != DType::u8 || tensor.numel() != int64_t(sizeof state))
    fail(ErrorCode::value, "set_state", "expected a state from get_state(), uint8[", sizeof state,
         "]");
  std::memcpy(&state, tensor.data<uint8_t>(), sizeof state);
  if (state.used < 0 || state.used > size)
    fail(ErrorCode::value, "set_state", "the state is damaged");
  seed_ = state.seed;
  used_ = int(state.used);
  words_ = state.words;
  next_normal = state.has_normal ? std::optional(state.normal) : std::nullopt;
}

Generator& default_generator() {
  static Generator of_process;
  return of_this_thread ? *of_this_thread : of_process;
}
void manual_seed(uint64_t seed) { default_generator().manual_seed(seed); }

UseGenerator::UseGenerator(Generator& generator)
    : before_(std::exchange(of_this_thread, &generator)) {}
UseGenerator::~UseGenerator() { of_this_thread = before_; }

}  // namespace tandem
