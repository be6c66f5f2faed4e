#include "tandem/tensor/dlpack.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "tandem/tandem.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;

TEST(Dlpack, StructsHaveTheLayoutOfTheStandard) {
  static_assert(sizeof(dlpack::Tensor) == 48 && sizeof(dlpack::Managed) == 64);
  static_assert(offsetof(dlpack::Tensor, dtype) == 20 && offsetof(dlpack::Tensor, strides) == 32);
  static_assert(offsetof(dlpack::ManagedVersioned, flags) == 24);
  static_assert(offsetof(dlpack::ManagedVersioned, tensor) == 32);
  static_assert(int(dlpack::Code::bfloat) == 4 && int(dlpack::Code::boolean) == 6);
}

TEST(Dlpack, RoundTripSharesElementsAndStrides) {
  for (int i = 0; i < dtype_count; ++i) {
    Tensor x = cast(tensor({{1, 0, 1}, {0, 1, 1}}), DType(i));
    Tensor t = permute(slice(x, 1, 0, 3, 2), {1, 0});
    Tensor back = from_dlpack(to_dlpack(t));
    EXPECT_EQ(back.type(), t.type());
    EXPECT_EQ(back.strides(), t.strides());
    EXPECT_EQ(back.data_ptr(), t.data_ptr());
    EXPECT_EQ(back.to_vector<double>(), t.to_vector<double>());
    back.fill_(1);
    EXPECT_THAT(x.to_vector<int>(), ElementsAre(1, 0, 1, 1, 1, 1));
    EXPECT_EQ(from_dlpack(to_dlpack_unversioned(t)).data_ptr(), t.data_ptr());
  }
}

TEST(Dlpack, ElementsOutliveTheExporter) {
  Tensor back;
  {
    Tensor t = tensor({1, 2, 3});
    back = from_dlpack(to_dlpack(t));
  }
  EXPECT_THAT(back.to_vector<int>(), ElementsAre(1, 2, 3));
}

/// A producer of our own, whose deleter is counted.
struct Producer {
  float elements[8] = {0, 1, 2, 3, 4, 5, 6, 7};
  int64_t shape[2] = {2, 2}, strides[2] = {4, 2};
  int deleted = 0;
  dlpack::ManagedVersioned managed{
      {1, 1},
      this,
      [](dlpack::ManagedVersioned* self) { ++static_cast<Producer*>(self->manager_ctx)->deleted; },
      0,
      {elements,
       {dlpack::DeviceType::cpu, 0},
       2,
       {dlpack::Code::floating, 32, 1},
       shape,
       strides,
       sizeof(float)}};
};

TEST(Dlpack, DeleterRunsWithTheLastView) {
  Producer p;
  Tensor view;
  {
    Tensor t = from_dlpack(&p.managed);
    EXPECT_THAT(t.to_vector<float>(), ElementsAre(1, 3, 5, 7));
    view = slice(t, 0, 1);
  }
  EXPECT_EQ(p.deleted, 0);
  EXPECT_THAT(view.to_vector<float>(), ElementsAre(5, 7));
  view = Tensor();
  EXPECT_EQ(p.deleted, 1);
}

TEST(Dlpack, NoStridesMeansRowMajor) {
  Producer p;
  p.managed.tensor.strides = nullptr;
  p.managed.tensor.byte_offset = 0;
  Tensor t = from_dlpack(&p.managed);
  EXPECT_TRUE(t.is_contiguous());
  EXPECT_THAT(t.to_vector<float>(), ElementsAre(0, 1, 2, 3));
}

TEST(Dlpack, ReadOnlyElementsAreCopied) {
  Producer p;
  p.managed.flags = dlpack::read_only;
  Tensor t = from_dlpack(&p.managed);
  EXPECT_EQ(p.deleted, 1);
  t.fill_(9);
  EXPECT_EQ(p.elements[1], 1);
  EXPECT_THROW(from_dlpack(&p.managed, false), Error);
  EXPECT_EQ(p.deleted, 1);
  Producer q;
  EXPECT_NE(from_dlpack(&q.managed, true).data_ptr(), &q.elements[1]);
  EXPECT_EQ(q.deleted, 1);
}

TEST(Dlpack, WhatCannotBeSharedIsAnErrorAndStaysTheCallers) {
  auto refused = [](auto&& spoil) {
    Producer p;
    spoil(p.managed);
    EXPECT_THROW(from_dlpack(&p.managed), Error);
    EXPECT_EQ(p.deleted, 0);
  };
  refused([](auto& m) { m.version.major = 2; });
  refused([](auto& m) { m.tensor.device.type = dlpack::DeviceType::cuda; });
  refused([](auto& m) { m.tensor.dtype.lanes = 4; });
  refused([](auto& m) { m.tensor.dtype.code = dlpack::Code::complex; });
  refused([](auto& m) { m.tensor.dtype.bits = 8; });
  refused([](auto& m) { m.tensor.shape[0] = -1; });
  refused([](auto& m) { m.tensor.strides[1] = -2; });
  refused([](auto& m) { m.tensor.ndim = 13; });
  refused([](auto& m) { m.tensor.ndim = -1; });
  refused([](auto& m) { m.tensor.data = nullptr; });
  refused([](auto& m) { m.tensor.byte_offset = 2; });
  refused([](auto& m) { m.tensor.shape[0] = m.tensor.shape[1] = int64_t{1} << 40; });
  EXPECT_THROW(from_dlpack(static_cast<dlpack::ManagedVersioned*>(nullptr)), Error);
  EXPECT_THROW(to_dlpack(tensor({1.0}).requires_grad_()), Error);
  EXPECT_THROW(to_dlpack(Tensor()), Error);
}

TEST(Dlpack, EmptyAnd0d) {
  EXPECT_EQ(from_dlpack(to_dlpack(tensor(3))).item<int>(), 3);
  EXPECT_EQ(from_dlpack(to_dlpack(empty({0, 3}))).shape(), Dims({0, 3}));
  Producer p;  // nothing may lie nowhere
  p.managed.tensor.data = nullptr;
  p.shape[0] = 0;
  Tensor nothing = from_dlpack(&p.managed);
  EXPECT_EQ(to_string(nothing), "tensor([], size=(0, 2))");
  EXPECT_EQ((nothing + 1).shape(), Dims({0, 2}));
}

}  // namespace
}  // namespace tandem
