// A small program file with something of everything.
#pragma once
#include "tandem/graph/text.h"
#include "tandem/runtime/program_file.h"

namespace tandem {

inline constexpr std::string_view sample_text =
    R"(program predict(%x: f32[b, 4]) -> (%scores: f32[b, 3]) {
  state @fc.weight: f32[3, 4], @fc.bias: f32[3]
  constant #scale: f32[1, 4] = [1.0, 2.0, 3.0, 4.0], #table: f32[6, 3]
  %1 = mul(%x, #scale) : f32[b, 4]
  %2 = linear(%1, @fc.weight, @fc.bias) : f32[b, 3]
  return %2
}

program count(%amount: i64[]) -> (%total: i64[]) {
  state @steps: i64[]
  %1 = add(@steps, %amount) : i64[]
  update @steps = %1
  return %1
}
)";

/// Weights are `weight` all, so that two files can be told apart.
inline ProgramFile sample_program(float weight = 0.5F) {
  ProgramFile file;
  file.programs = graph::parse(sample_text);
  std::vector<float> table(18);
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = float(i);
  for (graph::Parameter& p : file.programs.programs[0].parameters)
    if (p.name == "table") p.constant = from_data(table, {6, 3});
  file.state.add("fc.weight", from_data(std::vector<float>(12, weight), {3, 4}));
  file.state.add("fc.bias", from_data({1.0F, 2.0F, 3.0F}, {3}));
  file.state.add("steps", from_data({int64_t(7)}, {}));
  file.state.add("unused", from_data({Half(1.5F)}, {1}));
  file.add_asset("labels.txt", "zero\none\ntwo\n");
  file.metadata = {{"author", "somebody \"quoted\""}};
  return file;
}

}  // namespace tandem
