// The fused updates agree with their decompositions.
#include <gtest/gtest.h>

#include "tandem/ops/optimizer.h"
#include "tandem/tandem.h"

namespace tandem {
namespace {

Tensor values(int seed, const Dims& shape, DType dtype) {
  std::vector<double> v;
  for (int64_t i = 0; i < shape.product(); ++i)
    v.push_back(0.1 + std::fabs(std::sin(seed + 0.7 * double(i))));
  return cast(from_data(v, shape), dtype);
}

template <class Op>
void expect_agreement(const Op& op, std::vector<Tensor> operands) {
  std::vector<const Tensor*> in;
  for (const Tensor& t : operands) in.push_back(&t);
  constexpr std::size_t results = std::size(Op::results);
  std::array<Tensor, results> fused, parts;
  apply(info_of<Op>, &op, in, fused.data(), Location::current());
  decompose(info_of<Op>, &op, in, parts.data());
  for (std::size_t r = 0; r < results; ++r) {
    ASSERT_EQ(fused[r].type(), parts[r].type());
    const auto a = fused[r].template to_vector<double>(), b = parts[r].template to_vector<double>();
    for (std::size_t i = 0; i < a.size(); ++i)
      EXPECT_NEAR(a[i], b[i], operands[0].dtype() == float64 ? 1e-13 : 2e-6) << Op::results[r];
  }
}

TEST(OptimizerOps, AgreeWithTheirDecompositions) {
  for (const Dims& shape : {Dims{}, Dims{1}, Dims{5, 7}, Dims{40000}})
    for (DType dtype : {float32, float64}) {
      const auto value = [&](int seed) { return values(seed, shape, dtype); };
      const Tensor unused = empty({0}, dtype), lr = full({}, 0.05, float64), step = full({}, 3.0);
      const Tensor moving = from_data<double>({0.05, 0.7}, {2});
      expect_agreement(SgdStep{.weight_decay = 0.1}, {value(1), value(2), unused, lr});
      for (bool flag : {false, true}) {
        expect_agreement(SgdStep{0.9, 0.2, 0.1, !flag, flag, flag},
                         {value(1), value(2), value(3), lr});
        expect_agreement(
            AdamStep{0.9, 0.99, 1e-8, 0.1, flag, !flag, flag},
            {value(1), value(2), value(3), value(4), flag ? value(5) : unused, step, lr});
        expect_agreement(RmspropStep{0.9, 1e-3, 0.1, flag ? 0.8 : 0, flag, !flag},
                         {value(1), value(2), value(3) + 2, flag ? value(4) : unused,
                          flag ? value(5) : unused, lr});
        expect_agreement(SgdStep{.dampening = 0.2, .nesterov = flag, .first = !flag},
                         {value(1), value(2), value(3), moving});
        expect_agreement(AdamStep{.amsgrad = flag}, {value(1), value(2), value(3), value(4),
                                                     flag ? value(5) : unused, step, moving});
        expect_agreement(RmspropStep{.alpha = 0.9, .eps = 1e-3},
                         {value(1), value(2), value(3) + 2, value(4), unused, moving});
        expect_agreement(AdagradStep{0.1, 0.1, 1e-3, flag},
                         {value(1), value(2), value(3), step, lr});
        expect_agreement(AdadeltaStep{0.9, 1e-3, 0.1, flag},
                         {value(1), value(2), value(3), value(4), lr});
      }
    }
}

}  // namespace
}  // namespace tandem
