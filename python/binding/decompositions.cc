// Eigenvalues of symmetric matrices and singular values, in double precision, for tandem.linalg.
#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <numeric>
#include <span>
#include <string_view>
#include <vector>

#include "python/binding/module.h"
#include "python/binding/tensor_caster.h"
#include "python/binding/unlocked.h"
#include "tandem/base/error.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {
namespace {

using Row = std::span<double>;
constexpr double epsilon = std::numeric_limits<double>::epsilon();
/// The square of a length that is nothing beside 1, and that products can still be compared with.
constexpr double vanishing = 1e-270;

/// Row-major.
class Matrix {
 public:
  Matrix(std::size_t rows, std::size_t columns)
      : rows_(rows), columns_(columns), values_(rows * columns) {}
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_; }
  Row operator[](std::size_t i) { return {values_.data() + i * columns_, columns_}; }
  std::span<double> all() { return values_; }

  /// Its rows in this order.
  Matrix ordered(const std::vector<std::size_t>& order) {
    Matrix result(rows_, columns_);
    for (std::size_t i = 0; i < rows_; ++i) std::ranges::copy((*this)[order[i]], result[i].begin());
    return result;
  }

 private:
  std::size_t rows_, columns_;
  std::vector<double> values_;
};

Matrix identity(std::size_t n) {
  Matrix m(n, n);
  for (std::size_t i = 0; i < n; ++i) m[i][i] = 1;
  return m;
}

double dot(Row a, Row b) {
  double lanes[8] = {};  // one order, which vectors keep
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8)
    for (std::size_t k = 0; k < 8; ++k) lanes[k] += a[i + k] * b[i + k];
  for (std::size_t k = 0; i < a.size(); ++i, ++k) lanes[k] += a[i] * b[i];
  return ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) +
         ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]));
}

void add_scaled(Row to, double scale, Row from) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += scale * from[i];
}

/// x, y := c x - s y, s x + c y
void rotate(Row x, Row y, double c, double s) {
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double a = x[i], b = y[i];
    x[i] = c * a - s * b;
    y[i] = s * a + c * b;
  }
}

/// Householder's reflections: symmetric a = Q T Q', where T has entries on its diagonal and beside
/// it alone. Gives Q'.
Matrix to_tridiagonal(Matrix& a, std::vector<double>& diagonal, std::vector<double>& beside) {
  const std::size_t n = a.rows();
  Matrix q = identity(n);
  std::vector<double> mirror(n), product(n), sums(n);
  for (std::size_t k = 0; k + 2 < n; ++k) {
    const std::size_t from = k + 1;
    const Row v = Row(mirror).subspan(from), w = Row(product).subspan(from);
    std::ranges::copy(a[k].subspan(from), v.begin());
    const double length = std::sqrt(dot(v, v));
    if (length == 0) continue;
    v[0] += std::copysign(length, v[0]);
    const double norm = std::sqrt(dot(v, v));
    for (double& x : v) x /= norm;
    // (I - 2 v v') A (I - 2 v v') = A - 2 (v w' + w v'), w = A v - (v' A v) v
    for (std::size_t i = from; i < n; ++i) product[i] = dot(a[i].subspan(from), v);
    add_scaled(w, -dot(v, w), v);
    const double first = dot(a[k].subspan(from), v);
    add_scaled(a[k].subspan(from), -2 * first, v);
    for (std::size_t i = from; i < n; ++i) {
      a[i][k] = a[k][i];
      add_scaled(a[i].subspan(from), -2 * mirror[i], w);
      add_scaled(a[i].subspan(from), -2 * product[i], v);
    }
    std::ranges::fill(sums, 0.0);
    for (std::size_t i = from; i < n; ++i) add_scaled(sums, mirror[i], q[i]);
    for (std::size_t i = from; i < n; ++i) add_scaled(q[i], -2 * mirror[i], sums);
  }
  for (std::size_t i = 0; i < n; ++i) {
    diagonal.push_back(a[i][i]);
    beside.push_back(i + 1 < n ? a[i][i + 1] : 0);
  }
  return q;
}

/// The places of values, by value.
template <class Less>
std::vector<std::size_t> order_of(const std::vector<double>& values, Less less) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::ranges::sort(order, [&](std::size_t i, std::size_t j) {
    return values[i] == values[j] ? i < j : less(values[i], values[j]);
  });
  return order;
}

/// Rotations with Wilkinson's shift chase what is beside the diagonal out of the matrix, from `l`
/// on; the rows of q turn with it.
void diagonalize(std::vector<double>& d, std::vector<double>& e, Matrix& q) {
  const std::size_t n = d.size();
  for (std::size_t l = 0; l < n; ++l)
    for (int round = 0;; ++round) {
      std::size_t m = l;  // the first place from l on where the matrix falls apart
      while (m + 1 < n && std::abs(e[m]) > epsilon * (std::abs(d[m]) + std::abs(d[m + 1]))) ++m;
      if (m == l) break;
      if (round == 60)
        fail(ErrorCode::value, "linalg.eigh", "eigenvalues do not converge: is there a NaN?");
      double g = (d[l + 1] - d[l]) / (2 * e[l]);
      g = d[m] - d[l] + e[l] / (g + std::copysign(std::hypot(g, 1.0), g));
      double s = 1, c = 1, p = 0;
      std::size_t i = m;
      for (; i-- > l;) {
        const double f = s * e[i], b = c * e[i], r = std::hypot(f, g);
        e[i + 1] = r;
        if (r == 0) break;
        s = f / r, c = g / r;
        g = d[i + 1] - p;
        const double t = (d[i] - g) * s + 2 * c * b;
        p = s * t;
        d[i + 1] = g + p;
        g = c * t - b;
        rotate(q[i], q[i + 1], c, s);
      }
      e[m] = 0;
      if (i + 1 == l) {  // all the way
        d[l] -= p;
        e[l] = g;
      } else {
        d[i + 1] -= p;
      }
    }
}

/// Eigenvalues of a symmetric matrix, ascending; gives its eigenvectors as rows.
Matrix eigen(Matrix a, std::vector<double>& values) {
  std::vector<double> beside;
  Matrix q = to_tridiagonal(a, values, beside);
  diagonalize(values, beside, q);
  const std::vector<std::size_t> order = order_of(values, std::less());
  std::ranges::sort(values);
  return q.ordered(order);
}

struct Singular {
  std::vector<double> values;  // descending
  Matrix left, right;          // rows: the left vectors times their values, and the right ones
};

/// Of the matrix [m, n], m >= n, whose columns are the rows of `a`. Jacobi's rotations make them
/// orthogonal, to full accuracy for small values too; starting from the eigenvectors of A'A, which
/// lose those, they have little left to do.
Singular singular(Matrix a) {
  const std::size_t n = a.rows();
  Matrix gram(n, n);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j <= i; ++j) gram[i][j] = gram[j][i] = dot(a[i], a[j]);
  std::vector<double> unused;
  Matrix right = eigen(std::move(gram), unused);
  Matrix left(n, a.columns());
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) add_scaled(left[i], right[i][j], a[j]);
  bool turned = n > 1;
  for (int sweep = 0; turned; ++sweep) {
    if (sweep == 60)
      fail(ErrorCode::value, "linalg.svd", "singular values do not converge: is there a NaN?");
    turned = false;
    for (std::size_t i = 0; i + 1 < n; ++i)
      for (std::size_t j = i + 1; j < n; ++j) {
        const Row x = left[i], y = left[j];
        const double between = dot(x, y), xx = dot(x, x), yy = dot(y, y);
        if (std::min(xx, yy) < vanishing) continue;
        if (std::abs(between) <= 4 * epsilon * std::sqrt(xx) * std::sqrt(yy)) continue;
        turned = true;
        const double theta = (yy - xx) / (2 * between);
        const double t = std::copysign(1.0, theta) / (std::abs(theta) + std::hypot(theta, 1.0));
        const double c = 1 / std::hypot(t, 1.0), s = c * t;
        rotate(x, y, c, s);
        rotate(right[i], right[j], c, s);
      }
  }
  std::vector<double> lengths;
  for (std::size_t i = 0; i < n; ++i) lengths.push_back(std::sqrt(dot(left[i], left[i])));
  const std::vector<std::size_t> order = order_of(lengths, std::greater());
  std::ranges::sort(lengths, std::greater());
  return {std::move(lengths), left.ordered(order), right.ordered(order)};
}

/// The matrices of a batch [..., rows, columns] of float64, one after the other, scaled so that the
/// largest entry is 1 and no square overflows.
template <class F>
void for_each_matrix(std::string_view op, const Tensor& batch, F&& f) {
  const std::size_t rows = std::size_t(batch.size(-2)), columns = std::size_t(batch.size(-1));
  const auto* from = static_cast<const double*>(batch.data_ptr());
  const std::size_t count = rows && columns ? std::size_t(batch.numel()) / (rows * columns) : 0;
  for (std::size_t k = 0; k < count; ++k) {
    const std::span<const double> values(from + k * rows * columns, rows * columns);
    double largest = 0;
    for (const double v : values) {
      if (!std::isfinite(v))
        fail(ErrorCode::value, op, "the input has a NaN or an infinity (matrix ", k,
             " of the batch)");
      largest = std::max(largest, std::abs(v));
    }
    const double scale = largest > 0 ? std::exp2(std::ilogb(largest)) : 1;
    Matrix m(rows, columns);
    for (std::size_t i = 0; i < values.size(); ++i) m.all()[i] = values[i] / scale;
    f(k, std::move(m), scale);
  }
}

/// Elements in order, which can be read now.
Tensor dense(std::string_view op, const Tensor& t) {
  if ((!t.impl()->data && t.impl()->traced >= 0) || (mode.tracer && mode.tracer->tracks(t)))
    fail(ErrorCode::unsupported, op,
         "it is no op of programs: a traced tensor has no elements to compute it of; call it "
         "outside, and hand its results in");
  return t.is_contiguous() ? t : copy_of(t);
}

void put(const Tensor& into, std::size_t k, std::span<const double> values, double scale = 1) {
  auto* to = reinterpret_cast<double*>(into.impl()->data) + k * values.size();
  for (std::size_t i = 0; i < values.size(); ++i) to[i] = values[i] * scale;
}

Dims without_last(Dims shape) {
  shape.resize(shape.size() - 1);
  return shape;
}

nb::tuple eigh(const Tensor& given) {
  const Tensor a = dense("linalg.eigh", given);
  const Tensor values = empty(without_last(a.shape()), DType::f64),
               vectors = empty(a.shape(), DType::f64);
  {
    Unlocked unlocked(a.numel() > long_op);
    for_each_matrix("linalg.eigh", a, [&](std::size_t k, Matrix m, double scale) {
      std::vector<double> d;
      Matrix q = eigen(std::move(m), d);
      put(values, k, d, scale);
      put(vectors, k, q.all());
    });
  }
  return nb::make_tuple(values, vectors);
}

nb::tuple svd(const Tensor& given) {
  const Tensor a = dense("linalg.svd", given);
  Dims square = a.shape();
  square[square.size() - 1] = a.size(-2);
  const Tensor left = empty(a.shape(), DType::f64),
               values = empty(without_last(a.shape()), DType::f64),
               right = empty(square, DType::f64);
  {
    Unlocked unlocked(a.numel() > long_op);
    for_each_matrix("linalg.svd", a, [&](std::size_t k, Matrix m, double scale) {
      Singular s = singular(std::move(m));
      put(left, k, s.left.all(), scale);
      put(values, k, s.values, scale);
      put(right, k, s.right.all());
    });
  }
  return nb::make_tuple(left, values, right);
}

}  // namespace

void bind_decompositions(nb::module_& m) {
  m.def("_eigh", eigh, nb::arg("input"),
        "Of symmetric float64 [..., n, n]: eigenvalues, ascending, and eigenvectors as rows.");
  m.def("_svd", svd, nb::arg("input"),
        "Of float64 [..., n, m], n <= m, whose rows are columns: left vectors times their values, "
        "values, descending, right vectors, all as rows.");
}

}  // namespace tandem::python
