// Random chains of views against a naive model: for each element of the view, which element of the
// base it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <random>
#include <set>

#include "tandem/tandem.h"
#include "tandem/tensor/layout.h"
#include "tandem/tensor/strides.h"

namespace tandem {
namespace {

using ::testing::ElementsAre;

struct Model {
  Dims shape;
  std::vector<int64_t> at;

  /// The model whose element at each multi-index is this one's at from(multi-index).
  template <class From>
  Model under(const Dims& to, From&& from) const {
    Model m{to, {}};
    const Dims strides = contiguous_strides(shape);
    Dims index = Dims::filled(to.size(), 0);
    for (int64_t n = to.product(); n-- > 0;) {
      const Dims source = from(index);
      int64_t flat = 0;
      for (int d = 0; d < source.size(); ++d) flat += source[d] * strides[d];
      m.at.push_back(at[std::size_t(flat)]);
      for (int d = to.size() - 1; d >= 0; --d) {
        if (++index[d] < to[d]) break;
        index[d] = 0;
      }
    }
    return m;
  }
};

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  int64_t below(int64_t n) { return std::uniform_int_distribution<int64_t>(0, n - 1)(engine_); }
  int64_t between(int64_t low, int64_t high) { return low + below(high - low + 1); }

  Dims shape(int most_dims) {
    Dims s;
    for (int64_t n = below(most_dims + 1); n > 0; --n)
      s.push_back(below(24) == 0 ? 0 : s.product() > 300 ? 1 : between(1, 4));
    return s;
  }
  Dims order(int rank) {
    Dims d = Dims::range(rank);
    std::shuffle(d.begin(), d.end(), engine_);
    return d;
  }
  /// Another shape of as many elements.
  Dims factors(int64_t count) {
    Dims s;
    if (count == 0) return Dims{below(3), 0};
    while (s.size() < 9 && (count > 1 || below(3) == 0)) {
      int64_t n = between(1, std::min<int64_t>(count, 6));
      while (count % n) --n;
      s.push_back(n);
      count /= n;
    }
    if (count > 1) s.push_back(count);
    std::shuffle(s.begin(), s.end(), engine_);
    return s;
  }

 private:
  std::mt19937 engine_;
};

/// One random view op on both. False: it made a copy.
bool step(Random& random, Tensor& t, Model& m) {
  const Dims shape = m.shape;
  const int rank = shape.size();
  const Tensor before = t;
  switch (random.below(8)) {
    case 0: {
      Dims to = random.factors(shape.product());
      m.shape = to;
      if (!to.empty() && shape.product() && random.below(3) == 0)
        to[int(random.below(to.size()))] = -1;
      t = reshape(t, to);
      break;
    }
    case 1: {
      const Dims order = random.order(rank);
      Dims to = shape;
      for (int d = 0; d < rank; ++d) to[d] = shape[int(order[d])];
      t = permute(t, order);
      m = m.under(to, [&](const Dims& i) {
        Dims source = i;
        for (int d = 0; d < rank; ++d) source[int(order[d])] = i[d];
        return source;
      });
      break;
    }
    case 2: {
      if (!rank) return true;
      const int d = int(random.below(rank));
      const int64_t start = random.between(-shape[d] - 1, shape[d] + 1);
      const int64_t end = random.between(-shape[d] - 1, shape[d] + 2), by = random.between(1, 3);
      auto clamped = [&](int64_t i) {
        return std::clamp<int64_t>(i < 0 ? i + shape[d] : i, 0, shape[d]);
      };
      Dims to = shape;
      to[d] = 0;
      for (int64_t i = clamped(start); i < clamped(end); i += by) ++to[d];
      t = slice(t, d - rank, start, end, by);
      m = m.under(to, [&](Dims i) {
        i[d] = clamped(start) + i[d] * by;
        return i;
      });
      break;
    }
    case 3: {
      Dims to = shape;
      for (int64_t& n : to)
        if (n == 1 && shape.product() < 100) n = random.between(0, 3);
      int added = 0;
      if (rank < 10 && shape.product() < 100 && random.below(2)) {
        to.insert(0, random.between(0, 2));
        added = 1;
      }
      t = expand(t, to);
      m = m.under(to, [&](const Dims& i) {
        Dims source;
        for (int d = 0; d < rank; ++d) source.push_back(shape[d] == 1 ? 0 : i[d + added]);
        return source;
      });
      break;
    }
    case 4: {
      Dims to, kept;
      for (int d = 0; d < rank; ++d)
        if (shape[d] != 1) to.push_back(shape[d]), kept.push_back(d);
      t = squeeze(t);
      m.shape = to;
      break;
    }
    case 5: {
      if (rank == Dims::max_rank) return true;
      const int64_t at = random.between(-rank - 1, rank);
      m.shape.insert(int(at < 0 ? at + rank + 1 : at), 1);
      t = unsqueeze(t, at);
      break;
    }
    case 6: {
      if (!rank) return true;
      const int d = int(random.below(rank));
      if (!shape[d]) return true;
      const int64_t i = random.below(shape[d]);
      Dims to = shape;
      to.erase(d);
      t = select(t, d, random.below(2) ? i : i - shape[d]);
      m = m.under(to, [&](Dims index) {
        index.insert(d, i);
        return index;
      });
      break;
    }
    default: {
      if (rank < 2) return true;
      const Dims order = random.order(rank);
      const int a = int(order[0]), b = int(order[1]);
      const int64_t offset = random.between(-1, 1);
      const int64_t row = offset < 0 ? -offset : 0, column = offset > 0 ? offset : 0;
      Dims to, others;
      for (int d = 0; d < rank; ++d)
        if (d != a && d != b) to.push_back(shape[d]), others.push_back(d);
      to.push_back(std::max<int64_t>(0, std::min(shape[a] - row, shape[b] - column)));
      t = diagonal(t, offset, a, b);
      m = m.under(to, [&](const Dims& i) {
        Dims source = shape;
        for (int d = 0; d < others.size(); ++d) source[int(others[d])] = i[d];
        source[a] = i.back() + row;
        source[b] = i.back() + column;
        return source;
      });
    }
  }
  return t.impl()->storage == before.impl()->storage;
}

Tensor counted_to(const Dims& shape) {
  std::vector<float> values(std::size_t(shape.product()));
  std::iota(values.begin(), values.end(), 0.0f);
  return from_data(values, shape);
}

Model model_of(const Dims& shape) {
  Model m{shape, std::vector<int64_t>(std::size_t(shape.product()))};
  std::iota(m.at.begin(), m.at.end(), 0);
  return m;
}

TEST(Views, ChainsReadAsTheModel) {
  for (unsigned seed = 0; seed < 1500; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    const Dims shape = random.shape(seed % 10 == 0 ? 12 : 5);
    Tensor base = counted_to(shape), t = base;
    Model m = model_of(shape);
    bool is_view = true;
    for (int64_t n = random.between(1, 7); n > 0; --n) {
      const bool was_contiguous = t.is_contiguous();
      const bool shares = step(random, t, m);
      ASSERT_EQ(t.shape(), m.shape);
      ASSERT_EQ(t.to_vector<int64_t>(), m.at);
      ASSERT_TRUE(shares || !was_contiguous) << "a contiguous tensor was copied";
      is_view &= shares;
    }
    if (!is_view) continue;
    // A write to the view is a write to the base, seen by the version of both.
    const std::set<int64_t> distinct(m.at.begin(), m.at.end());
    if (distinct.size() != m.at.size()) {
      EXPECT_THROW(t.fill_(1), Error);
      continue;
    }
    const uint32_t version = base.version();
    std::vector<float> values(m.at.size());
    for (float& v : values) v = float(-1 - random.below(1000));
    t.copy_(from_data(values, m.shape));
    std::vector<float> expected(std::size_t(shape.product()));
    std::iota(expected.begin(), expected.end(), 0.0f);
    for (std::size_t i = 0; i < values.size(); ++i) expected[std::size_t(m.at[i])] = values[i];
    ASSERT_EQ(base.to_vector<float>(), expected);
    EXPECT_GT(base.version(), version);
    EXPECT_EQ(base.version(), t.version());
  }
}

TEST(Views, ElementwiseTakesAnyStrides) {
  for (unsigned seed = 0; seed < 800; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Tensor a = counted_to(random.shape(5));
    Model m = model_of(a.shape());
    for (int64_t n = random.below(5); n > 0; --n) step(random, a, m);
    // A partner of the same shape and other strides, some dims of it broadcast.
    const Dims order = random.order(m.shape.size());
    Dims shape = m.shape, back = order;
    for (int d = 0; d < order.size(); ++d) back[int(order[d])] = d;
    for (int64_t& n : shape)
      if (random.below(4) == 0) n = 1;
    Dims permuted = shape;
    for (int d = 0; d < order.size(); ++d) permuted[d] = shape[int(order[d])];
    const Tensor b = permute(counted_to(permuted), back);
    ASSERT_EQ(b.shape(), shape);
    const std::vector<float> x = a.to_vector<float>(), y = expand(b, m.shape).to_vector<float>();
    const Tensor sum = a + b;
    const std::vector<float> got = sum.to_vector<float>();
    ASSERT_EQ(sum.shape(), m.shape);
    for (std::size_t i = 0; i < got.size(); ++i) ASSERT_EQ(got[i], x[i] + y[i]);
    ASSERT_EQ(clone(a).to_vector<float>(), x);
    ASSERT_EQ(contiguous(a).to_vector<float>(), x);
    ASSERT_TRUE(contiguous(a).is_contiguous());
    ASSERT_EQ(cast(a, float64).to_vector<float>(), x);
  }
}

TEST(Views, DenseAndRowMajorAsTheOffsetsSay) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    SCOPED_TRACE(seed);
    Random random(seed);
    Tensor t = counted_to(random.shape(4));
    Model m = model_of(t.shape());
    for (int64_t n = random.below(4); n > 0; --n) step(random, t, m);
    std::vector<int64_t> offsets;
    for_each_offset(t.shape(), t.strides(), [&](int64_t offset) { offsets.push_back(offset); });
    std::vector<int64_t> consecutive(offsets.size());
    std::iota(consecutive.begin(), consecutive.end(), 0);
    EXPECT_EQ(is_row_major(t.shape(), t.strides()), offsets == consecutive);
    EXPECT_EQ(t.is_contiguous(), offsets == consecutive);
    std::sort(offsets.begin(), offsets.end());
    if (!offsets.empty()) EXPECT_EQ(is_dense(t.shape(), t.strides()), offsets == consecutive);
  }
}

TEST(Views, ObjectFacts) {
  Tensor x = counted_to({2, 3, 4});
  Tensor y = slice(permute(x, {2, 0, 1}), 0, 1);
  EXPECT_EQ(y.stride(0), 1);
  EXPECT_EQ(y.stride(-1), 4);
  EXPECT_EQ(y.storage_offset(), 1);
  EXPECT_EQ(y.element_size(), 4);
  EXPECT_EQ(y.nbytes(), 72);
  EXPECT_EQ(y.data_ptr(), x.data<float>() + 1);
  EXPECT_THROW(y.stride(3), Error);
  EXPECT_THROW(expand(tensor(1), {int64_t{1} << 40, int64_t{1} << 40}), Error);  // too many bytes
  EXPECT_TRUE(permute(counted_to({1, 3}), {1, 0}).is_contiguous());
}

}  // namespace
}  // namespace tandem
