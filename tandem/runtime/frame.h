// A plan bound to addresses: what the executor walks through.
#pragma once
#include <memory>
#include <span>
#include <vector>

#include "tandem/runtime/control.h"
#include "tandem/runtime/plan.h"
#include "tandem/runtime/product_call.h"

namespace tandem::runtime {

/// Kernel calls in order, made once; a run writes only the addresses of what is outside.
class Frame {
 public:
  /// `plan` outlives the frame and stays where it is; `arena` has plan.arena_bytes, `packed` has
  /// plan.packed_bytes.
  Frame(const Plan& plan, std::byte* arena, std::byte* packed = nullptr);
  ~Frame();
  Frame(Frame&&) noexcept;
  Frame& operator=(Frame&&) noexcept;

  void run(std::span<const std::byte* const> inputs, std::span<std::byte* const> state,
           std::span<std::byte* const> outputs);
  /// The next run packs weights anew.
  void repack() { is_packed_ = false; }

 private:
  struct Call {
    Kernel run;
    KernelCall call;
  };
  struct Patch {
    TensorRef* ref;
    int32_t index;
    int64_t offset;
  };
  struct Control;

  void pack();
  void bind(TensorRef& to, int32_t ref, std::byte* arena);
  [[noreturn]] void fail_at(std::size_t step, const class tandem::Error& error) const;

  const Plan* plan_;
  std::vector<TensorRef> refs_;
  std::vector<Call> calls_;
  std::vector<Patch> inputs_, state_, outputs_;
  std::vector<std::unique_ptr<Control>> controls_;
  std::vector<std::unique_ptr<ProductCall>> products_;
  bool is_packed_ = false;
};

}  // namespace tandem::runtime
