// Which value stands for which: what a rewrite leaves behind for the instructions after it.
#pragma once
#include "tandem/graph/program.h"

namespace tandem::passes {

class Replacements {
 public:
  /// From now on `by` is meant where `old` stands. `by` may have been replaced itself.
  void replace(graph::Value old, graph::Value by) {
    if (std::size_t(old) >= by_.size()) by_.resize(std::size_t(old) + 1, graph::no_value);
    by_[std::size_t(old)] = (*this)(by);
  }
  graph::Value operator()(graph::Value v) const {
    const bool replaced = v != graph::no_value && std::size_t(v) < by_.size() &&
                          by_[std::size_t(v)] != graph::no_value;
    return replaced ? by_[std::size_t(v)] : v;
  }
  void in_operands(graph::Instruction& instruction) const {
    for (graph::Value& v : instruction.operands) v = (*this)(v);
  }
  void in_results(Program& program) const {
    for (auto* results : {&program.outputs, &program.updates})
      for (graph::Output& o : *results) o.value = (*this)(o.value);
  }

 private:
  std::vector<graph::Value> by_;
};

}  // namespace tandem::passes
