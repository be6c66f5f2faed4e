// A chain of elementwise ops with reductions at its end: tiles are reduced while they are in the L1
// cache. The order of summation is the reductions' own (cpu/reduce_plan.h), so the bits are those
// of the ops one by one.
#pragma once
#include <optional>

#include "tandem/cpu/reduce_lanes.h"
#include "tandem/cpu/tile_program.h"

namespace tandem::cpu {

/// A reduction of one of the chain's watched values, by number.
struct TileReduce {
  std::size_t watched;
  Reduction kind;
  bool mean = false;
};

class TileReduction {
 public:
  /// All watched values are of `dtype` (f32 or f64), lie alike, and are reduced to `kept`. Null
  /// where this engine does not run it: neither the last dims are reduced nor the first, nor all
  /// but the channels of a channels-last image; or operands lie too differently.
  static std::unique_ptr<const TileReduction> make(TileChain chain,
                                                   std::vector<TileReduce> reductions,
                                                   std::span<const TensorRef> in,
                                                   std::span<const TensorRef> out, DType dtype,
                                                   const Dims& value_strides, const Dims& kept);

  /// A kernel whose `op` is the reduction: call.out are the chain's results, then the reduced ones,
  /// row-major.
  static void run(const KernelCall& call);

  const TileProgram& program() const { return program_; }

 private:
  /// Which way a value [rows, columns] is reduced.
  enum class Way : uint8_t {
    along,   // each row
    down,    // each column
    across,  // each column, in the order of a run of its own (ReducePlan::unit_kept)
  };
  TileReduction(TileChain chain, std::vector<TileReduce> reductions, std::span<const TensorRef> in,
                std::span<const TensorRef> out, DType dtype, const Dims& value_strides,
                const ReducePlan& plan, Way way, int64_t columns);

  template <class T>
  void run_in(const KernelCall& call) const;
  template <class T>
  void run_along(const KernelCall& call, std::span<const TensorRef> reduced) const;
  template <class T>
  void run_down(const KernelCall& call, std::span<const TensorRef> reduced) const;
  int64_t first_row(int64_t unit) const;

  TileProgram program_;
  std::vector<TileReduce> reductions_;
  DType dtype_;
  ReducePlan plan_;
  Pieces pieces_;
  Way way_;
  int64_t row_count_ = 1, columns_;
  double divisor_;
};

}  // namespace tandem::cpu
