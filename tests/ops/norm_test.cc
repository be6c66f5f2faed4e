#include <gtest/gtest.h>

#include "tandem/autograd/backward.h"
#include "tests/ops/near.h"

namespace tandem {
namespace {

Tensor norm_part(const Tensor& x, int64_t n, int64_t c) { return select(select(x, 0, n), 0, c); }

TEST(BatchNorm, TrainingAsPyTorch) {
  Tensor x = waves({2, 3, 2, 2}, 0.7).requires_grad_();
  Tensor w = waves({3}, 1.1, std::cos).requires_grad_(), b = waves({3}, 0.4).requires_grad_();
  Tensor mean = full({3}, 0, float64), var = full({3}, 1, float64);
  const Tensor y = batch_norm(x, mean, var, w, b, true);
  EXPECT_THAT(values(norm_part(y, 1, 1)), Near({-0.0968194, 0.1802137, 0.6803212, 1.1682948}));
  EXPECT_THAT(values(mean), Near({0.030255, -0.0345493, 0.0348513}));
  EXPECT_THAT(values(var), Near({0.9448472, 0.9399362, 0.9395664}));
  sum(y * waves({2, 3, 2, 2}, 0.3)).backward();
  EXPECT_THAT(values(norm_part(x.grad(), 0, 2)),
              Near({0.0583032, -0.0372935, -0.090513, 0.0327549}));
  EXPECT_THAT(values(w.grad()), Near({3.8453372, -0.6791424, -2.4961361}));
  EXPECT_THAT(values(b.grad()), Near({-1.3359029, 0.5211617, 1.7135969}));
  const Tensor e = batch_norm(x, mean, var, w, b);
  EXPECT_THAT(values(norm_part(e, 0, 1)), Near({0.5623109, 0.2414645, -0.0021946, -0.0540696}));
}

TEST(BatchNorm, RanksTypesAndLayouts) {
  const Tensor x = waves({2, 3, 4, 2}, 0.7);
  const Tensor y = batch_norm(x, {}, {}, {}, {}, true);
  const Tensor last = permute(contiguous(permute(x, {0, 2, 3, 1})), {0, 3, 1, 2});
  const Tensor z = batch_norm(last, {}, {}, {}, {}, true);
  EXPECT_THAT(values(z), Near(values(y), 1e-10));
  EXPECT_EQ(z.strides(), last.strides());
  EXPECT_THAT(values(batch_norm(reshape(x, {2, 3, 8}), {}, {}, {}, {}, true)),
              Near(values(y), 1e-10));
  EXPECT_THAT(values(batch_norm(reshape(x, {2, 3, 2, 2, 2}), {}, {}, {}, {}, true)),
              Near(values(y), 1e-10));
  EXPECT_THAT(values(batch_norm(cast(x, bfloat16), {}, {}, {}, {}, true)), Near(values(y), 3e-2));
  const Tensor m = full({3}, 0.5), v = full({3}, 2.0);
  EXPECT_THAT(values(batch_norm(cast(x, bfloat16), m, v)),
              Near(values((x - 0.5) / std::sqrt(2 + 1e-5)), 2e-2));
}

TEST(BatchNorm, Errors) {
  EXPECT_THROW(batch_norm(full({1, 3}, 1.0), {}, {}, {}, {}, true), Error);
  EXPECT_THROW(batch_norm(full({2, 3}, 1.0), {}, {}), Error);
  EXPECT_THROW(batch_norm(full({2, 3}, 1.0), {}, {}, full({2}, 1.0), {}, true), Error);
  EXPECT_THROW(batch_norm(full({3}, 1.0), {}, {}, {}, {}, true), Error);
}

TEST(LayerNorm, AsPyTorch) {
  const Tensor x = waves({2, 3, 2, 2}, 0.7);
  EXPECT_THAT(
      values(norm_part(layer_norm(x, {2, 2}, waves({2, 2}, 0.9), waves({2, 2}, 0.2)), 1, 2)),
      Near({0, 0.7892101, 0.1433098, -0.0865915}));
  EXPECT_THAT(values(norm_part(rms_norm(x, {3, 2, 2}), 0, 1)),
              Near({0.4778128, -0.5003422, -1.2431784, -1.4013284}));
  EXPECT_THAT(values(layer_norm(cast(x, float16), 2)), Near(values(layer_norm(x, 2)), 5e-3));
  EXPECT_THROW(layer_norm(x, 3), Error);
  EXPECT_THROW(layer_norm(x, {2, 2}, full({2}, 1, float64)), Error);
}

TEST(GroupNorm, AsPyTorch) {
  const Tensor x = waves({2, 6, 3}, 0.7), w = waves({6}, 0.9, std::cos);
  EXPECT_THAT(values(norm_part(group_norm(x, 3, w, waves({6}, 0.2)), 1, 3)),
              Near({0.3574119, -0.393727, -0.763388}));
  EXPECT_THAT(values(norm_part(instance_norm(x, {}, {}, w), 1, 3)),
              Near({1.2097051, -0.2465229, -0.9631822}));
  Tensor mean = full({6}, 0, float64), var = full({6}, 1, float64);
  instance_norm(x, mean, var);
  EXPECT_THAT(values(mean),
              Near({0.0553911, 0.0269035, -0.0825553, 0.056452, 0.0255562, -0.0822559}));
  EXPECT_THAT(values(var), Near({0.9243823, 0.9374546, 0.903488, 0.9237207, 0.9378487, 0.9037631}));
  EXPECT_THROW(group_norm(x, 4), Error);
}

TEST(Normalize, AsPyTorch) {
  const Tensor x = waves({2, 6, 3}, 0.7);
  EXPECT_THAT(values(select(select(normalize(x), 0, 1), 1, 0)),
              Near({0.0193862, 0.4876352, -0.5117476, 0.0290724, 0.4823935, -0.5161413}));
  EXPECT_THAT(values(norm_part(normalize(x, 1, 2), 1, 0)), Near({0.0198507, 0.3953062, 0.5848431}));
}

TEST(Norm, GradientsAgreeWithDifferences) {
  const Tensor w = waves({3}, 1.1, std::cos), v = waves({2, 2}, 0.9);
  const std::function<Tensor(const Tensor&)> norms[] = {
      [&](const Tensor& x) { return batch_norm(x, {}, {}, w, {}, true); },
      [&](const Tensor& x) {
        return batch_norm(x, full({3}, 0.5, float64), full({3}, 2, float64), w);
      },
      [&](const Tensor& x) { return layer_norm(x, {2, 2}, v); },
      [&](const Tensor& x) { return rms_norm(x, {2, 2}, v); },
      [&](const Tensor& x) { return group_norm(x, 3, w); }};
  const Tensor u = waves({2, 3, 2, 2}, 1.9), along = waves({2, 3, 2, 2}, 2.3);
  for (const auto& norm : norms) {
    Tensor x = waves({2, 3, 2, 2}, 0.7).requires_grad_();
    auto loss = [&](const Tensor& at) { return sum(norm(at) * norm(at) * u); };
    EXPECT_THAT(values(grad(loss(x), std::span(&x, 1))[0]), Near(differences(loss, x), 1e-6));
    auto slope = [&](const Tensor& at) {
      Tensor leaf = at.detach().requires_grad_();
      return sum(grad(loss(leaf), std::span(&leaf, 1), true)[0] * along);
    };
    Tensor g = sum(grad(loss(x), std::span(&x, 1), true)[0] * along);
    EXPECT_THAT(values(grad(g, std::span(&x, 1))[0]), Near(differences(slope, x), 1e-5));
  }
}

}  // namespace
}  // namespace tandem
