// What a gradient rule is given and gives back.
#pragma once
#include <initializer_list>

#include "tandem/tensor/op_info.h"

namespace tandem {

/// One application of an op, as its gradient rule sees it.
struct Call {
  const Node& node;
  std::span<const Tensor> dys;  // one a result; undefined where no gradient arrives

  const Tensor& dy() const { return dys[0]; }
  int operands() const;
  Tensor operand(int i) const;     // kept by Keep::operands; checked against in-place writes
  bool has(int i) const;           // was operand i passed at all?
  Tensor result(int i = 0) const;  // kept by Keep::result
  const Type& type(int i) const;   // of operand i, always known
  const Type& result_type(int i = 0) const;
  bool needs(int i) const;  // is a gradient wanted for operand i?
};

/// One per operand; an absent gradient is an absent tensor, not zeros. Shorter than the operands:
/// the rest is absent.
class Grads {
 public:
  Grads() = default;
  Grads(std::initializer_list<Tensor> grads) : of_(grads) {}
  explicit Grads(std::vector<Tensor> grads) : of_(std::move(grads)) {}
  Tensor take(int i) { return i < int(of_.size()) ? std::move(of_[i]) : Tensor(); }

 private:
  std::vector<Tensor> of_;
};

}  // namespace tandem
