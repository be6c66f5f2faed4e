// Sample inputs of ops, from which tests/ops/registry_test.cc tests every op of the registry.
//
// Beside each family stands a table, tests/ops/samples/FAMILY.cc:
//   const SampleTable table([] {
//     const Tensor x = values({2, 3});
//     return std::vector<Sample>{
//         {"cumsum", {x}, {{"dim", 1}}},
//         {"sort", {x}},
//         {.op = "gather", .operands = {x, places({9})}, .error = "out of bounds"},
//     };
//   });
// An op without a sample fails the test. Operands stand in the signature's order, those of a list
// last, left-out ones as Tensor(). Float64 operands are differentiated, once and twice, unless
// the sample says otherwise: keep their values away from kinks and ties.
#pragma once
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "tandem/tandem.h"

namespace tandem {

/// An attribute's value, of the kind that its op declares; {} leaves an optional one out.
using AttributeValue =
    std::variant<std::monostate, bool, int, int64_t, double, const char*, Dims, DType, Scalar>;
using Attributes = std::vector<std::pair<std::string_view, AttributeValue>>;

struct Sample {
  std::string_view op;
  std::vector<Tensor> operands = {};
  Attributes attributes = {};
  bool gradient = true;         // false: not differentiable here
  bool second_gradient = true;  // false: the gradient's own gradient is not defined
  double tolerance = 0;         // of strided against contiguous operands
  std::string error = {};       // the call must fail with a message that holds this
};

/// A table adds itself to the samples when the test program starts.
class SampleTable {
 public:
  using Make = std::function<std::vector<Sample>()>;
  explicit SampleTable(Make make) { tables().push_back(std::move(make)); }
  /// The samples of all tables.
  static const std::vector<Sample>& all();

 private:
  static std::vector<Make>& tables();
};

/// Float64 numbers without pattern in low … high, no two within 1e-3 of (high - low) of each other
/// for up to some dozens; other seeds give others.
Tensor values(const Dims& shape, double low = -2, double high = 2, int seed = 0);
/// int64
Tensor integers(std::initializer_list<int64_t> list);
Tensor integers(std::initializer_list<int64_t> list, const Dims& shape);
/// bool, true where the number is not 0
Tensor truths(std::initializer_list<int> list, const Dims& shape);

/// The sample's op with its attributes set. Error: the op has no such attribute, or of another
/// kind.
AnyOp op_of(const Sample& sample);
void set_attribute(const AttributeInfo& attribute, void* op, const AttributeValue& value);
/// Its results.
std::vector<Tensor> results_of(const Sample& sample);
std::vector<Tensor> results_of(const AnyOp& op, std::span<const Tensor> operands);

}  // namespace tandem
