// Binds the factorizations to tensors: batches, strides, dtypes and threads.
#include <algorithm>
#include <limits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/eigen.h"
#include "tandem/cpu/factorize.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/matrix_exp.h"
#include "tandem/cpu/scratch.h"
#include "tandem/ops/linalg.h"

namespace tandem {
namespace {

using cpu::DenseMatrix;

/// A batch of matrices [..., rows, columns] of f32 or f64, read and written as f64.
class Matrices {
 public:
  explicit Matrices(const TensorRef& t) : t_(t), shape_(t.shape()), strides_(*t.strides) {
    const int n = shape_.size();
    rows = shape_[n - 2], columns = shape_[n - 1];
    row_ = strides_[n - 2], column_ = strides_[n - 1];
    shape_.resize(n - 2), strides_.resize(n - 2);
    count = shape_.product();
  }
  int64_t rows, columns, count;

  void read(int64_t k, const DenseMatrix& to, bool transposed = false) const {
    each(k, [&]<class T>(T* at) {
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j)
          (transposed ? to[j][std::size_t(i)] : to[i][std::size_t(j)]) =
              double(at[i * row_ + j * column_]);
    });
  }
  void write(int64_t k, const DenseMatrix& from, bool transposed = false, double scale = 1) const {
    each(k, [&]<class T>(T* at) {
      for (int64_t i = 0; i < rows; ++i)
        for (int64_t j = 0; j < columns; ++j)
          at[i * row_ + j * column_] =
              T((transposed ? from[j][std::size_t(i)] : from[i][std::size_t(j)]) * scale);
    });
  }

 private:
  template <class F>
  void each(int64_t k, F&& f) const {
    int64_t at = 0;
    for (int d = shape_.size() - 1; d >= 0; --d) {
      at += k % shape_[d] * strides_[d];
      k /= shape_[d];
    }
    if (t_.dtype() == DType::f64)
      f(t_.as<double>() + at);
    else
      f(t_.as<float>() + at);
  }
  const TensorRef& t_;
  Dims shape_, strides_;
  int64_t row_, column_;
};

/// n numbers of matrix k, of a result, which is row-major.
void put(const TensorRef& t, int64_t k, const double* values, int64_t n, double scale = 1) {
  for (int64_t i = 0; i < n; ++i) {
    if (t.dtype() == DType::f64)
      t.as<double>()[k * n + i] = values[i] * scale;
    else
      t.as<float>()[k * n + i] = float(values[i] * scale);
  }
}

DenseMatrix matrix(int64_t rows, int64_t columns, cpu::Scratch& scratch) {
  return {scratch.get<double>(rows * columns), rows, columns, columns};
}

/// f(k, scratch) for each matrix of a batch, `work` operations each: small ones several a thread, a
/// single large one on this thread, whose products use them all.
template <class F>
void for_each_matrix(int64_t count, int64_t work, const F& f) {
  parallel_for(count, std::max<int64_t>(1, 100'000 / std::max<int64_t>(work, 1)),
               [&](int64_t begin, int64_t end) {
                 for (int64_t k = begin; k < end; ++k) {
                   cpu::Scratch scratch;
                   f(k, scratch);
                 }
               });
}

/// Divides so that the largest entry is about 1 and no square overflows; gives by how much.
double scale_down(std::string_view op, const DenseMatrix& m, int64_t k) {
  double largest = 0;
  for (int64_t i = 0; i < m.rows; ++i)
    for (const double v : m[i]) {
      if (!std::isfinite(v))
        raise(LinAlgError(
            op, text("the input has a NaN or an infinity (matrix ", k, " of the batch)")));
      largest = std::max(largest, std::abs(v));
    }
  const double scale = largest > 0 ? std::exp2(std::ilogb(largest)) : 1;
  for (int64_t i = 0; i < m.rows; ++i)
    for (double& v : m[i]) v /= scale;
  return scale;
}
[[noreturn]] void no_convergence(std::string_view op) {
  raise(LinAlgError(op, "the iteration does not converge"));
}

void cholesky_ex(const KernelCall& call) {
  const auto& op = call.as<LinalgCholeskyEx>();
  const Matrices a(call.in[0]), l(call.out[0]);
  const int64_t n = a.rows;
  for_each_matrix(a.count, n * n * n / 3, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix m = matrix(n, n, scratch);
    a.read(k, m, op.upper);
    const int64_t bad = cpu::cholesky(m);
    for (int64_t i = 0; i < n; ++i) {
      std::fill(m[i].begin() + i + 1, m[i].end(), 0.0);
      // What is left when it fails is no factor.
      if (bad) std::fill(m[i].begin(), m[i].begin() + i + 1, std::nan(""));
    }
    l.write(k, m, op.upper);
    call.out[1].as<int32_t>()[k] = int32_t(bad);
  });
  if (!op.check_errors) return;
  for (int64_t k = 0; k < a.count; ++k)
    if (const int32_t bad = call.out[1].as<int32_t>()[k])
      raise(LinAlgError("linalg_cholesky_ex",
                        text("the input is not positive definite: the first leading minor that is "
                             "not positive has order ",
                             bad)));
}

void lu_factor_ex(const KernelCall& call) {
  const auto& op = call.as<LinalgLuFactorEx>();
  const Matrices a(call.in[0]), lu(call.out[0]);
  const int64_t m = a.rows, n = a.columns, count = std::min(m, n);
  for_each_matrix(a.count, m * n * count, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix x = matrix(m, n, scratch);
    int64_t* pivots = scratch.get<int64_t>(count);
    a.read(k, x);
    const int64_t zero = cpu::lu(x, pivots, op.pivot);
    lu.write(k, x);
    for (int64_t i = 0; i < count; ++i)
      call.out[1].as<int32_t>()[k * count + i] = int32_t(pivots[i] + 1);
    call.out[2].as<int32_t>()[k] = int32_t(zero);
  });
  if (!op.check_errors) return;
  for (int64_t k = 0; k < a.count; ++k)
    if (const int32_t zero = call.out[2].as<int32_t>()[k])
      raise(LinAlgError("linalg_lu_factor_ex",
                        text("the matrix is singular: pivot ", zero, " is zero")));
}

void lu_order(const KernelCall& call) {
  const TensorRef &pivots = call.in[0], &order = call.out[0];
  const int64_t rows = order.shape().back(), count = pivots.shape().back();
  if (rows == 0) return;
  const int64_t lines = order.numel() / rows, step = pivots.strides->back();
  Dims shape = pivots.shape(), strides = *pivots.strides;
  shape.resize(shape.size() - 1), strides.resize(strides.size() - 1);
  for (int64_t k = 0; k < lines; ++k) {
    int64_t at = 0;
    for (int64_t rest = k, d = shape.size() - 1; d >= 0; --d) {
      at += rest % shape[int(d)] * strides[int(d)];
      rest /= shape[int(d)];
    }
    int64_t* row = order.as<int64_t>() + k * rows;
    for (int64_t i = 0; i < rows; ++i) row[i] = i;
    for (int64_t i = 0; i < count; ++i) {
      const int64_t with = pivots.as<int32_t>()[at + i * step] - 1;
      if (with < 0 || with >= rows)
        fail(ErrorCode::index, "lu_order", "pivot ", with + 1, " is out of range; expected 1..",
             rows);
      std::swap(row[i], row[with]);
    }
  }
}

void triangular(const KernelCall& call) {
  const auto& op = call.as<LinalgSolveTriangular>();
  const Matrices a(call.in[0]), b(call.in[1]), x(call.out[0]);
  const int64_t n = a.rows, columns = op.left ? b.columns : b.rows;
  for_each_matrix(a.count, n * n * columns, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix m = matrix(n, n, scratch), y = matrix(n, columns, scratch);
    // X A = B is A' X' = B'.
    a.read(k, m, !op.left);
    b.read(k, y, !op.left);
    cpu::solve_triangular(m, op.left ? op.upper.value : !op.upper.value, op.unitriangular, y);
    x.write(k, y, !op.left);
  });
}

void geqrf(const KernelCall& call) {
  const Matrices a(call.in[0]), r(call.out[0]);
  const int64_t m = a.rows, n = a.columns, count = std::min(m, n);
  for_each_matrix(a.count, 2 * m * n * count, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix x = matrix(m, n, scratch);
    double* tau = scratch.get<double>(count);
    a.read(k, x);
    cpu::householder(x, tau);
    r.write(k, x);
    put(call.out[1], k, tau, count);
  });
}
void product_of_reflections(const KernelCall& call) {
  const Matrices a(call.in[0]), q(call.out[0]);
  const int64_t m = a.rows, n = a.columns, count = call.in[1].shape().back();
  const TensorRef& tau = call.in[1];
  Dims as_matrix = tau.shape(), strides = *tau.strides;
  as_matrix.insert(as_matrix.size() - 1, 1), strides.insert(strides.size() - 1, 0);
  const Type type{tau.dtype(), as_matrix};
  const TensorRef rows{tau.data, &type, &strides, false};
  const Matrices taus(rows);
  for_each_matrix(a.count, 2 * m * n * count, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix x = matrix(m, n, scratch), y = matrix(m, n, scratch),
                      t = matrix(1, count, scratch);
    a.read(k, x);
    taus.read(k, t);
    cpu::householder_product(x, t.data, count, y);
    q.write(k, y);
  });
}

void eigh(const KernelCall& call) {
  constexpr std::string_view name = "linalg_eigh";
  const bool upper = call.as<LinalgEigh>().UPLO == "U";
  const Matrices a(call.in[0]), v(call.out[1]);
  const int64_t n = a.rows;
  for_each_matrix(a.count, 9 * n * n * n, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix m = matrix(n, n, scratch);
    double* values = scratch.get<double>(n);
    a.read(k, m, upper);
    for (int64_t i = 0; i < n; ++i)
      for (int64_t j = 0; j < i; ++j) m[j][std::size_t(i)] = m[i][std::size_t(j)];
    const double scale = scale_down(name, m, k);
    if (!cpu::eigen(m, values)) no_convergence(name);
    put(call.out[0], k, values, n, scale);
    v.write(k, m, true);
  });
}

void svd(const KernelCall& call) {
  constexpr std::string_view name = "linalg_svd";
  const Matrices a(call.in[0]), u(call.out[0]), vh(call.out[2]);
  // Of the matrix or its transpose, whichever is taller: the short side is n.
  const bool wide = a.columns > a.rows;
  const int64_t n = std::min(a.rows, a.columns), m = std::max(a.rows, a.columns);
  const Matrices& tall = wide ? vh : u;  // has the vectors of the long side
  const int64_t vectors = call.as<LinalgSvd>().full_matrices ? m : n;
  for_each_matrix(a.count, 30 * m * n * n, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix left = matrix(vectors, m, scratch), right = matrix(n, n, scratch);
    const DenseMatrix x = left.part(0, 0, n, m);
    double* values = scratch.get<double>(n);
    a.read(k, x, !wide);
    const double scale = scale_down(name, x, k);
    if (!cpu::singular(x, values, right)) no_convergence(name);
    cpu::complete_rows(left, n);
    put(call.out[1], k, values, n, scale);
    tall.write(k, left, !wide);
    (wide ? u : vh).write(k, right, wide);
  });
}

void exponential(const KernelCall& call) {
  const Matrices a(call.in[0]), y(call.out[0]);
  const int64_t n = a.rows;
  for_each_matrix(a.count, 20 * n * n * n, [&](int64_t k, cpu::Scratch& scratch) {
    const DenseMatrix m = matrix(n, n, scratch);
    a.read(k, m);
    cpu::matrix_exp(m);
    y.write(k, m);
  });
}

}  // namespace

void cpu::install_linalg() {
  install<LinalgCholeskyEx>({cholesky_ex});
  install<LinalgLuFactorEx>({lu_factor_ex});
  install<LuOrder>({lu_order});
  install<LinalgSolveTriangular>({triangular});
  install<Geqrf>({geqrf});
  install<LinalgHouseholderProduct>({product_of_reflections});
  install<LinalgEigh>({eigh});
  install<LinalgSvd>({svd});
  install<LinalgMatrixExp>({exponential});
}

}  // namespace tandem
