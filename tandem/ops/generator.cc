#include "tandem/ops/generator.h"

#include <cstring>

#include "tandem/base/error.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

constinit thread_local Generator* of_this_thread = nullptr;

template <class State>
Tensor tensor_of(const State& state) {
  const GeneratorState<State> bytes{bit_generator_of<State>, state};
  Tensor t = empty({int64_t(sizeof bytes)}, DType::u8);
  std::memcpy(t.data<uint8_t>(), &bytes, sizeof bytes);
  return t;
}

/// Calls f on the state in a tensor, to draw from it in place.
template <class F>
decltype(auto) with_state(const Tensor& state, F&& f) {
  if (!state.impl()->data)
    fail(ErrorCode::value, "generator",
         "its state belongs to a trace: draw with random ops there, or use another Generator");
  return with_generator_state(reinterpret_cast<std::byte*>(state.data<uint8_t>()), state.numel(),
                              std::forward<F>(f));
}

}  // namespace

void Generator::manual_seed(uint64_t seed) {
  state_ =
      kind_ == BitGenerator::mt19937 ? tensor_of(make_mt19937(seed)) : tensor_of(make_philox(seed));
}

uint64_t Generator::initial_seed() const {
  return with_state(state_, [](auto& s) { return s.seed; });
}

uint32_t Generator::random32() {
  return with_state(state_, [](auto& s) { return next_u32(s); });
}

uint64_t Generator::random64() {
  return with_state(state_, [](auto& s) { return next_u64(s); });
}

int64_t Generator::below(int64_t range) {
  constexpr int64_t wide = int64_t{1} << 28;  // PyTorch's limit, found by trial
  if (range < 1)
    fail(ErrorCode::value, "random", "expected a range of at least one number, got ", range);
  return range < wide ? int64_t(random32() % uint32_t(range))
                      : int64_t(random64() % uint64_t(range));
}

Tensor Generator::get_state() const {
  return with_state(state_, [](auto& s) { return tensor_of(s); });
}

void Generator::set_state(const Tensor& tensor) {
  if (!tensor || tensor.dtype() != DType::u8 || tensor.dim() != 1)
    fail(ErrorCode::value, "set_state", "expected a state from get_state(), a uint8 vector",
         tensor ? text("; got ", tensor.type()) : "; got no tensor");
  const Tensor state = copy_of(tensor);
  with_state(state, [this](auto& s) {
    if (!is_valid(s)) fail(ErrorCode::value, "set_state", "the state is damaged");
    kind_ = bit_generator_of<std::remove_reference_t<decltype(s)>>;
  });
  state_ = state;
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
