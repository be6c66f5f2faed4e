// Generator: PyTorch's CPU stream of random numbers.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "tandem/tensor/tensor.h"

namespace tandem {

/// MT19937 (Matsumoto and Nishimura 1998), seeded and read as PyTorch does, so that equal seeds
/// give equal weights, orders and masks. Not for use by several threads at once.
class Generator {
 public:
  static constexpr uint64_t default_seed = 67280421310721;

  explicit Generator(uint64_t seed = default_seed) { manual_seed(seed); }

  /// Starts anew. Only the low 32 bits of the seed count.
  void manual_seed(uint64_t seed);
  uint64_t initial_seed() const { return seed_; }

  uint32_t random32();
  /// Of two draws the first is the upper half.
  uint64_t random64();
  /// In [0, 1), multiples of 2⁻²⁴.
  float uniform() { return float(random32() & 0xffffff) * 0x1p-24f; }
  /// In [0, 1), multiples of 2⁻⁵³.
  double uniform64() { return double(random64() & ((uint64_t{1} << 53) - 1)) * 0x1p-53; }
  /// In 0..range-1, as randint draws it. Error: code value unless range is positive.
  int64_t below(int64_t range);

  /// The second number of a pair of normal ones, kept for the next call.
  std::optional<double> next_normal;

  /// uint8: everything that the next numbers depend on. Error: code value for any other tensor.
  Tensor get_state() const;
  void set_state(const Tensor& state);

 private:
  static constexpr int size = 624, shift = 397;
  void refill();

  uint64_t seed_ = 0;
  int used_ = size;
  std::array<uint32_t, size> words_;
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
