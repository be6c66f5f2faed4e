#include "tandem/cpu/streams.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/tensor/layout.h"

namespace tandem::cpu {
namespace {

constexpr int64_t stream_tile = 256;      // elements; the packed tiles stay in the L1 cache
constexpr int64_t streams_grain = 16384;  // elements of each stream: several are moved at once

void copy_element(std::byte* to, const std::byte* from, int size) {
  if (size == 4)
    std::memcpy(to, from, 4);
  else
    std::memcpy(to, from, 8);
}

/// Strides differ, or a tensor is not dense: tiles are packed, computed and unpacked, in row-major
/// order of the shape.
void for_tiles(const KernelCall& call, int operands, const void* numbers, StreamPart part) {
  const Dims& shape = call.in[0].shape();
  const int size = size_of(call.in[0].dtype()), results = int(call.out.size());
  const auto taking_part = [&](const TensorRef& t) { return t.shape() == shape; };
  parallel_for(shape.product(), streams_grain, [&](int64_t begin, int64_t end) {
    alignas(64) std::byte packed[2 * max_streams][stream_tile * 8];
    for (int64_t at = begin; at < end; at += stream_tile) {
      const int64_t n = std::min(stream_tile, end - at);
      const auto each_element = [&](const TensorRef& t, auto&& visit) {
        for (int64_t i = 0; i < n; ++i) {
          int64_t offset = 0, rest = at + i;
          for (int d = shape.size() - 1; d >= 0; rest /= shape[d--])
            offset += rest % shape[d] * (*t.strides)[d];
          visit(t.data + offset * size, i * size);
        }
      };
      std::byte* out[max_streams] = {};
      const std::byte* in[max_streams] = {};
      for (int k = 0; k < operands; ++k) {
        if (!taking_part(call.in[std::size_t(k)])) continue;
        in[k] = packed[k];
        each_element(call.in[std::size_t(k)], [&](const std::byte* element, int64_t to) {
          copy_element(packed[k] + to, element, size);
        });
      }
      for (int k = 0; k < results; ++k)
        if (taking_part(call.out[std::size_t(k)])) out[k] = packed[max_streams + k];
      part(numbers, out, in, n);
      for (int k = 0; k < results; ++k)
        if (out[k])
          each_element(call.out[std::size_t(k)], [&](std::byte* element, int64_t from) {
            copy_element(element, out[k] + from, size);
          });
    }
  });
}

}  // namespace

void for_streams(const KernelCall& call, int operands, const void* numbers, StreamPart part) {
  const TensorRef& first = call.out[0];
  const Dims& shape = call.in[0].shape();
  std::byte* out[max_streams] = {};
  const std::byte* in[max_streams] = {};
  bool alike = first.contiguous || is_dense(shape, *first.strides);
  const auto add = [&](const TensorRef& t, auto& to) {
    if (t.shape() != shape) return;
    to = t.data;
    alike &= (t.contiguous && first.contiguous) || *t.strides == *first.strides;
  };
  for (std::size_t k = 0; k < call.out.size(); ++k) add(call.out[k], out[k]);
  for (int k = 0; k < operands; ++k) add(call.in[std::size_t(k)], in[k]);
  if (!alike) return for_tiles(call, operands, numbers, part);

  const int64_t size = size_of(first.dtype());
  parallel_for(shape.product(), streams_grain, [&](int64_t begin, int64_t end) {
    std::byte* to[max_streams] = {};
    const std::byte* from[max_streams] = {};
    for (int k = 0; k < max_streams; ++k) {
      if (out[k]) to[k] = out[k] + begin * size;
      if (in[k]) from[k] = in[k] + begin * size;
    }
    part(numbers, to, from, end - begin);
  });
}

}  // namespace tandem::cpu
