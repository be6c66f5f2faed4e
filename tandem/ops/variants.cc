#include "tandem/ops/variants.h"

#include "tandem/ops/create.h"
#include "tandem/ops/define.h"

namespace tandem {

Tensor arange(Scalar end, std::optional<DType> dtype, Location where) {
  return arange(end.category() == Category::floating ? Scalar(0.0) : Scalar(0), end, 1, dtype,
                where);
}
Tensor empty_like(Arg input, std::optional<DType> dtype) {
  return empty(input.tensor->shape(), dtype.value_or(input.tensor->dtype()));
}

Tensor div(const NumArg& input, const NumArg& other, Name rounding_mode) {
  if (rounding_mode == Name("floor")) return floor_divide(input, other);
  if (rounding_mode != Name("trunc"))
    fail(ErrorCode::value, "div", "expected rounding_mode \"trunc\" or \"floor\", got \"",
         rounding_mode, '"');
  // What is left over has the sign of the dividend, so the rest divides evenly.
  const NumArg* args[] = {&input, &other};
  Tensor x[2];
  promote_operands("div", Promotion::common, args, x);
  return is_floating(x[0].dtype()) ? trunc(x[0] / x[1])
                                   : floor_divide(x[0] - fmod(x[0], x[1]), x[1]);
}

Tensor max(Arg input) { return amax(input); }
Tensor min(Arg input) { return amin(input); }
Tensor max(Arg input, Arg other) {
  return maximum({*input.tensor, input.where}, {*other.tensor, other.where});
}
Tensor min(Arg input, Arg other) {
  return minimum({*input.tensor, input.where}, {*other.tensor, other.where});
}
Tensor median(Arg input) { return median(reshape(input, -1), 0)[0]; }

bool allclose(Arg input, Arg other, double rtol, double atol, bool equal_nan) {
  return all(isclose(input, other, rtol, atol, equal_nan)).item<bool>(input.where);
}
bool equal(Arg input, Arg other) {
  const Tensor &a = *input.tensor, &b = *other.tensor;
  return a.shape() == b.shape() && all(eq(a, b)).item<bool>(input.where);
}

std::vector<Tensor> split(Arg input, std::span<const int64_t> split_sizes, int64_t dim) {
  const Tensor& x = *input.tensor;
  const int at = normalize_dim("split", dim, x.shape());
  if (x.dim() == 0) fail(ErrorCode::shape, "split", "a 0-d tensor cannot be split");
  int64_t total = 0;
  for (int64_t n : split_sizes) {
    if (n < 0) fail(ErrorCode::value, "split", "expected sizes of 0 or more, got ", n);
    total += n;
  }
  if (total != x.shape()[at])
    fail(ErrorCode::shape, "split", "the sizes sum to ", total, ", dim ", at, " of input has ",
         x.shape()[at], " entries (shape ", x.shape(), ")");
  std::vector<Tensor> parts;
  int64_t start = 0;
  for (int64_t n : split_sizes) {
    parts.push_back(slice(input, at, start, start + n));
    start += n;
  }
  return parts;
}
std::vector<Tensor> split(Arg input, int64_t split_size, int64_t dim) {
  const Tensor& x = *input.tensor;
  const int64_t n = x.dim() ? x.size(dim) : 0;
  if (split_size < 0 || (split_size == 0 && n != 0))
    fail(ErrorCode::value, "split", "expected a size of 1 or more, got ", split_size);
  std::vector<int64_t> sizes;
  for (int64_t left = n; left > 0; left -= split_size) sizes.push_back(std::min(left, split_size));
  if (sizes.empty()) sizes.push_back(0);
  return split(input, sizes, dim);
}
std::vector<Tensor> chunk(Arg input, int64_t chunks, int64_t dim) {
  if (chunks < 1) fail(ErrorCode::value, "chunk", "expected 1 or more chunks, got ", chunks);
  const int64_t n = input.tensor->dim() ? input.tensor->size(dim) : 0;
  if (n == 0) return split(input, std::vector<int64_t>(std::size_t(chunks), 0), dim);
  return split(input, (n + chunks - 1) / chunks, dim);
}
std::vector<Tensor> tensor_split(Arg input, int64_t sections, int64_t dim) {
  if (sections < 1)
    fail(ErrorCode::value, "tensor_split", "expected 1 or more sections, got ", sections);
  const int64_t n = input.tensor->dim() ? input.tensor->size(dim) : 0;
  std::vector<int64_t> sizes;
  for (int64_t i = 0; i < sections; ++i) sizes.push_back(n / sections + (i < n % sections));
  return split(input, sizes, dim);
}
std::vector<Tensor> unbind(Arg input, int64_t dim) {
  const Tensor& x = *input.tensor;
  if (x.dim() == 0) fail(ErrorCode::shape, "unbind", "a 0-d tensor has no dim to unbind");
  std::vector<Tensor> parts;
  for (int64_t i = 0, n = x.size(dim); i < n; ++i) parts.push_back(select(input, dim, i));
  return parts;
}

std::vector<Tensor> meshgrid(const ListArg& tensors, Name indexing) {
  const bool xy = indexing == Name("xy");
  if (!xy && indexing != Name("ij"))
    fail(ErrorCode::value, "meshgrid", "expected indexing \"ij\" or \"xy\", got \"", indexing, '"');
  std::vector<Tensor> in(tensors.tensors.begin(), tensors.tensors.end());
  const bool swaps = xy && in.size() > 1;
  if (swaps) std::swap(in[0], in[1]);
  Dims shape;
  for (const Tensor& t : in) {
    if (!t || t.dim() > 1) fail(ErrorCode::shape, "meshgrid", "expected tensors of 0 or 1 dims");
    shape.push_back(t.numel());
  }
  std::vector<Tensor> grids;
  for (std::size_t i = 0; i < in.size(); ++i) {
    Dims along = Dims::filled(shape.size(), 1);
    along[int(i)] = shape[int(i)];
    grids.push_back(expand(reshape({in[i], tensors.where}, along), shape));
  }
  if (swaps) std::swap(grids[0], grids[1]);
  return grids;
}
std::vector<Tensor> broadcast_tensors(const ListArg& tensors) {
  std::vector<Dims> shapes;
  for (const Tensor& t : tensors.tensors) {
    if (!t) fail(ErrorCode::value, "broadcast_tensors", "one of the tensors is undefined");
    shapes.push_back(t.shape());
  }
  const Dims shape = broadcast_shapes(shapes);
  std::vector<Tensor> out;
  for (const Tensor& t : tensors.tensors) out.push_back(expand({t, tensors.where}, shape));
  return out;
}
Dims broadcast_shapes(std::span<const Dims> shapes) {
  Dims out;
  for (const Dims& s : shapes) out = broadcast_shapes("broadcast_shapes", out, s);
  return out;
}

Unique unique(Arg input) {
  const Tensor flat = reshape(input.tensor->detach(), -1);
  const auto [sorted, order] = sort(flat);
  const int64_t n = flat.numel();
  if (n == 0) return {sorted, reshape(order, input.tensor->shape()), order};
  const Tensor starts_anew =
      cat({full({1}, true, DType::boolean), ne(slice(sorted, 0, 1), slice(sorted, 0, 0, n - 1))});
  const Tensor group = cumsum(starts_anew, 0) - 1;
  const Tensor inverse = scatter(full({n}, 0, DType::i64), 0, order, group);
  const Tensor first = select(nonzero(starts_anew), 1, 0);
  const Tensor end = cat({slice(first, 0, 1), full({1}, n, DType::i64)});
  return {index_select(sorted, 0, first), reshape(inverse, input.tensor->shape()), end - first};
}

std::vector<Tensor> where(Arg condition) {
  const Tensor places = nonzero(condition);
  std::vector<Tensor> out;
  for (int64_t d = 0; d < places.size(1); ++d) out.push_back(select(places, 1, d));
  return out;
}

}  // namespace tandem
