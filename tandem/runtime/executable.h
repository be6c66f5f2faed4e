// A plan with its memory, ready to run.
#pragma once
#include <memory>
#include <span>

#include "tandem/runtime/plan.h"

namespace tandem::runtime {

/// A block of memory for the length of a run. Executables that never run at once may share one.
class Arena {
 public:
  explicit Arena(int64_t bytes);
  ~Arena();
  Arena(const Arena&) = delete;
  std::byte* data() const { return data_; }
  int64_t bytes() const { return bytes_; }

 private:
  int64_t bytes_;
  std::byte* data_;
};

/// Owns the plan, its packed weights and, unless it is given one, its arena. Nothing is allocated
/// after construction, but for what kernels keep on their threads' scratch stacks, which grow in
/// the first run.
///
/// One run at a time: the arena is shared by all runs. Two executables may run at once.
class Executable {
 public:
  /// `arena` has plan.arena_bytes or more; null: one of its own.
  explicit Executable(Plan plan, std::shared_ptr<const Arena> arena = nullptr);
  ~Executable();
  Executable(Executable&&) noexcept;
  Executable& operator=(Executable&&) noexcept;

  /// The next run packs weights anew: constants or fixed state hold something else, or lie
  /// elsewhere.
  void repack();
  /// Goes on in another arena, of as many bytes or more.
  void move_to(std::shared_ptr<const Arena> arena);

  const Plan& plan() const;
  int64_t arena_bytes() const;

  /// Runs the plan once. Pointers are in the order of plan().inputs, .state and .outputs, each to
  /// elements under the strides that stand there; outputs overlap nothing else, and no two states
  /// overlap. An error of a kernel (an index out of range, say) names its line; states may have
  /// been written by then.
  void run(std::span<const std::byte* const> inputs, std::span<std::byte* const> state,
           std::span<std::byte* const> outputs);

  /// The same with tensors. Error: a tensor that has not the type and strides that stand in the
  /// plan, or no elements.
  void run(std::span<const Tensor> inputs, std::span<const Tensor> state,
           std::span<const Tensor> outputs);

  /// Fresh tensors as the plan writes them.
  std::vector<Tensor> new_outputs() const;

 private:
  struct Memory;
  std::unique_ptr<Memory> memory_;
};

}  // namespace tandem::runtime
