// The body of a `fused` instruction as a chain that runs over tiles.
#pragma once
#include <memory>
#include <span>

#include "tandem/cpu/tile_reduction.h"
#include "tandem/graph/program.h"

namespace tandem::runtime {

/// What fuse_elementwise() may put into one body: an op with a row function for these operands
/// (cpu/row_of.h), or a sum, mean, product, maximum or minimum of f32 or f64.
bool can_fuse(const Program& program, const graph::Instruction& instruction);

/// Is every instruction a number, an op with a row function whose result has the body's one shape,
/// or one of such reductions of it, over the same dims, that nothing in the body reads?
bool runs_over_tiles(const Program& body);

/// Such a body, of concrete types, for operands that lie so in memory: first those of its
/// parameters, inputs before constants, then those of its numbers in order.
class TileBody {
 public:
  /// `columns`: as of TileProgram; for bodies without reductions.
  TileBody(const Program& body, std::span<const TensorRef> operands, int64_t columns = 0);

  /// The body's results in the kernel's order: those of the whole shape, then the reduced ones, by
  /// their place among the body's outputs.
  std::span<const std::size_t> results() const { return results_; }
  /// A result, in the order of its elements that eager calls of the ops would give it.
  const Type& type(std::size_t output) const { return made(output).type; }
  const Dims& strides(std::size_t output) const { return made(output).strides; }

  /// Null where the reductions cannot be run over tiles of operands that lie so.
  std::shared_ptr<const cpu::TileProgram> program() const { return program_; }
  /// Null without reductions.
  std::shared_ptr<const cpu::TileReduction> reduction() const { return reduction_; }

 private:
  struct Value {
    Type type;
    Dims strides;
    bool contiguous;
    TensorRef ref() const { return {nullptr, &type, &strides, contiguous}; }
  };
  const Value& made(std::size_t output) const { return values_[std::size_t(outputs_[output])]; }
  void add_op(const Program& body, const graph::Instruction& i);
  void add_reduction(const Program& body, const graph::Instruction& i);
  void lay_out(std::span<const TensorRef> operands, int64_t columns);

  cpu::TileChain chain_;
  std::vector<cpu::TileReduce> reductions_;
  Dims kept_;
  std::vector<Value> values_;  // operands, results of ops, reduced ones
  std::vector<int> number_;    // which of them, by the body's value
  std::vector<int> outputs_;   // which of them
  std::vector<std::size_t> results_;
  std::shared_ptr<const cpu::TileProgram> program_;
  std::shared_ptr<const cpu::TileReduction> reduction_;
};

}  // namespace tandem::runtime
