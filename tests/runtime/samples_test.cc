// Every op of the registry, on its samples: compiled and eager give the same bits and strides.
#include <gtest/gtest.h>

#include "tandem/base/thread_pool.h"
#include "tandem/ops/registry.h"
#include "tandem/runtime/executable.h"
#include "tandem/tensor/layout.h"
#include "tests/ops/samples.h"
#include "tests/runtime/programs.h"

namespace tandem {
namespace {

std::string describe(const Sample& s) {
  std::string d = text(s.op, "(");
  for (const Tensor& t : s.operands) d += text(t ? text(t.type()) : "none", ", ");
  return d + ")";
}

/// One instruction; operands are inputs, or constants that keep their strides.
Program program_of(const Sample& s, bool as_constants) {
  Builder b;
  std::vector<graph::Value> operands;
  for (std::size_t i = 0; i < s.operands.size(); ++i) {
    const Tensor& t = s.operands[i];
    operands.push_back(!t             ? graph::no_value
                       : as_constants ? b.constant(text("c", i), t.detach())
                                      : b.input(text("x", i), t.type()));
  }
  for (graph::Value v : b.apply(op_of(s), operands))
    b.output(text("y", b.program.outputs.size()), v);
  return std::move(b.program);
}

bool has_kernel(const Sample& s) {
  const OpInfo& info = *find_op(s.op);
  std::vector<const Type*> types;
  for (const Tensor& t : s.operands) types.push_back(t ? &t.type() : nullptr);
  const KernelEntry& kernel = info.kernel[int(DeviceType::cpu)];
  const AnyOp op = op_of(s);
  return info.view || (kernel.run && (!kernel.supports || kernel.supports(op.data(), types)));
}

std::vector<Tensor> contiguous_operands(const Sample& s) {
  std::vector<Tensor> list;
  for (const Tensor& t : s.operands)
    if (t) list.push_back(copy_of(t));
  return list;
}

TEST(RuntimeSamples, CompiledIsEagerBitForBit) {
  int compared = 0;
  for (const Sample& s : SampleTable::all()) {
    if (!s.error.empty() || !find_op(s.op)->infer) continue;
    SCOPED_TRACE(describe(s));
    try {
      if (!has_kernel(s)) {
        EXPECT_THROW(runtime::plan(program_of(s, false)), Error);
        continue;
      }
      expect_same_as_eager(program_of(s, false), contiguous_operands(s));
      expect_same_as_eager(program_of(s, true), {});
      ++compared;
    } catch (const std::exception& e) {
      ADD_FAILURE() << e.what();
    }
  }
  EXPECT_GT(compared, 300);
}

TEST(RuntimeSamples, StridesAreThoseOfEager) {
  for (const Sample& s : SampleTable::all()) {
    if (!s.error.empty() || !find_op(s.op)->infer || !has_kernel(s)) continue;
    SCOPED_TRACE(describe(s));
    const Program program = program_of(s, true);
    const std::vector<Tensor> eager = run_eagerly(program, {}).outputs;
    const runtime::Plan plan = runtime::plan(program);
    if (plan.steps.empty()) continue;
    const runtime::Step& step = plan.steps[0];
    for (std::size_t r = 0; r < eager.size() && step.op.info == find_op(s.op); ++r)
      EXPECT_EQ(text(plan.refs[std::size_t(step.results[r])].strides), text(eager[r].strides()));
  }
}

TEST(RuntimeSamples, ErrorsOfOperandsStayErrors) {
  for (const Sample& s : SampleTable::all()) {
    if (s.error.empty() || !find_op(s.op)->infer || !has_kernel(s)) continue;
    SCOPED_TRACE(describe(s));
    try {
      runtime::Executable executable(runtime::plan(program_of(s, false)));
      const std::vector<Tensor> none;
      executable.run(contiguous_operands(s), none, executable.new_outputs());
      ADD_FAILURE() << "expected an error: " << s.error;
    } catch (const Error& e) {
      EXPECT_THAT(e.what(), ::testing::HasSubstr(s.error));
    }
  }
}

}  // namespace
}  // namespace tandem
