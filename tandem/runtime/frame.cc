#include "tandem/runtime/frame.h"

#include <cstring>

#include "tandem/base/attempt.h"
#include "tandem/cpu/tile_reduction.h"
#include "tandem/graph/control_flow.h"
#include "tandem/runtime/cpu_kernel.h"
#include "tandem/runtime/lower.h"

namespace tandem::runtime {

/// A control flow step. Its bodies' operands and results change place from turn to turn.
struct Frame::Control {
  const Step* step;
  ControlMemory memory;
  Loop loop;
  std::vector<Frame> bodies;
  std::vector<const std::byte*> in;
  std::vector<std::byte*> out;
  std::vector<int64_t> element_bytes;  // of scan: of a sequence's and a collected value's element

  Control(const Plan& plan, const Step& step, std::byte* workspace)
      : step(&step), memory(divide(plan, step)), loop(loop_of(step)) {
    for (const Plan& body : step.bodies) bodies.emplace_back(body, workspace + memory.arena);
    in.resize(step.operands.size());
    out.resize(step.results.size());
  }

  static void run(const KernelCall& call) {
    Control& c = *static_cast<Control*>(const_cast<void*>(call.op));
    const OpInfo* info = c.step->op.info;
    if (info == &info_of<graph::If>)
      c.run_if(call);
    else if (info == &info_of<graph::While>)
      c.run_while(call);
    else
      c.run_scan(call);
  }

  void run_if(const KernelCall& call) {
    const bool condition = *call.in[0].as<bool>();
    for (std::size_t o = 1; o < call.in.size(); ++o) in[o - 1] = call.in[o].data;
    for (std::size_t r = 0; r < call.out.size(); ++r) out[r] = call.out[r].data;
    bodies[condition ? 0 : 1].run({in.data(), call.in.size() - 1}, {}, out);
  }

  /// Carried values live in the results and in their spares by turns, or in the results alone where
  /// the body writes the new one over the old.
  struct Carried {
    const KernelCall& call;
    const ControlMemory& memory;
    bool in_spares = false;

    std::byte* place(std::size_t c, bool spare) const {
      return spare && memory.spares[c] >= 0 ? call.workspace + memory.spares[c] : call.out[c].data;
    }
    void begin() {
      for (std::size_t c = 0; c < memory.spares.size(); ++c)
        if (call.in[c].data != call.out[c].data) copy(call.in[c], call.out[c]);
    }
    void end() {
      if (!in_spares) return;
      for (std::size_t c = 0; c < memory.spares.size(); ++c)
        if (memory.spares[c] >= 0)
          std::memcpy(place(c, false), place(c, true), std::size_t(bytes_of(*call.out[c].type)));
    }
  };

  void read_carried(const Carried& carried) {
    for (std::size_t c = 0; c < loop.carries; ++c) in[c] = carried.place(c, carried.in_spares);
  }
  void write_carried(const Carried& carried) {
    for (std::size_t c = 0; c < loop.carries; ++c) out[c] = carried.place(c, !carried.in_spares);
  }

  void run_while(const KernelCall& call) {
    Carried carried{call, memory};
    carried.begin();
    for (std::size_t o = loop.carries; o < call.in.size(); ++o) in[o] = call.in[o].data;
    std::byte* const condition = call.workspace + memory.condition;
    for (;;) {
      read_carried(carried);
      bodies[0].run(in, {}, {&condition, 1});
      if (!*reinterpret_cast<const bool*>(condition)) break;
      write_carried(carried);
      bodies[1].run(in, {}, out);
      carried.in_spares = !carried.in_spares;
    }
    carried.end();
  }

  void run_scan(const KernelCall& call) {
    Carried carried{call, memory};
    carried.begin();
    const std::size_t first_rest = loop.carries + loop.sequences;
    for (std::size_t o = first_rest; o < call.in.size(); ++o) in[o] = call.in[o].data;
    const int64_t count = loop.sequences ? call.in[loop.carries].shape()[0] : 0;
    for (int64_t turn = 0; turn < count; ++turn) {
      const int64_t i = loop.reverse ? count - 1 - turn : turn;
      read_carried(carried);
      write_carried(carried);
      for (std::size_t s = loop.carries; s < first_rest; ++s)
        in[s] = call.in[s].data + i * (*call.in[s].strides)[0] * size_of(call.in[s].dtype());
      for (std::size_t r = loop.carries; r < call.out.size(); ++r)
        out[r] = call.out[r].data + i * (*call.out[r].strides)[0] * size_of(call.out[r].dtype());
      bodies[0].run(in, {}, out);
      carried.in_spares = !carried.in_spares;
    }
    carried.end();
  }
};

Frame::Frame(const Plan& plan, std::byte* arena, std::byte* packed) : plan_(&plan) {
  std::size_t refs = 0;
  for (const Step& s : plan.steps) refs += s.operands.size() + s.results.size();
  refs_.resize(refs);
  calls_.reserve(plan.steps.size());
  TensorRef* next = refs_.data();
  for (const Step& step : plan.steps) {
    const TensorRef* out = next;
    for (int32_t r : step.results) bind(*next++, r, arena);
    const TensorRef* in = next;
    for (int32_t r : step.operands) bind(*next++, r, arena);
    std::byte* workspace = nullptr;
    if (step.workspace >= 0) workspace = arena + plan.buffers[std::size_t(step.workspace)].offset;
    const void* op = step.op.data();
    Kernel run = cpu_kernel(*step.op.info).run;
    if (is_control(*step.op.info)) {
      controls_.push_back(std::make_unique<Control>(plan, step, workspace));
      op = controls_.back().get();
      run = Control::run;
    } else if (step.product_operands >= 0 || step.packed >= 0) {
      std::span<std::byte> weights;
      if (step.packed >= 0) {
        const Buffer& b = plan.buffers[std::size_t(step.packed)];
        weights = {packed + b.offset, std::size_t(b.bytes)};
      }
      products_.push_back(std::make_unique<ProductCall>(plan, step, weights));
      op = products_.back().get();
      run = ProductCall::run;
    } else if constexpr (is_selected<graph::Fused>) {
      if (step.reduction) {
        op = step.reduction.get();
        run = cpu::TileReduction::run;
      } else if (step.tiles) {
        op = step.tiles.get();
        run = cpu::TileProgram::run;
      }
    }
    calls_.push_back(
        {run, {op, {out, step.results.size()}, {in, step.operands.size()}, workspace}});
  }
}
Frame::~Frame() = default;
Frame::Frame(Frame&&) noexcept = default;
Frame& Frame::operator=(Frame&&) noexcept = default;

void Frame::bind(TensorRef& to, int32_t ref, std::byte* arena) {
  if (ref < 0) return;
  const Ref& r = plan_->refs[std::size_t(ref)];
  to = {nullptr, &r.type, &r.strides, r.contiguous};
  const Buffer& b = plan_->buffer_of(r);
  switch (b.home) {
    case Home::arena:
      to.data = arena + b.offset + r.offset;
      break;
    case Home::constant:
      to.data = plan_->constant_tensors[std::size_t(b.index)].impl()->data + r.offset;
      break;
    case Home::packed:  // no operand
      break;
    case Home::input:
      inputs_.push_back({&to, b.index, r.offset});
      break;
    case Home::state:
      state_.push_back({&to, b.index, r.offset});
      break;
    case Home::output:
      outputs_.push_back({&to, b.index, r.offset});
      break;
  }
}

void Frame::run(std::span<const std::byte* const> inputs, std::span<std::byte* const> state,
                std::span<std::byte* const> outputs) {
  for (const Patch& p : inputs_)
    p.ref->data = const_cast<std::byte*>(inputs[std::size_t(p.index)]) + p.offset;
  for (const Patch& p : state_) p.ref->data = state[std::size_t(p.index)] + p.offset;
  for (const Patch& p : outputs_) p.ref->data = outputs[std::size_t(p.index)] + p.offset;
  if (!is_packed_) pack();
  const Call* call = calls_.data();
  if (const auto error = attempt([&] {
        for (const Call* end = calls_.data() + calls_.size(); call != end; ++call)
          call->run(call->call);
      }))
    fail_at(std::size_t(call - calls_.data()), *error);
}

void Frame::pack() {
  for (const Call& c : calls_)
    if (c.run == ProductCall::run) static_cast<const ProductCall*>(c.call.op)->pack(c.call);
  is_packed_ = true;
}

void Frame::fail_at(std::size_t step, const Error& error) const {
  const Step& s = plan_->steps[step];
  // what() is "op: message".
  std::string_view message = error.what();
  message.remove_prefix(std::min(message.size(), error.op().size() + 2));
  std::string line = s.where.line() ? text(" at ", s.where) : "";
  fail(error.code(), error.op(), message, " (in ", s.op.info->name(), line, " of ", plan_->program,
       ")");
}

}  // namespace tandem::runtime
