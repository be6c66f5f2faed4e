// How a reduction walks its operand: one order of summation a shape, whatever the strides.
#pragma once
#include "tandem/tensor/op_info.h"

namespace tandem::cpu {

/// The last dims of the operand, all reduced or all kept, form the `inner` run; what lies before
/// are the reduced dims of `runs` and the kept dims of `kept`, both in row-major order.
///
/// If the run is reduced, element j of a run goes to lane j mod 16, run after run, and the lanes
/// meet in a tree at the end. If it is kept, each of its elements is one column, whose rows are
/// taken one after the other. Long reductions are cut into pieces that meet in order. All of this
/// follows from the shape, so strides and threads never change a bit.
struct ReducePlan {
  Dims kept, kept_stride;  // strides in the operand
  Dims runs, runs_stride;
  int64_t inner = 1;
  int64_t inner_stride = 1;
  bool inner_is_reduced = true;
  bool inner_is_one_run = true;  // false: its dims do not lie one in the other; copy it first
  int unit_kept = -1;            // the kept dim of stride 1, if the inner run has another stride

  int64_t run_count = 1;     // product of `runs`
  int64_t result_count = 1;  // product of `kept`; times `inner` if that is kept
  int64_t count() const { return inner_is_reduced ? run_count * inner : run_count; }
};

ReducePlan reduce_plan(const Dims& shape, const Dims& strides, const Dims& kept_shape);

/// The operand's offset of entry `index` of dims in row-major order.
inline int64_t offset_of(int64_t index, const Dims& shape, const Dims& strides) {
  if (shape.size() == 1) return index * strides[0];
  int64_t offset = 0;
  for (int d = shape.size() - 1; d >= 0; --d) {
    offset += index % shape[d] * strides[d];
    index /= shape[d];
  }
  return offset;
}

/// The kinds of reduction and their element types: f32, f64 and i64; any and all have bool.
enum class Reduction : uint8_t { sum, prod, max, min, any, all };

/// Reduces `x` into `y`, row-major, both of the kind's element type (f32, f64 or i64; bool).
/// `shape` and `strides` are x's.
void reduce(Reduction kind, DType dtype, const ReducePlan& plan, const void* x, void* y);

}  // namespace tandem::cpu
