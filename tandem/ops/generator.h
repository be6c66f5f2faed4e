// Generator: a stream of random numbers, PyTorch's CPU stream unless Philox is asked for.
#pragma once
#include <cstdint>
#include <utility>

#include "tandem/base/generator_state.h"
#include "tandem/tensor/tensor.h"

namespace tandem {

/// Holds its state as a uint8 tensor: random ops are pure, (state, …) -> (value, new state), and a
/// generator is where the newest state is kept. MT19937 is seeded and read as PyTorch does, so that
/// equal seeds give equal weights, orders and masks. Not for use by several threads at once.
class Generator {
 public:
  static constexpr uint64_t default_seed = 67280421310721;

  explicit Generator(uint64_t seed = default_seed, BitGenerator kind = BitGenerator::mt19937)
      : kind_(kind) {
    manual_seed(seed);
  }
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  /// Starts anew. Of an MT19937's seed only the low 32 bits count.
  void manual_seed(uint64_t seed);
  uint64_t initial_seed() const;
  BitGenerator kind() const { return kind_; }

  uint32_t random32();
  /// Of two draws the first is the upper half.
  uint64_t random64();
  /// In [0, 1), multiples of 2⁻²⁴.
  float uniform() { return float(random32() & 0xffffff) * 0x1p-24f; }
  /// In [0, 1), multiples of 2⁻⁵³.
  double uniform64() { return double(random64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53; }
  /// In 0..range-1, as randint draws it. Error: code value unless range is positive.
  int64_t below(int64_t range);

  /// uint8: everything that the next numbers depend on. Error: code value for any other tensor.
  Tensor get_state() const;
  void set_state(const Tensor& state);

  /// What random ops take, and where they leave their last result.
  const Tensor& state() const { return state_; }
  void advance(Tensor new_state) { state_ = std::move(new_state); }

 private:
  BitGenerator kind_;
  Tensor state_;
};

/// The calling thread's generator where a UseGenerator is in force, else the process's.
Generator& default_generator();
/// Seeds the default generator.
void manual_seed(uint64_t seed);

/// While it lives, `generator` is the calling thread's default one.
class UseGenerator {
 public:
  explicit UseGenerator(Generator& generator);
  UseGenerator(const UseGenerator&) = delete;
  ~UseGenerator();

 private:
  Generator* before_;
};

}  // namespace tandem
