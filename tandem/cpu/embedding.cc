#include "tandem/ops/embedding.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/along.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/scratch.h"

namespace tandem {
namespace {

constexpr int64_t embedding_grain = 32768;  // elements moved

/// The checked indices of `input`, in row-major order.
void read_indices(std::string_view op, const TensorRef& input, int64_t rows, int64_t* to) {
  const Dims& shape = input.shape();
  const Dims &strides = *input.strides, order = contiguous_strides(shape);
  with_dtype(input.dtype(), [&](auto zero) {
    const auto* from = input.as<decltype(zero)>();
    for (int64_t i = 0, n = shape.product(); i < n; ++i) {
      int64_t at = 0;
      if (input.contiguous)
        at = i;
      else
        for (int d = 0; d < shape.size(); ++d) at += i / order[d] % shape[d] * strides[d];
      to[i] = int64_t(from[at]);
      if (to[i] >= 0 && to[i] < rows) continue;
      Dims index = shape;
      for (int d = 0; d < shape.size(); ++d) index[d] = i / order[d] % shape[d];
      fail(ErrorCode::index, op, "index ", to[i], " at ", index, " is outside 0..", rows - 1,
           " (num_embeddings=", rows, ")");
    }
  });
}

void embedding(const KernelCall& call) {
  const TensorRef &input = call.in[0], &weight = call.in[1], &out = call.out[0];
  const int64_t n = input.numel(), width = weight.shape()[1];
  cpu::Scratch scratch;
  int64_t* index = scratch.get<int64_t>(n);
  read_indices("embedding", input, weight.shape()[0], index);
  const int64_t row = (*weight.strides)[0], step = (*weight.strides)[1];
  auto copy_rows = [&](auto unit) {
    using T = decltype(unit);
    parallel_for(n, std::max<int64_t>(1, embedding_grain / std::max<int64_t>(1, width)),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t i = begin; i < end; ++i) {
                     const T* from = weight.as<T>() + index[i] * row;
                     T* to = out.as<T>() + i * width;
                     if (step == 1)
                       std::memcpy(to, from, std::size_t(width) * sizeof(T));
                     else
                       for (int64_t j = 0; j < width; ++j) to[j] = from[j * step];
                   }
                 });
  };
  switch (size_of(out.dtype())) {
    case 1:
      return copy_rows(uint8_t{});
    case 2:
      return copy_rows(uint16_t{});
    case 4:
      return copy_rows(uint32_t{});
    default:
      return copy_rows(uint64_t{});
  }
}

/// A task owns a range of the table's rows and takes every index that falls into it, in order: no
/// two tasks write to a row, and each row has one order of summation.
void embedding_backward(const KernelCall& call) {
  const auto& op = call.as<EmbeddingBackward>();
  const TensorRef &grad = call.in[0], &input = call.in[1], &out = call.out[0];
  const int64_t n = input.numel(), rows = op.num_embeddings, width = out.shape()[1];
  const int64_t padding = !op.padding_idx       ? -1
                          : *op.padding_idx < 0 ? *op.padding_idx + rows
                                                : *op.padding_idx;
  cpu::Scratch scratch;
  int64_t* index = scratch.get<int64_t>(n);
  read_indices("embedding_backward", input, rows, index);
  const cpu::Along along(grad.shape(), grad.shape().size() - 1);
  with_floating("embedding_backward", out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    using A = cpu::Accumulator<T>;
    const cpu::DenseRows<T> dy(grad, along);
    A* sum;
    if constexpr (std::is_same_v<T, A>)
      sum = out.as<T>();
    else
      sum = scratch.get<A>(rows * width);
    const int64_t tasks = std::clamp<int64_t>(n * width / embedding_grain, 1, 16);
    const int64_t share = (rows + tasks - 1) / tasks;
    parallel_tasks(tasks, [&](int64_t task) {
      cpu::Scratch own;
      A* buffer = own.get<A>(width);
      const int64_t first = task * share, last = std::min(rows, first + share);
      if (first >= last) return;
      std::fill(sum + first * width, sum + last * width, A(0));
      for (int64_t i = 0; i < n; ++i) {
        if (index[i] < first || index[i] >= last || index[i] == padding) continue;
        const A* from = dy.read(i, buffer);
        A* to = sum + index[i] * width;
        for (int64_t j = 0; j < width; ++j) to[j] += from[j];
      }
      if constexpr (!std::is_same_v<T, A>)
        for (int64_t j = first * width; j < last * width; ++j) out.as<T>()[j] = T(sum[j]);
    });
  });
}

}  // namespace

void cpu::install_embedding() {
  install<Embedding>({embedding});
  install<EmbeddingBackward>({embedding_backward});
}

}  // namespace tandem
