// Public functions that are no ops of their own: further ways to call one, and functions whose
// number of results follows from their arguments.
#pragma once
#include <vector>

#include "tandem/ops/functions.h"

namespace tandem {

/// 0, 1, … before `end`.
Tensor arange(Scalar end, std::optional<DType> dtype = {}, Location where = Location::current());

/// An uninitialized tensor like `input`.
Tensor empty_like(Arg input, std::optional<DType> dtype = {});

/// The quotient rounded: "trunc" towards zero, "floor" towards minus infinity.
Tensor div(const NumArg& input, const NumArg& other, Name rounding_mode);

/// The largest and smallest of all elements (see amax), or of each pair.
Tensor max(Arg input);
Tensor min(Arg input);
Tensor max(Arg input, Arg other);
Tensor min(Arg input, Arg other);
/// The median of all elements, of an even number the lower one.
Tensor median(Arg input);

/// Is isclose() true of all elements? Shapes may broadcast.
bool allclose(Arg input, Arg other, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false);
/// Have both the same shape and elements? NaN is equal to nothing.
bool equal(Arg input, Arg other);

/// Views of `split_size` entries of a dim each; the last may have fewer.
std::vector<Tensor> split(Arg input, int64_t split_size, int64_t dim = 0);
/// Views of so many entries each, which make up the dim.
std::vector<Tensor> split(Arg input, std::span<const int64_t> split_sizes, int64_t dim = 0);
/// At most `chunks` views of equal size; the last may be smaller.
std::vector<Tensor> chunk(Arg input, int64_t chunks, int64_t dim = 0);
/// Exactly `sections` views, the first ones an entry longer where it does not come out even.
std::vector<Tensor> tensor_split(Arg input, int64_t sections, int64_t dim = 0);
/// The entries of a dim, which is dropped.
std::vector<Tensor> unbind(Arg input, int64_t dim = 0);

/// The coordinates of a grid: result i varies along its dim only. indexing: "ij", or "xy" with the
/// first two dims exchanged.
std::vector<Tensor> meshgrid(const ListArg& tensors, Name indexing = "ij");
/// Views that all have the shape in which the tensors meet.
std::vector<Tensor> broadcast_tensors(const ListArg& tensors);
/// The shape in which these meet.
Dims broadcast_shapes(std::span<const Dims> shapes);

/// The distinct elements in ascending order, for each element of the input its place among them,
/// and how often each occurs.
struct Unique {
  Tensor values, inverse, counts;
};
Unique unique(Arg input);

/// The transpose of unfold as a linear map: columns added up where their windows lie.  input:
/// [N, C KH KW, L] or [C KH KW, L]; result: [N, C, *output_size]. Error: code shape for another
/// number of columns than the windows of such an image.
Tensor fold(Arg input, Dims output_size, Dims kernel_size, Dims dilation = 1, Dims padding = 0,
            Dims stride = 1);

/// Where the mask holds: an index tensor for each of its dims.
std::vector<Tensor> where(Arg condition);

}  // namespace tandem
