// The tape: one node per applied op, and the walk back over it.
//
// Gradients are computed by public ops through apply(), so they are traced, fused and
// differentiated again like everything else.
#pragma once
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "tandem/tensor/call.h"
#include "tandem/tensor/op_info.h"

namespace tandem {

/// What one operand was: who made it and, as far as the rule reads it, the tensor itself.
struct Operand {
  Node* producer = nullptr;   // null: no gradient flows there
  uint16_t result_index = 0;  // which of the producer's results it was
  bool passed = false;        // false: left out
  uint32_t version = 0;
  Tensor kept;  // the operand, or its type alone where the rule does not read it
};

/// One result: the tensor, detached (else node and result would own each other), or its type.
struct Result {
  Tensor kept;
  uint32_t version = 0;
};

/// A rule in place of an op's: a custom function's, which gives gradients, or a checkpoint's, which
/// computes the results again.
struct CustomRule {
  virtual ~CustomRule() = default;
  virtual std::string_view name() const = 0;
  virtual Grads vjp(std::span<const Tensor> /*dys*/) { return {}; }
  /// Where it gives results, the walk goes on through their history in place of vjp.
  virtual std::vector<Tensor> recompute() { return {}; }
  virtual void release() {}  // the graph is being freed
};

using Hook = std::function<Tensor(const Tensor& gradient)>;

/// What few nodes have.
struct NodeExtra {
  struct ResultHook {
    uint16_t result_index;
    int64_t id;
    Hook hook;
  };
  std::vector<ResultHook> hooks;          // run in order before the node's rule
  std::vector<uint16_t> retained;         // results whose gradient is kept (retain_grad)
  std::vector<Tensor> retained_gradient;  // one a result, beside `retained`
  std::unique_ptr<CustomRule> rule;
};

/// One application; or, without an op, a leaf. Operands, results and attributes follow in the same
/// block, so recording costs one allocation.
struct Node {
  std::atomic<int32_t> refs{1};
  uint32_t depth = 0;  // more than any producer's: an order for backward, without a counter
  const OpInfo* info = nullptr;
  Location where;    // the forward line; gradient ops carry it too
  Location freed{};  // the backward() that freed what was kept
  bool is_freed = false;
  uint16_t result_count = 0;
  int32_t operand_count = 0;
  Node* next_doomed = nullptr;  // while it waits to be freed
  Tensor gradient;              // of a leaf
  std::unique_ptr<NodeExtra> extra;

  bool is_leaf() const { return !info && !(extra && extra->rule); }
  std::string_view name() const { return info ? info->name() : extra ? extra->rule->name() : ""; }
  std::span<Operand> operands() {
    return {reinterpret_cast<Operand*>(this + 1), std::size_t(operand_count)};
  }
  std::span<const Operand> operands() const {
    return {reinterpret_cast<const Operand*>(this + 1), std::size_t(operand_count)};
  }
  std::span<Result> results() {
    return {reinterpret_cast<Result*>(operands().data() + operand_count), result_count};
  }
  std::span<const Result> results() const {
    return {reinterpret_cast<const Result*>(operands().data() + operand_count), result_count};
  }
  void* op() { return results().data() + result_count; }
  std::size_t bytes() const {
    return sizeof(Node) + operand_count * sizeof(Operand) + result_count * sizeof(Result) +
           (info ? info->bytes : 0);
  }
  NodeExtra& more() {
    if (!extra) extra = std::make_unique<NodeExtra>();
    return *extra;
  }
};

void destroy(Node* node);

/// A node for an application with these operands; the caller fills in what it keeps.
Node* new_node(const OpInfo* info, const void* op, Operands in, int results, Location where);

/// Makes `t` the node's result; counts the node once more.
void set_node(TensorImpl* t, Node* node, int result_index);

/// Differentiates an op through its decomposition, recomputing it in backward (backward.cc).
void vjp_through_parts(const OpInfo& info, const void* op, const Call& call, Grads* grads);

/// Puts the tape into apply().
void install_tape();

}  // namespace tandem
