// What a function reads from outside, found by running it without recording it.
#pragma once
#include <span>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tandem/autograd/tape.h"

namespace tandem {

/// While one lives, ops of this thread are not recorded. Their results share one node that stands
/// for "made inside" (so that what depends on them is seen to), and the tensors with history that
/// are read without having been made inside are kept in a list.
class Frontier {
 public:
  /// `name` is what an error names when a gradient is asked of something made inside.
  explicit Frontier(std::string_view name);
  Frontier(const Frontier&) = delete;
  ~Frontier();

  /// The one in force on this thread; null: none.
  static Frontier* current() { return current_; }

  /// In place of recording `in` -> `out`; undefined tensors are passed over.
  void note(Operands in, std::span<Tensor> out);
  /// Was it made inside, with a gradient wanted?
  bool is_inside(const Tensor& t) const { return t && t.impl()->node == inside_; }
  /// What was read, each once, in the order of reading.
  std::vector<Tensor> take_reads() { return std::move(reads_); }

 private:
  static constinit thread_local Frontier* current_;
  Frontier* enclosing_;
  Node* inside_;
  std::unordered_set<const Node*> seen_;
  std::vector<Tensor> reads_;
};

}  // namespace tandem
