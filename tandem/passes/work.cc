#include "tandem/passes/work.h"

#include <algorithm>
#include <vector>

#include "tandem/ops/activation.h"
#include "tandem/ops/attention.h"
#include "tandem/ops/conv.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/linear.h"
#include "tandem/ops/matmul.h"
#include "tandem/ops/rnn.h"
#include "tandem/ops/trigonometry.h"

namespace tandem::passes {
namespace {

using graph::Instruction;
using graph::no_value;
using graph::Value;

/// Of one element of an exponential, a tanh and the like.
constexpr double flops_an_exponential = 64;

/// A few machine instructions.
struct IsArithmetic {
  constexpr bool operator()(lane::Fn f) const {
    return (f < lane::Fn::exp && f != lane::Fn::pow && f != lane::Fn::atan2) ||
           f > lane::Fn::sigmoid;
  }
  constexpr bool operator()(double) const { return true; }
};

template <Op O>
void add_exponential(std::vector<const OpInfo*>& to) {
  if constexpr (detail::is_lane<O>)
    if (!lane::every(IsArithmetic{}, lane::tree_of<O>)) to.push_back(&info_of<O>);
}
template <Op... Ops>
void add_exponentials(std::vector<const OpInfo*>& to, List<Ops...>) {
  (add_exponential<Ops>(to), ...);
}

bool has_exponential(const OpInfo& info) {
  static const std::vector<const OpInfo*> all = [] {
    std::vector<const OpInfo*> to;
    add_exponentials(to, ExponentialOps{});
    add_exponentials(to, TrigonometryOps{});
    add_exponentials(to, ActivationOps{});
    return to;
  }();
  return std::ranges::count(all, &info) > 0;
}

template <class... Ops>
bool is_any(const OpInfo& info) {
  return ((&info == &info_of<Ops>) || ...);
}

class Shapes {
 public:
  Shapes(const Program& program, const Instruction& i) : program_(program), i_(i) {}
  Type operand(std::size_t o) const { return program_.type(i_.operands[o]).at({}); }
  Type result(std::size_t r) const { return program_.type(i_.results[r]).at({}); }
  double elements(const Type& type) const { return double(type.shape.product()); }

  double bytes() const {
    double sum = 0;
    for (const auto* values : {&i_.operands, &i_.results})
      for (Value v : *values) {
        if (v == no_value) continue;
        const Type type = program_.type(v).at({});
        sum += elements(type) * double(size_of(type.dtype));
      }
    return sum;
  }

  /// Multiplications and additions of products.
  double flops() const {
    const OpInfo& info = i_.info();
    if (is_any<Matmul, Linear>(info))
      return 2 * elements(result(0)) * double(operand(0).shape.back());
    // Of a convolution: each element of the result with each weight that it meets; Winograd's way
    // spares more than half of them.
    if (is_any<Conv2d>(info)) return conv_flops<Conv2d>(result(0), operand(1));
    if (is_any<Conv2dInputGrad>(info)) return conv_flops<Conv2dInputGrad>(operand(0), operand(1));
    if (is_any<Conv2dWeightGrad>(info)) return conv_flops<Conv2dWeightGrad>(operand(0), result(0));
    if (is_any<NativeAttention>(info)) return attention_flops(operand(0), operand(1), 2);
    if (is_any<NativeAttentionBackward>(info)) return attention_flops(operand(1), operand(2), 5);
    // Of each step: the input's product, which the gradient has elsewhere, and the state's.
    if (is_any<LstmLayer>(info))
      return 2 * rows(operand(0)) * (elements(operand(3)) + elements(operand(4)));
    if (is_any<LstmLayerBackward>(info)) return 2 * rows(operand(2)) * elements(operand(1));
    return 0;
  }

 private:
  template <class Op>
  double conv_flops(const Type& image, const Type& weights) const {
    const Dims& w = weights.shape;
    const Op& op = *static_cast<const Op*>(i_.op.data());
    const bool winograd =
        w[2] == 3 && w[3] == 3 && op.stride == Dims{1, 1} && op.groups == 1 && w[1] >= 16;
    return (winograd ? 1 : 2) * elements(image) * elements(weights) /
           double(std::max<int64_t>(1, w[0]));
  }
  double attention_flops(const Type& query, const Type& key, int products) const {
    return 2 * products * elements(query) * double(key.shape[key.shape.size() - 2]);
  }
  double rows(const Type& type) const {
    return elements(type) / double(std::max<int64_t>(1, type.shape.back()));
  }

  const Program& program_;
  const Instruction& i_;
};

}  // namespace

double estimate_work(const Program& program, const Instruction& i) {
  if (i.info().view || graph::is_number(i) || !i.bodies.empty()) return 0;
  const Shapes shapes(program, i);
  const double exponentials = has_exponential(i.info()) ? shapes.elements(shapes.result(0)) : 0;
  return shapes.flops() + flops_a_byte * shapes.bytes() + flops_an_exponential * exponentials;
}

double estimate_work(const Program& program) {
  double sum = 0;
  for (const Instruction& i : program.instructions) sum += estimate_work(program, i);
  return sum;
}

}  // namespace tandem::passes
