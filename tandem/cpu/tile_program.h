// A chain of elementwise ops that runs a tile at a time: what is between its first and its last op
// never leaves the L1 cache. The bodies are the row functions of the ops' own kernels, so the bits
// are those of the ops one by one, and nothing is compiled for a chain.
#pragma once
#include <memory>
#include <vector>

#include "tandem/cpu/epilogue.h"
#include "tandem/cpu/row_pair.h"
#include "tandem/cpu/rows.h"
#include "tandem/cpu/scratch.h"

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
  std::vector<int> watched;  // values: of ops, which whoever runs the tiles looks at
};

/// A chain for operands and results that lie so in memory.
class TileProgram {
 public:
  /// Loops go over the shape in the order of memory that `order` has, strides of it. `columns`: the
  /// innermost dims of so many elements together are a loop of their own; 0: as it comes. Of the
  /// refs types and strides are read, not elements; all results have the chain's shape.
  TileProgram(TileChain chain, std::span<const TensorRef> in, std::span<const TensorRef> out,
              const Dims& order, int64_t columns = 0);
  TileProgram(const TileProgram&) = delete;

  /// A kernel whose `op` is the program: computes call.out from call.in.
  static void run(const KernelCall& call);

  /// Is the last element of this operand that a result's element needs read before that is written?
  /// Then, lying alike, they may have the same memory. Never a result that is not the chain's.
  bool may_overwrite(std::size_t result, std::size_t operand) const;

  /// Are the loops one over `columns`, with none or all others around it for the `rows`?
  bool is_matrix(int64_t rows, int64_t columns) const;

  const TileChain& chain() const { return chain_; }
  /// Sizes, the outermost loop first.
  std::span<const int64_t> loops() const { return {loop_, std::size_t(rank_)}; }
  /// A tile: at most so many elements of the last loop, and of the one before.
  int64_t tile_columns() const { return inner_; }
  int64_t tile_rows() const { return rows_; }

  /// Operands that are the same in every row, as a bias, laid out once a call for the rows of a
  /// tile. For all workers of the call.
  class Repeated {
   public:
    Repeated(const TileProgram& program, const KernelCall& call);
    /// Null: the operand is none of them.
    std::byte* of(std::size_t operand) const { return rows_[operand]; }

   private:
    Scratch scratch_;
    std::byte** rows_;
  };

  /// A thread at work on tiles of one call.
  class Worker {
   public:
    Worker(const TileProgram& program, const KernelCall& call, const Repeated& repeated);
    /// The tile of `rows` times n elements that begins at `at`, by loop.
    void run(const int64_t* at, int64_t rows, int64_t n);
    /// The tiles of a part of a program that is a matrix.
    void run_part(const MatrixPart& part);
    /// A watched value in that tile, dense.
    const std::byte* watched(std::size_t w) const;

   private:
    std::byte* address(std::size_t stream, const int64_t* at) const;

    const TileProgram& p_;
    const KernelCall& call_;
    const Repeated& repeated_;
    Scratch scratch_;
    std::byte* slots_;
    std::byte** place_;
    // What a packed operand's slot holds: its first element, and how many rows of how many.
    const std::byte** packed_;
    int64_t* packed_rows_;
    int64_t packed_n_ = 0;
  };

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
    RowPair pair = nullptr;  // in place of `row`: an activation goes to `to`, its gradient to
    int gradient = -1;
  };
  /// What runs at once: an op, an activation and its gradient, or two ops of which the second alone
  /// reads the first.
  struct Turn {
    int op;                     // of the chain: makes a value
    int gradient = -1;          // makes another
    int composed = -1;          // makes none, its value is in `op`
    std::vector<int> operands;  // values
    Row row = nullptr;
    RowPair pair = nullptr;
  };

  void make_loops(std::span<const TensorRef> in, std::span<const TensorRef> out, const Dims& order,
                  int64_t columns);
  std::vector<Turn> make_turns(std::size_t operands) const;
  void make_instructions(std::size_t operands);
  int64_t slot_bytes() const { return tile_ * slot_size_; }
  bool is_repeated(const Stream& operand) const;

  TileChain chain_;
  int rank_ = 0;
  int64_t loop_[Dims::max_rank];
  int64_t tile_ = 1;  // elements at most
  int64_t inner_ = 1, rows_ = 1;
  std::vector<Stream> streams_;  // operands, then results
  std::vector<Instruction> instructions_;
  std::vector<int> turn_of_;  // by op of the chain: the instruction that it is part of
  std::vector<int> watched_;  // places
  int slots_ = 0;
  int slot_size_ = 1;  // bytes an element
};

}  // namespace tandem::cpu
