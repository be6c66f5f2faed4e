#include "tandem/cpu/tile_program.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/pack.h"
#include "tandem/cpu/scratch.h"

namespace tandem::cpu {
namespace {

constexpr int64_t tile_bytes = 16384;  // of all tensors and two slots: half of an L1 cache
constexpr int64_t min_tile = 128, max_tile = 512;  // elements: a row call costs some 10 ns
constexpr int64_t parallel_grain = 32768;          // elements times ops; less is not worth a fork

/// n elements at a step: in place of a loop where they are one, or side by side.
void pack_row(std::byte* to, const std::byte* from, int64_t step, int size, int64_t n) {
  if (step == 1)
    std::memcpy(to, from, std::size_t(n * size));
  else
    pack(to, from, step, size, n);
}

}  // namespace

TileProgram::TileProgram(TileChain chain, std::span<const TensorRef> in,
                         std::span<const TensorRef> out)
    : chain_(std::move(chain)) {
  make_loops(in, out);
  make_instructions(in.size());
}

/// Dims of size 1 dropped, the first result's longest stride first, neighbours merged where every
/// tensor allows it.
void TileProgram::make_loops(std::span<const TensorRef> in, std::span<const TensorRef> out) {
  const Dims& shape = chain_.shape;
  std::vector<Dims> strides;
  for (const auto& tensors : {in, out})
    for (const TensorRef& t : tensors) {
      Dims aligned = Dims::filled(shape.size(), 0);
      const int added = shape.size() - t.shape().size();
      for (int d = 0; d < t.shape().size(); ++d)
        if (t.shape()[d] != 1) aligned[d + added] = (*t.strides)[d];
      strides.push_back(aligned);
      streams_.push_back({.size = size_of(t.dtype()), .step = {}, .dense = true});
    }
  std::vector<int> order;
  for (int d = 0; d < shape.size(); ++d)
    if (shape[d] != 1) order.push_back(d);
  const Dims& first = strides[in.size()];
  std::ranges::sort(
      order, [&](int a, int b) { return first[a] != first[b] ? first[a] > first[b] : a < b; });
  for (int d : order) {
    bool merges = rank_ > 0;
    for (std::size_t k = 0; k < streams_.size() && merges; ++k)
      merges = streams_[k].step[rank_ - 1] == strides[k][d] * shape[d];
    if (!merges) loop_[rank_++] = 1;
    loop_[rank_ - 1] *= shape[d];
    for (std::size_t k = 0; k < streams_.size(); ++k) streams_[k].step[rank_ - 1] = strides[k][d];
  }
  if (rank_ == 0) {
    loop_[rank_++] = 1;
    for (Stream& s : streams_) s.step[0] = 1;
  }

  for (const TileChain::Op& op : chain_.ops) slot_size_ = std::max(slot_size_, size_of(op.dtype));
  for (const Stream& s : streams_) slot_size_ = std::max(slot_size_, s.size);
  const int64_t buffers = int64_t(streams_.size()) + 2;
  tile_ = std::clamp(tile_bytes / (buffers * slot_size_) / 64 * 64, min_tile, max_tile);

  const int64_t last = loop_[rank_ - 1];
  const int64_t chunks = (last + tile_ - 1) / tile_;
  inner_ = chunks > 1 ? ((last + chunks - 1) / chunks + 15) / 16 * 16 : last;
  rows_ = rank_ > 1 && inner_ ? std::clamp<int64_t>(tile_ / inner_, 1, loop_[rank_ - 2]) : 1;
  for (Stream& s : streams_) {
    s.dense = s.step[rank_ - 1] == 1 && (rows_ == 1 || s.step[rank_ - 2] == inner_);
    if (!s.dense) s.slot = slots_++;
  }
}

/// Each value in the middle gets a slot, from the op that makes it to the last that reads it.
void TileProgram::make_instructions(std::size_t operands) {
  const std::size_t values = operands + chain_.ops.size();
  std::vector<int> place(values, -1), last_read(values, -1), free;
  for (std::size_t o = 0; o < operands; ++o) place[o] = int(o);
  for (std::size_t r = 0; r < chain_.results.size(); ++r)
    place[std::size_t(chain_.results[r])] = int(operands + r);
  for (std::size_t k = 0; k < chain_.ops.size(); ++k)
    for (int v : chain_.ops[k].operands) last_read[std::size_t(v)] = int(k);

  for (std::size_t k = 0; k < chain_.ops.size(); ++k) {
    const TileChain::Op& op = chain_.ops[k];
    const std::size_t value = operands + k;
    Instruction i{op.row, op.op.data(), int(op.operands.size()), {}, place[value]};
    const auto release = [&](bool of_this_size) {
      for (std::size_t n = 0; n < op.operands.size(); ++n) {
        const std::size_t v = std::size_t(op.operands[n]);
        const bool again = std::find(op.operands.begin(), op.operands.begin() + n,
                                     op.operands[n]) != op.operands.begin() + n;
        if (again || last_read[v] != int(k) || place[v] < int(streams_.size())) continue;
        const bool same = size_of(chain_.ops[v - operands].dtype) == size_of(op.dtype);
        if (same == of_this_size) free.push_back(place[v]);
      }
    };
    for (std::size_t n = 0; n < op.operands.size(); ++n)
      i.from[n] = place[std::size_t(op.operands[n])];
    release(true);  // a row may be written over one that is read, if elements are as wide
    if (i.to < 0) {
      if (free.empty()) free.push_back(int(streams_.size()) + slots_++);
      i.to = place[value] = free.back();
      free.pop_back();
      if (last_read[value] < 0) free.push_back(i.to);
    }
    release(false);
    instructions_.push_back(i);
  }
}

bool TileProgram::may_overwrite(std::size_t result, std::size_t operand) const {
  const std::size_t operands = streams_.size() - chain_.results.size();
  if (!streams_[operands + result].dense) return true;  // written when the tile is done
  if (!streams_[operand].dense) return true;            // read before anything is written
  const std::size_t written = std::size_t(chain_.results[result]) - operands;
  for (std::size_t k = written + 1; k < chain_.ops.size(); ++k)
    if (std::ranges::count(chain_.ops[k].operands, int(operand))) return false;
  return true;
}

void TileProgram::run(const KernelCall& call) {
  const TileProgram& p = *static_cast<const TileProgram*>(call.op);
  if (p.chain_.shape.product() == 0) return;
  int64_t tiles = (p.loop_[p.rank_ - 1] + p.inner_ - 1) / p.inner_;
  for (int d = 0; d + 1 < p.rank_; ++d)
    tiles *= d + 2 == p.rank_ ? (p.loop_[d] + p.rows_ - 1) / p.rows_ : p.loop_[d];
  const int64_t work = p.inner_ * p.rows_ * int64_t(p.instructions_.size());
  parallel_for(tiles, std::max<int64_t>(1, parallel_grain / work),
               [&](int64_t begin, int64_t end) { p.run_tiles(call, begin, end); });
}

void TileProgram::run_tiles(const KernelCall& call, int64_t begin, int64_t end) const {
  Scratch scratch;
  const std::size_t streams = streams_.size();
  const int64_t slot_bytes = tile_ * slot_size_;
  std::byte* const slots = scratch.get<std::byte>(slots_ * slot_bytes);
  std::byte** const place = scratch.get<std::byte*>(int64_t(streams) + slots_);
  for (int s = 0; s < slots_; ++s) place[streams + std::size_t(s)] = slots + s * slot_bytes;
  // What a packed operand's slot holds: its first element, and how many rows.
  const std::byte** const packed = scratch.get<const std::byte*>(int64_t(streams));
  int64_t* const packed_rows = scratch.get<int64_t>(int64_t(streams));
  int64_t packed_n = 0;
  std::fill_n(packed, streams, nullptr);

  const int last = rank_ - 1;
  int64_t unit[Dims::max_rank], count[Dims::max_rank], at[Dims::max_rank];
  for (int d = 0; d < rank_; ++d) {
    unit[d] = d == last ? inner_ : d + 1 == last ? rows_ : 1;
    count[d] = (loop_[d] + unit[d] - 1) / unit[d];
  }
  int64_t rest = begin;
  for (int d = last; d >= 0; rest /= count[d--]) at[d] = rest % count[d];

  for (int64_t t = begin; t < end; ++t) {
    const int64_t n = std::min(inner_, loop_[last] - at[last] * inner_);
    const int64_t rows = last ? std::min(rows_, loop_[last - 1] - at[last - 1] * rows_) : 1;
    if (n != packed_n) std::fill_n(packed, streams, nullptr);
    packed_n = n;

    for (std::size_t k = 0; k < streams; ++k) {
      const Stream& s = streams_[k];
      const bool is_operand = k < call.in.size();
      std::byte* data = is_operand ? call.in[k].data : call.out[k - call.in.size()].data;
      for (int d = 0; d < rank_; ++d) data += at[d] * unit[d] * s.step[d] * s.size;
      if (s.dense) {
        place[k] = data;
        continue;
      }
      place[k] = slots + s.slot * slot_bytes;
      if (!is_operand || (packed[k] == data && packed_rows[k] >= rows)) continue;
      for (int64_t r = 0; r < rows; ++r)
        pack_row(place[k] + r * n * s.size, data + (last ? r * s.step[last - 1] * s.size : 0),
                 s.step[last], s.size, n);
      packed[k] = data;
      packed_rows[k] = rows;
    }
    for (const Instruction& i : instructions_) {
      const std::byte* from[max_operands];
      for (int o = 0; o < i.operands; ++o) from[o] = place[i.from[o]];
      i.row(i.op, place[i.to], from, n * rows);
    }
    for (std::size_t k = call.in.size(); k < streams; ++k) {
      const Stream& s = streams_[k];
      if (s.dense) continue;
      std::byte* data = call.out[k - call.in.size()].data;
      for (int d = 0; d < rank_; ++d) data += at[d] * unit[d] * s.step[d] * s.size;
      for (int64_t r = 0; r < rows; ++r)
        unpack(data + (last ? r * s.step[last - 1] * s.size : 0), place[k] + r * n * s.size,
               s.step[last], s.size, n);
    }
    for (int d = last; d >= 0 && ++at[d] == count[d]; --d) at[d] = 0;
  }
}

}  // namespace tandem::cpu
