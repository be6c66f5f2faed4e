// From a program to steps: the first half of planning, with a buffer for each result.
#pragma once
#include "tandem/runtime/plan.h"

namespace tandem::runtime {

/// A state's new value.
struct Update {
  int32_t state;  // in plan.state
  int32_t ref;
};

/// A plan whose results and updates have no place yet.
struct Draft {
  Plan plan;
  std::vector<int32_t> outputs;  // refs, in the program's order
  std::vector<Update> updates;
};

/// Views become refs of their operand's buffer, numbers become constants, a body of `fused` becomes
/// one step that runs over tiles (where its ops have rows for that, else a step each), those of
/// control flow become plans of their own.
Draft lower(const Program& program, const PlanOptions& options);

int32_t add_buffer(Plan& plan, Home home, int64_t bytes, int32_t index = -1);
/// Of a dense tensor: a buffer and the ref that is all of it.
int32_t add_ref(Plan& plan, Home home, const Type& type, const Dims& strides, int32_t index = -1);
/// A step that copies the elements, whatever the strides.
void add_copy(Plan& plan, int32_t from, int32_t to, Location where);
/// Bytes that the step's kernel or its bodies ask for beside operands and results.
int64_t workspace_bytes(const Plan& plan, const Step& step);
/// Bytes of the step's weights as its kernel wants them, made ready once for all runs; 0 where they
/// are not fixed, or no kernel asks for that.
int64_t packed_bytes(const Plan& plan, const Step& step);

inline int64_t bytes_of(const Type& type) { return type.shape.product() * size_of(type.dtype); }

}  // namespace tandem::runtime
