#include "tests/runtime/programs.h"

#include <gtest/gtest.h>

#include <cstring>

#include "tandem/runtime/executable.h"
#include "tandem/tensor/layout.h"

namespace tandem {
namespace {

using graph::Instruction;
using graph::Parameter;
using graph::ParameterKind;

std::vector<Tensor> run_body(const Program& body, std::span<const Tensor> inputs) {
  return run_eagerly(body, inputs).outputs;
}

std::vector<Tensor> run_control(const Instruction& i, std::vector<Tensor> in) {
  const OpInfo* info = i.op.info;
  if (info == &info_of<graph::If>) {
    const bool condition = in[0].item<bool>();
    return run_body(i.bodies[condition ? 0 : 1], std::span(in).subspan(1));
  }
  if (info == &info_of<graph::While>) {
    const auto carries = std::size_t(static_cast<const graph::While*>(i.op.data())->carries);
    while (run_body(i.bodies[0], in)[0].item<bool>()) {
      std::vector<Tensor> next = run_body(i.bodies[1], in);
      for (std::size_t c = 0; c < carries; ++c) in[c] = next[c];
    }
    return {in.begin(), in.begin() + std::ptrdiff_t(carries)};
  }
  if (info == &info_of<graph::Scan>) {
    const auto& op = *static_cast<const graph::Scan*>(i.op.data());
    const auto carries = std::size_t(op.carries), sequences = std::size_t(op.sequences);
    const int64_t n = in[carries].size(0);
    std::vector<std::vector<Tensor>> collected(i.results.size() - carries,
                                               std::vector<Tensor>(std::size_t(n)));
    for (int64_t turn = 0; turn < n; ++turn) {
      const int64_t at = op.reverse ? n - 1 - turn : turn;
      std::vector<Tensor> now = in;
      for (std::size_t s = carries; s < carries + sequences; ++s) now[s] = select(in[s], 0, at);
      const std::vector<Tensor> out = run_body(i.bodies[0], now);
      for (std::size_t c = 0; c < carries; ++c) in[c] = out[c];
      for (std::size_t y = 0; y < collected.size(); ++y)
        collected[y][std::size_t(at)] = out[carries + y];
    }
    std::vector<Tensor> results(in.begin(), in.begin() + std::ptrdiff_t(carries));
    for (const std::vector<Tensor>& y : collected) results.push_back(stack(y));
    return results;
  }
  return run_body(i.bodies[0], in);
}

}  // namespace

EagerResult run_eagerly(const Program& program, std::span<const Tensor> inputs,
                        std::span<const Tensor> state) {
  NoGrad off;
  std::vector<Tensor> values(program.types.size());
  std::size_t next_input = 0, next_state = 0;
  for (const Parameter& p : program.parameters)
    values[std::size_t(p.value)] = p.kind == ParameterKind::input   ? inputs[next_input++]
                                   : p.kind == ParameterKind::state ? state[next_state++]
                                                                    : p.constant;
  static const Tensor none;
  for (const Instruction& i : program.instructions) {
    std::vector<Tensor> out(i.results.size());
    if (graph::body_count(i.info())) {
      std::vector<Tensor> in;
      for (graph::Value v : i.operands) in.push_back(values[std::size_t(v)]);
      out = run_control(i, in);
    } else {
      std::vector<const Tensor*> in;
      for (graph::Value v : i.operands) in.push_back(v < 0 ? &none : &values[std::size_t(v)]);
      apply(i.info(), i.op.data(), in, out.data(), i.where);
    }
    for (std::size_t r = 0; r < out.size(); ++r) values[std::size_t(i.results[r])] = out[r];
  }
  EagerResult result;
  for (const graph::Output& o : program.outputs)
    result.outputs.push_back(values[std::size_t(o.value)]);
  for (const Parameter* p : program.of_kind(ParameterKind::state)) {
    Tensor now = values[std::size_t(p->value)];
    for (const graph::Output& u : program.updates)
      if (u.name == p->name) now = values[std::size_t(u.value)];
    result.state.push_back(now);
  }
  return result;
}

std::string bit_difference(const Tensor& found, const Tensor& expected) {
  if (found.type() != expected.type())
    return text("is ", found.type(), ", expected ", expected.type());
  const Tensor a = copy_of(found), b = copy_of(expected);
  const auto *x = static_cast<const std::byte*>(a.data_ptr()),
             *y = static_cast<const std::byte*>(b.data_ptr());
  const int64_t size = size_of(a.dtype());
  for (int64_t i = 0; i < a.numel(); ++i)
    if (std::memcmp(x + i * size, y + i * size, std::size_t(size)) != 0)
      return text("element ", i, " of ", a.type(), " is ", a.to_vector<double>()[std::size_t(i)],
                  ", expected ", b.to_vector<double>()[std::size_t(i)]);
  return "";
}

Tensor copy_of_strided(const Tensor& t) {
  if (!is_dense(t.shape(), t.strides())) return copy_of(t);
  const Tensor c = empty(t.shape(), t.dtype());
  std::memcpy(c.impl()->data, t.impl()->data, std::size_t(t.nbytes()));
  c.impl()->strides = t.strides();
  c.impl()->contiguous = t.is_contiguous();
  return c;
}

void expect_same_as_eager(const Program& program, std::span<const Tensor> inputs,
                          std::span<const Tensor> state, int times) {
  runtime::Executable executable(runtime::plan(program));
  std::vector<Tensor> now, eager(state.begin(), state.end());
  for (const Tensor& s : state) now.push_back(copy_of(s));
  for (int t = 0; t < times; ++t) {
    const EagerResult expected = run_eagerly(program, inputs, eager);
    const std::vector<Tensor> outputs = executable.new_outputs();
    executable.run(inputs, now, outputs);
    for (std::size_t o = 0; o < outputs.size(); ++o)
      ASSERT_EQ(bit_difference(outputs[o], expected.outputs[o]), "")
          << "output " << program.outputs[o].name << " of run " << t << "\n"
          << to_text(executable.plan());
    for (std::size_t s = 0; s < now.size(); ++s)
      ASSERT_EQ(bit_difference(now[s], expected.state[s]), "")
          << "state " << s << " after run " << t << "\n"
          << to_text(executable.plan());
    eager = expected.state;
  }
}

}  // namespace tandem
