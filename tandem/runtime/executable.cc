#include "tandem/runtime/executable.h"

#include <algorithm>

#include "tandem/runtime/frame.h"
#include "tandem/tensor/allocator.h"
#include "tandem/tensor/apply.h"

namespace tandem::runtime {
namespace {

void check_count(const Plan& plan, std::string_view what, std::size_t expected, std::size_t got) {
  if (expected != got)
    fail(ErrorCode::value, plan.program, "takes ", expected, " ", what, ", got ", got);
}

/// The addresses of tensors that are as the plan says.
std::vector<std::byte*> addresses(const Plan& plan, std::string_view what,
                                  std::span<const Outside> expected,
                                  std::span<const Tensor> tensors) {
  check_count(plan, what, expected.size(), tensors.size());
  std::vector<std::byte*> data;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    const Ref& ref = plan.ref(expected[i]);
    const Tensor& t = tensors[i];
    if (!t) fail(ErrorCode::value, expected[i].name, "the tensor is undefined");
    if (t.type() != ref.type)
      fail(t.dtype() == ref.type.dtype ? ErrorCode::shape : ErrorCode::dtype, expected[i].name,
           "expected ", ref.type, ", got ", t.type());
    if (t.strides() != ref.strides && !(t.is_contiguous() && ref.contiguous))
      fail(ErrorCode::value, expected[i].name, "expected strides ", ref.strides, ", got ",
           t.strides());
    if (t.device().type != DeviceType::cpu || !t.impl()->data)
      fail(ErrorCode::unsupported, expected[i].name, "has no elements on the CPU");
    data.push_back(t.impl()->data);
  }
  return data;
}

}  // namespace

/// At least one cache line, so that what is empty lies somewhere too.
Arena::Arena(int64_t bytes)
    : bytes_(std::max(bytes, alignment)),
      data_(static_cast<std::byte*>(allocate_bytes(std::size_t(bytes_)))) {}
Arena::~Arena() { free_bytes(data_, std::size_t(bytes_)); }

struct Executable::Memory {
  const Plan plan;  // stays where it is: frames point into it
  std::shared_ptr<const Arena> arena;
  const Arena packed;
  Frame frame;
  Memory(Plan p, std::shared_ptr<const Arena> a)
      : plan(std::move(p)),
        arena(a ? std::move(a) : std::make_shared<const Arena>(plan.arena_bytes)),
        packed(plan.packed_bytes),
        frame(plan, arena->data(), packed.data()) {}
};

Executable::Executable(Plan plan, std::shared_ptr<const Arena> arena)
    : memory_(std::make_unique<Memory>(std::move(plan), std::move(arena))) {}
Executable::~Executable() = default;
Executable::Executable(Executable&&) noexcept = default;
Executable& Executable::operator=(Executable&&) noexcept = default;

void Executable::move_to(std::shared_ptr<const Arena> arena) {
  memory_->frame = Frame(memory_->plan, arena->data(), memory_->packed.data());
  memory_->arena = std::move(arena);
}

void Executable::repack() { memory_->frame.repack(); }

const Plan& Executable::plan() const { return memory_->plan; }
int64_t Executable::arena_bytes() const { return memory_->plan.arena_bytes; }

void Executable::run(std::span<const std::byte* const> inputs, std::span<std::byte* const> state,
                     std::span<std::byte* const> outputs) {
  const Plan& p = plan();
  check_count(p, "inputs", p.inputs.size(), inputs.size());
  check_count(p, "states", p.state.size(), state.size());
  check_count(p, "outputs", p.outputs.size(), outputs.size());
  memory_->frame.run(inputs, state, outputs);
}

void Executable::run(std::span<const Tensor> inputs, std::span<const Tensor> state,
                     std::span<const Tensor> outputs) {
  const Plan& p = plan();
  const std::vector<std::byte*> in = addresses(p, "inputs", p.inputs, inputs),
                                kept = addresses(p, "states", p.state, state),
                                out = addresses(p, "outputs", p.outputs, outputs);
  const std::vector<const std::byte*> read(in.begin(), in.end());
  memory_->frame.run(read, kept, out);
}

std::vector<Tensor> Executable::new_outputs() const {
  std::vector<Tensor> outputs;
  for (const Outside& o : plan().outputs) {
    const Ref& ref = plan().ref(o);
    outputs.push_back(empty(ref.type.shape, ref.type.dtype));
    outputs.back().impl()->strides = ref.strides;
    outputs.back().impl()->contiguous = ref.contiguous;
  }
  return outputs;
}

}  // namespace tandem::runtime
