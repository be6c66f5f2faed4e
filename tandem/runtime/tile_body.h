// The body of a `fused` instruction as a chain that runs over tiles.
#pragma once
#include <memory>
#include <span>

#include "tandem/cpu/tile_program.h"
#include "tandem/graph/program.h"

namespace tandem::runtime {

/// Is every instruction a number or an op with a row function (cpu/row_of.h), whose result has the
/// one shape of all the body's results?
bool runs_over_tiles(const Program& body);

/// What fuse_elementwise() may put into one body: an op with a row function for these operands.
bool has_row(const Program& program, const graph::Instruction& instruction);

/// Such a body, of concrete types, for operands that lie so in memory: first those of its
/// parameters, inputs before constants, then those of its numbers in order.
class TileBody {
 public:
  TileBody(const Program& body, std::span<const TensorRef> operands);

  /// A result, in the order of its elements that eager calls of the ops would give it.
  const Type& result(std::size_t r) const { return values_[index(r)].type; }
  const Dims& strides(std::size_t r) const { return values_[index(r)].strides; }
  std::shared_ptr<const cpu::TileProgram> program() const { return program_; }

 private:
  struct Value {
    Type type;
    Dims strides;
    bool contiguous;
    TensorRef ref() const;
  };
  std::size_t index(std::size_t r) const { return std::size_t(chain_.results[r]); }

  cpu::TileChain chain_;
  std::vector<Value> values_;  // by the chain's number
  std::shared_ptr<const cpu::TileProgram> program_;
};

}  // namespace tandem::runtime
