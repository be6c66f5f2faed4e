#include "tandem/ops/indexing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "tandem/tandem.h"
#include "tests/expect_error.h"

namespace tandem {
namespace {

using namespace tandem::indexing;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Dims dims_of(const json& list) {
  Dims d;
  for (int64_t n : list) d.push_back(n);
  return d;
}

Tensor counted(const Dims& shape, double start = 0, double step = 1) {
  std::vector<double> values(std::size_t(shape.product()));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = start + step * double(i);
  return from_data(values, shape);
}

std::vector<TensorIndex> indices_of(const json& list) {
  std::vector<TensorIndex> indices;
  auto bound = [](const json& b) {
    return b.is_null() ? std::optional<int64_t>() : b.get<int64_t>();
  };
  for (const json& i : list) {
    if (i.is_boolean()) {
      indices.emplace_back(i.get<bool>());
    } else if (i.is_number()) {
      indices.emplace_back(i.get<int64_t>());
    } else if (i.is_array()) {
      indices.emplace_back(indexing::Slice(bound(i[0]), bound(i[1]), i[2].get<int64_t>()));
    } else if (i == "none") {
      indices.emplace_back(None);
    } else if (i == "...") {
      indices.emplace_back(Ellipsis);
    } else {
      const std::string dtype = i["dtype"];
      const Tensor t = from_data(i["values"].get<std::vector<int64_t>>(), dims_of(i["shape"]));
      indices.emplace_back(cast(t, dtype == "bool"    ? boolean
                                   : dtype == "uint8" ? uint8
                                   : dtype == "int32" ? int32
                                                      : int64));
    }
  }
  return indices;
}

TEST(Indexing, AsPyTorch) {
  std::ifstream file(TANDEM_SOURCE_FOLDER "/tests/tensor/golden/indexing.jsonl");
  int lines = 0;
  for (std::string text; std::getline(file, text); ++lines) {
    SCOPED_TRACE(text);
    const json line = json::parse(text);
    const Tensor x = counted(dims_of(line["shape"]));
    const std::vector<TensorIndex> indices = indices_of(line["indices"]);
    if (line["result"].is_null()) {
      EXPECT_THROW(index(x, indices), Error);
      continue;
    }
    Tensor y;
    ASSERT_NO_THROW(y = index(x, indices));
    EXPECT_EQ(y.shape(), dims_of(line["result"]["shape"]));
    EXPECT_EQ(y.to_vector<int64_t>(), line["result"]["values"].get<std::vector<int64_t>>());
    const Tensor v = counted(dims_of(line["value_shape"]), -1, -1);
    for (const char* kind : {"written", "added"}) {
      if (!line.contains(kind)) continue;
      const bool accumulate = kind == std::string("added");
      Tensor w = clone(x);
      if (line[kind].is_null()) {
        EXPECT_THROW(index_put_(w, indices, v, accumulate), Error);
      } else {
        index_put_(w, indices, v, accumulate);
        EXPECT_EQ(w.to_vector<int64_t>(), line[kind].get<std::vector<int64_t>>()) << kind;
      }
    }
  }
  EXPECT_GT(lines, 400);
}

TEST(Indexing, BasicIndicesAliasAndAdvancedOnesCopy) {
  Tensor x = counted({3, 4});
  EXPECT_TRUE(x[1].data_ptr() == x.data<double>() + 4);
  x[1].fill_(0);
  x.index({Ellipsis, indexing::Slice(None, None, 3)}).add_(100);
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(100, 1, 2, 103, 100, 0, 0, 100, 108, 9, 10, 111));
  x[x > 50].fill_(-1);
  x[tensor({0, 0})].fill_(-1);
  EXPECT_EQ(x.index({0, 0}).item(), 100);
  EXPECT_FALSE(x.index({Ellipsis}).is_same(x));
  EXPECT_EQ(x.index({Tensor(), 1}).shape(), Dims({3}));  // an undefined one leaves its dim whole
}

TEST(Indexing, AssignmentReadsLikePython) {
  Tensor x = counted({2, 3});
  x[0] = 7;
  x[1] = tensor({{1, 2, 3}});
  x.index({Ellipsis, -1}) = x[0][0] + 1;
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(7, 7, 8, 1, 2, 8));
  x.index_put_({x == 8}, 0).index_put_({1, tensor({0, 0, 1})}, 1, true);
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(7, 7, 0, 3, 3, 0));
  x.index_put_({tensor(true)}, x[0]);
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(7, 7, 0, 7, 7, 0));
  x.index_put_({tensor({1, 0})}, x);  // what is written is what is read
  EXPECT_THAT(x.to_vector<int>(), ElementsAre(7, 7, 0, 7, 7, 0));
  Tensor i = tensor({1, 2, 3});
  i.index_put_({0}, 2.7).index_put_({tensor({1})}, tensor(9.9, float64));
  EXPECT_THAT(i.to_vector<int>(), ElementsAre(2, 9, 3));
}

TEST(Indexing, Errors) {
  Tensor x = counted({2, 3});
  EXPECT_THAT(error_of([&] { x[2]; }), HasSubstr("out of"));
  EXPECT_THAT(error_of([&] { x.index({0, 0, 0}); }), HasSubstr("too many indices"));
  EXPECT_THAT(error_of([&] { x[indexing::Slice(None, None, -1)]; }), HasSubstr("flip"));
  EXPECT_THAT(error_of([&] { x[tensor({1.0})]; }), HasSubstr("must hold integers"));
  EXPECT_THAT(error_of([&] { x[tensor({true})]; }), HasSubstr("shape of the mask"));
  EXPECT_THAT(error_of([&] { x[tensor({5})]; }), HasSubstr("out of bounds"));
  EXPECT_THAT(error_of([&] { tensor(3)[0]; }), HasSubstr("0-d"));
  EXPECT_THAT(error_of([&] { x[tensor({0})] = 1; }), HasSubstr("index_put_"));
  EXPECT_THAT(error_of([&] { x[0] = tensor({1, 2}); }), HasSubstr("broadcast"));
  EXPECT_THAT(error_of([&] { x.index_put_({tensor({0})}, tensor({1, 2, 3})); }),
              HasSubstr("expected values of float64"));
}

TEST(Indexing, IsDifferentiable) {
  Tensor w = counted({2, 3}, 1).requires_grad_();
  sum(w.index({tensor({0, 0, 1}), indexing::Slice(1)}) * 2).backward();
  EXPECT_THAT(w.grad().to_vector<int>(), ElementsAre(0, 4, 4, 0, 2, 2));

  Tensor v = counted({2}, 5).requires_grad_(), u = counted({3}, 1).requires_grad_();
  Tensor x = u * 1;
  x.index_put_({tensor({0, 2})}, v);
  x[1] = x[0] * 10;
  sum(x * x).backward();  // x = [v0, 10 v0, v1]
  EXPECT_THAT(v.grad().to_vector<int>(), ElementsAre(2 * 5 + 200 * 5, 2 * 6));
  EXPECT_THAT(u.grad().to_vector<int>(), ElementsAre(0, 0, 0));

  Tensor a = counted({3}, 1).requires_grad_();
  Tensor y = a * 1;
  y.index_put_({y > 1.5}, 0);
  sum(y * y).backward();
  EXPECT_THAT(a.grad().to_vector<int>(), ElementsAre(2, 0, 0));
}

}  // namespace
}  // namespace tandem
