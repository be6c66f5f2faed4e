// Gradients of weights are summed in shares of the batch, each into a block of its own, and the
// shares then in order: the same bits for any number of threads.
#pragma once
#include <algorithm>
#include <cstdint>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/conv_direct.h"

namespace tandem::cpu {

class PartialGradients {
 public:
  PartialGradients() = default;

  /// `work` pieces (blocks of pixels, tiles) are divided into shares of `least` pieces or more, and
  /// the output channels into blocks of columns where the shares alone are too few to keep threads
  /// busy.
  PartialGradients(const WeightGradient& grad, int64_t work, int64_t least);

  /// A sum over the pieces begin..end-1, for one group and the columns from `column`; its block
  /// [y taps][x taps][in][pitch] starts at `offset`.
  struct Task {
    int64_t group, column, begin, end, offset;
  };

  int64_t elements() const { return shares_ * groups_ * block_; }

  template <class Body>
  void run(const Body& body) const {
    if (work_ == 0) return;
    parallel_tasks(shares_ * groups_ * column_blocks_, [&](int64_t task, int thread) {
      const int64_t c = task % column_blocks_, g = task / column_blocks_ % groups_;
      const int64_t share = task / column_blocks_ / groups_;
      body(Task{g, c * columns, share * work_ / shares_, (share + 1) * work_ / shares_,
                (share * groups_ + g) * block_},
           thread);
    });
  }

  /// Elements that reduce() needs beside the sums.
  int64_t reduced_elements(const Image<float>& dw) const;

  /// dw = the sum of the shares. Overwrites the sums.
  void reduce(float* sums, float* reduced, const Image<float>& dw) const;

  int64_t pitch = 0;    // output channels of a group in whole panels
  int64_t columns = 0;  // of a task at most

 private:
  int64_t work_ = 0, shares_ = 0, groups_ = 0, column_blocks_ = 0, block_ = 0;
};

}  // namespace tandem::cpu
