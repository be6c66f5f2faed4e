// A program at concrete shapes as a flat list of kernel calls over one block of memory.
//
// What the program leaves open is decided here: which values are views of others, which results are
// written over an operand, where each buffer lies, when state may be overwritten. Strides are those
// that eager calls choose, so kernels see the same operands and give the same bits.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tandem/graph/program.h"
#include "tandem/runtime/place.h"

namespace tandem::cpu {
class TileProgram;
class TileReduction;
}  // namespace tandem::cpu

namespace tandem::runtime {

/// Whose memory a buffer is.
enum class Home : uint8_t {
  arena,     // the executable's one block
  input,     // the caller's
  state,     // kept between calls
  constant,  // the plan's
  packed,    // the executable's, kept between runs: weights as kernels want them
  output,    // the caller's
};
std::string_view name(Home home);

/// Memory of one value, of its views, and of results that are written over it.
struct Buffer {
  Home home = Home::arena;
  int32_t index = -1;  // which input, state, constant or output
  int64_t bytes = 0;
  int64_t offset = 0;      // in the arena, or in what is packed
  int32_t first = 0;       // the step that writes it first; 0 of inputs, state and constants
  int32_t last = 0;        // the last step that reads it
  bool workspace = false;  // of step `first`
};

/// How a kernel sees a value.
struct Ref {
  int32_t buffer = -1;
  int64_t offset = 0;  // in the buffer, in bytes
  Type type;
  Dims strides;
  bool contiguous = true;
};

struct Plan;

/// One kernel call, one run of sub-plans, or one chain of elementwise ops, a tile at a time. A
/// product may have such a chain as its epilogue, behind what it does in registers
/// (cpu/epilogue.h).
struct Step {
  AnyOp op;
  std::vector<int32_t> operands;  // refs; -1: left out
  std::vector<int32_t> results;
  int32_t workspace = -1;    // a buffer
  std::vector<Plan> bodies;  // of if, while and scan
  Location where;
  std::shared_ptr<const cpu::TileProgram> tiles = nullptr;        // of fused: its body
  std::shared_ptr<const cpu::TileReduction> reduction = nullptr;  // what reduces it, if it is
  /// Of a product with the epilogue `tiles`: how many operands are its own. The others are what the
  /// epilogue reads beside the product.
  int32_t product_operands = -1;
  /// Of those others, how many a convolution needs for what it does in registers, before `tiles`:
  /// mean, scale and maybe bias of each channel. Then the product's activation, if not null.
  int32_t affine_operands = 0;
  std::shared_ptr<const AnyOp> activation = nullptr;
  int32_t packed = -1;  // of a product whose weights are packed: a buffer
};

/// The operands of the step's own kernel, without those of an epilogue.
inline std::span<const int32_t> own_operands(const Step& step) {
  const std::span<const int32_t> all = step.operands;
  return step.product_operands < 0 ? all : all.first(std::size_t(step.product_operands));
}

/// The ops of a fused step's chain, or of a product's epilogue, in order.
std::vector<std::string_view> chain_ops(const Step& step);

/// A tensor that comes from outside or goes there.
struct Outside {
  std::string name;
  int32_t ref = -1;
  bool updated = false;  // of a state: the program changes it
  bool fixed = false;    // of a state: nobody does
};

struct Plan {
  std::string program;
  std::vector<Step> steps;
  std::vector<Ref> refs;
  std::vector<Buffer> buffers;
  std::vector<Outside> inputs, state, outputs, constants;
  std::vector<Tensor> constant_tensors;
  int64_t arena_bytes = 0;
  int64_t packed_bytes = 0;  // of weights that are made ready once
  int64_t lower_bound = 0;   // no arena for these lifetimes is smaller
  int32_t fullest_step = 0;  // when so much is alive

  const Ref& ref(const Outside& o) const { return refs[std::size_t(o.ref)]; }
  const Buffer& buffer_of(const Ref& r) const { return buffers[std::size_t(r.buffer)]; }
};

struct PlanOptions {
  /// The strides that a parameter will have, in the order of program.parameters; missing or empty:
  /// row-major. A constant has its own.
  std::vector<Dims> strides = {};
  /// Outputs in row-major order; otherwise one that was computed in another dense order, as
  /// channels-last, keeps it.
  bool row_major_outputs = false;
  /// Of a loop's body: so many inputs, the first, are what the last run gave as its first outputs,
  /// with no reader outside. An output may be written over its input, and then has its memory.
  std::size_t carries = 0;
  /// Products whose weights are constants or fixed state have them packed once, instead of in every
  /// run.
  bool pack_weights = false;
  /// State that holds the same in every run until Executable::repack() is called, in the order of
  /// program.parameters.
  std::vector<bool> fixed_state = {};
  /// Bytes of everything together: arena, packed weights, state, constants, inputs and outputs.
  std::optional<int64_t> budget = {};
};

/// `program` has concrete types (graph::bind). Errors: an op without a kernel for its operands,
/// with its line (code unsupported); more memory than the budget, naming what needs most (code
/// value).
Plan plan(const Program& program, const PlanOptions& options = {});

/// A line a step: op, operands and results with their places, what is written over what; then the
/// views and the arena's size beside its lower bound.
std::string to_text(const Plan& plan);

}  // namespace tandem::runtime
