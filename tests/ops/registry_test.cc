// What every op of the registry must do, tried on its samples (tests/ops/samples/).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <set>

#include "tandem/autograd/gradcheck.h"
#include "tandem/ops/registry.h"
#include "tests/expect_error.h"
#include "tests/ops/samples.h"

namespace tandem {
namespace {

using ::testing::HasSubstr;

std::string describe(const Sample& s) {
  std::string d = text(s.op, "(");
  for (const Tensor& t : s.operands) {
    append(d, t ? text(t.type()) : "none");
    d += ", ";
  }
  for (const auto& [name, value] : s.attributes) d += text(name, ", ");
  return d + ")";
}

/// Those that are not meant to fail.
std::vector<const Sample*> good_samples() {
  std::vector<const Sample*> list;
  for (const Sample& s : SampleTable::all())
    if (s.error.empty()) list.push_back(&s);
  return list;
}

/// Equal to `tolerance`, relative to numbers above 1; NaN equals NaN.
std::string difference(const Tensor& found, const Tensor& expected, double tolerance) {
  if (found.type() != expected.type())
    return text("is ", found.type(), ", expected ", expected.type());
  const std::vector<double> a = found.to_vector<double>(), b = expected.to_vector<double>();
  for (std::size_t i = 0; i < a.size(); ++i) {
    const bool same = a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])) ||
                      std::abs(a[i] - b[i]) <= tolerance * std::max(1.0, std::abs(b[i]));
    if (!same) return text("element ", i, " is ", a[i], ", expected ", b[i]);
  }
  return "";
}

/// The same elements with gaps between them.
Tensor spread(const Tensor& x) {
  if (!x || x.dim() == 0) return x;
  Dims wide = x.shape();
  wide.back() *= 2;
  Tensor y = slice(full(wide, 1, x.dtype()), -1, 0, INT64_MAX, 2);
  return y.copy_(x);
}
/// The same elements, the first dim innermost.
Tensor turned(const Tensor& x) {
  if (!x || x.dim() < 2) return x;
  Dims back = Dims::range(x.dim());
  for (int64_t& d : back) d = x.dim() - 1 - d;
  return permute(contiguous(permute(x, back)), back);
}

TEST(Registry, EveryOpHasASample) {
  std::set<std::string_view> sampled;
  for (const Sample* s : good_samples()) sampled.insert(s->op);
  for (const OpInfo* op : all_ops())
    EXPECT_TRUE(sampled.contains(op->name())) << op->name() << " has no sample";
  for (std::string_view name : sampled) EXPECT_TRUE(find_op(name)) << name << " is no op";
}

TEST(Registry, NamesAreUnique) {
  std::set<std::string_view> names;
  for (const OpInfo* op : all_ops()) EXPECT_TRUE(names.insert(op->name()).second) << op->name();
}

TEST(Registry, InferredTypesAreTheActualOnes) {
  for (const Sample* s : good_samples()) {
    SCOPED_TRACE(describe(*s));
    try {
      const AnyOp op = op_of(*s);
      const std::vector<Tensor> results = results_of(*s);
      for (const Tensor& r : results) ASSERT_TRUE(r.defined());
      if (!op.info->infer) continue;
      std::vector<const Type*> types;
      for (const Tensor& t : s->operands) types.push_back(t ? &t.type() : nullptr);
      std::vector<Type> inferred(results.size());
      std::vector<Type*> to;
      for (Type& t : inferred) to.push_back(&t);
      op.info->infer(op.data(), types, to.data());
      for (std::size_t i = 0; i < results.size(); ++i)
        EXPECT_EQ(text(inferred[i]), text(results[i].type())) << "result " << i;
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
}

TEST(Registry, KernelsAgreeWithDecompositions) {
  int compared = 0;
  for (const Sample* s : good_samples()) {
    const AnyOp op = op_of(*s);
    if (!op.info->infer || !op.info->rules->decompose || op.info->random ||
        !op.info->kernel[int(DeviceType::cpu)].run)
      continue;
    SCOPED_TRACE(describe(*s));
    try {
      NoGrad off;
      const std::vector<Tensor> results = results_of(*s);
      std::vector<const Tensor*> in;
      for (const Tensor& t : s->operands) in.push_back(&t);
      std::vector<Tensor> parts(results.size());
      decompose(*op.info, op.data(), in, parts.data());
      for (std::size_t i = 0; i < results.size(); ++i) {
        const double tolerance = results[i].dtype() == float64 ? 1e-11
                                 : is_half(results[i].dtype()) ? 1e-2
                                                               : 1e-5;
        EXPECT_EQ(difference(results[i], parts[i], tolerance), "");
      }
      ++compared;
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
  EXPECT_GT(compared, 0);
}

TEST(Registry, GradientsAgreeWithDifferences) {
  for (const Sample* s : good_samples()) {
    const AnyOp op = op_of(*s);
    if (!s->gradient || op.info->random) continue;
    std::vector<Tensor> inputs;
    bool any = false;
    for (const Tensor& t : s->operands) {
      inputs.push_back(t);
      if (!t || t.dtype() != float64) continue;
      inputs.back() = clone(t).detach();
      inputs.back().requires_grad_();
      any = true;
    }
    if (!any) continue;
    SCOPED_TRACE(describe(*s));
    const TensorFunction f = [&](std::span<const Tensor> x) { return results_of(op, x); };
    try {
      gradcheck(f, inputs);
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
      continue;
    }
    if (!s->second_gradient) continue;
    try {
      gradgradcheck(f, inputs);
    } catch (const std::exception& e) {
      ADD_FAILURE() << "second gradient: " << e.what();
    }
  }
}

TEST(Registry, StridesDoNotMatter) {
  for (const Sample* s : good_samples()) {
    const AnyOp op = op_of(*s);
    if (op.info->random || op.info->name() == "view" || op.info->name() == "view_as") continue;
    SCOPED_TRACE(describe(*s));
    try {
      const std::vector<Tensor> expected = results_of(*s);
      for (Tensor (*relaid)(const Tensor&) : {spread, turned}) {
        std::vector<Tensor> operands;
        for (const Tensor& t : s->operands) operands.push_back(relaid(t));
        const std::vector<Tensor> found = results_of(op, operands);
        for (std::size_t i = 0; i < found.size(); ++i)
          EXPECT_EQ(difference(found[i], expected[i], s->tolerance), "")
              << (relaid == spread ? "spread" : "turned");
      }
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
}

TEST(Registry, ElementwiseOpsTakeEmptyZeroDimensionalAndLargeOperands) {
  for (const Sample* s : good_samples()) {
    const AnyOp op = op_of(*s);
    if (!op.info->elementwise) continue;
    SCOPED_TRACE(describe(*s));
    try {
      const Tensor once = reshape(results_of(*s)[0], -1);
      if (once.numel() == 0) continue;
      const Dims whole = results_of(*s)[0].shape();
      constexpr int64_t times = 70001;  // more than one part of parallel work, and a tail
      std::vector<Tensor> empties, scalars, large;
      for (const Tensor& t : s->operands) {
        const Tensor flat = reshape(expand(t, whole), -1);
        empties.push_back(full({0, 3}, 0, t.dtype()));
        scalars.push_back(reshape(slice(flat, 0, 0, 1), {}));
        large.push_back(contiguous(expand(unsqueeze(flat, 0), {times / flat.numel() + 1, -1})));
      }
      EXPECT_EQ(results_of(op, empties)[0].shape(), (Dims{0, 3}));
      EXPECT_EQ(difference(reshape(results_of(op, scalars)[0], 1), slice(once, 0, 0, 1), 0), "");
      const Tensor many = results_of(op, large)[0];
      EXPECT_EQ(difference(many, contiguous(expand(unsqueeze(once, 0), many.shape())), 0), "");
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
}

TEST(Registry, SamplesThatMustFailSayWhy) {
  for (const Sample& s : SampleTable::all()) {
    if (s.error.empty()) continue;
    SCOPED_TRACE(describe(s));
    EXPECT_THAT(error_of([&] { results_of(s); }), HasSubstr(s.error));
  }
}

/// Operands of the wrong rank or dtype are taken or refused, by an error that names an op (a public
/// one, where the op is not shorthand), and never crash.
TEST(Registry, WrongOperandsAreRefusedInWords) {
  const Tensor other_shapes[] = {values(Dims()), values({7}), values({5, 1, 3}),
                                 full({0}, 0, float64), values({1, 2, 1, 2, 1, 2, 1, 2})};
  const DType other_dtypes[] = {boolean, uint8, int64, float16, float32};
  for (const Sample* s : good_samples()) {
    const AnyOp op = op_of(*s);
    if (op.info->random) continue;
    SCOPED_TRACE(describe(*s));
    const auto attempt = [&](std::span<const Tensor> operands) {
      try {
        NoGrad off;
        results_of(op, operands);
      } catch (const Error& e) {
        EXPECT_FALSE(e.op().empty());
        EXPECT_GT(std::strlen(e.what()), e.op().size() + 10);
        if (op.info->infer) {
          EXPECT_TRUE(find_op(e.op())) << e.what();
        }
      } catch (const std::exception& e) {
        ADD_FAILURE() << "not a tandem::Error: " << e.what();
      }
    };
    for (std::size_t i = 0; i < s->operands.size(); ++i) {
      std::vector<Tensor> operands = s->operands;
      if (!operands[i]) continue;
      for (const Tensor& shape : other_shapes) {
        operands[i] = cast(shape, s->operands[i].dtype());
        attempt(operands);
      }
      for (DType dtype : other_dtypes) {
        operands[i] = cast(s->operands[i], dtype);
        attempt(operands);
      }
      operands[i] = Tensor();
      attempt(operands);
    }
  }
}

}  // namespace
}  // namespace tandem
