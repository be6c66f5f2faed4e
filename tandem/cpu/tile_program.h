// A chain of elementwise ops that runs a tile at a time: what is between its first and its last op
// never leaves the L1 cache. The bodies are the row functions of the ops' own kernels, so the bits
// are those of the ops one by one, and nothing is compiled for a chain.
#pragma once
#include <memory>
#include <vector>

#include "tandem/cpu/rows.h"

namespace tandem::cpu {

/// A chain before it is laid out. Values are numbered: operand i is i, the result of ops[k] is
/// operands.size() + k. All results broadcast to `shape`, as do the operands.
struct TileChain {
  struct Op {
    AnyOp op;
    Row row;
    std::vector<int> operands;  // values
    DType dtype;                // of its result
  };
  Dims shape;
  std::vector<Op> ops;
  std::vector<int> results;  // values: of ops, each once
};

/// A chain for operands and results that lie so in memory.
class TileProgram {
 public:
  /// Of the refs types and strides are read, not elements; all results have the chain's shape.
  TileProgram(TileChain chain, std::span<const TensorRef> in, std::span<const TensorRef> out);

  TileProgram(const TileProgram&) = delete;

  /// A kernel whose `op` is the program: computes call.out from call.in.
  static void run(const KernelCall& call);

  /// Is the last element of this operand that a result's element needs read before that is written?
  /// Then, lying alike, they may have the same memory.
  bool may_overwrite(std::size_t result, std::size_t operand) const;

  const TileChain& chain() const { return chain_; }

 private:
  /// A tensor of the caller's on the way through the tiles; steps are in elements, by loop.
  struct Stream {
    int size;  // of an element
    int64_t step[Dims::max_rank];
    bool dense;     // within a tile: read or written where it lies
    int slot = -1;  // where its tile is packed, unless it is dense
  };
  static constexpr int max_operands = 4;
  struct Instruction {
    Row row;
    const void* op;
    int operands;
    int from[max_operands];  // places: streams, then slots
    int to;
  };

  void make_loops(std::span<const TensorRef> in, std::span<const TensorRef> out);
  void make_instructions(std::size_t operands);
  void run_tiles(const KernelCall& call, int64_t begin, int64_t end) const;

  TileChain chain_;
  int rank_ = 0;
  int64_t loop_[Dims::max_rank];  // sizes, the outermost first
  int64_t tile_ = 1;              // elements at most
  int64_t inner_ = 1, rows_ = 1;  // a tile: so many elements of the last loop, of the one before
  std::vector<Stream> streams_;   // operands, then results
  std::vector<Instruction> instructions_;
  int slots_ = 0;
  int slot_size_ = 1;  // bytes an element
};

}  // namespace tandem::cpu
