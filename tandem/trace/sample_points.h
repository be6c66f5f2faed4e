// The sizes of symbolic dims at which a function is looked at.
#pragma once
#include <vector>

#include "tandem/trace/trace.h"

namespace tandem::trace_detail {

class SamplePoints {
 public:
  /// Errors: code value for more than four dims, and for ranges with too few sizes.
  explicit SamplePoints(const std::vector<InputSpec>& inputs);

  Type type_at(const InputSpec& input, const graph::Sizes& sizes) const;

  graph::Symbols symbols;
  /// Where the function is run; one point without sizes if there are no dims.
  std::vector<graph::Sizes> traced;
  /// Where shape rules are asked besides: a few larger sizes, and neighbours, which have every
  /// remainder by the strides of windows.
  std::vector<graph::Sizes> large, neighbours;
  /// Where the function is run once more to see whether it is what its traces say: at some of the
  /// large sizes; where attributes are more than products, also at neighbours.
  std::vector<graph::Sizes> held_out(bool neighbours_too) const;

 private:
  void add(const Dim& dim);
  int index_of(std::string_view name) const;

  std::vector<Dim> dims_;
};

}  // namespace tandem::trace_detail
