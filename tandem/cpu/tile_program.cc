#include "tandem/cpu/tile_program.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/composed_row.h"
#include "tandem/cpu/copy_block.h"

namespace tandem::cpu {
namespace {

/// Of all tensors and two slots. What passes through once need not stay in the L1 cache, and is
/// fetched ahead the better, the longer a row is.
constexpr int64_t tile_bytes = 65536;
constexpr int64_t min_tile = 128, max_tile = 2048;  // elements: two slots are half of an L1 cache
constexpr int64_t tile_program_grain = 32768;       // elements times ops; less is not worth a fork

}  // namespace

TileProgram::TileProgram(TileChain chain, std::span<const TensorRef> in,
                         std::span<const TensorRef> out, const Dims& order, int64_t columns)
    : chain_(std::move(chain)) {
  make_loops(in, out, order, columns);
  make_instructions(in.size());
}

/// Dims of size 1 dropped, the longest stride of `order` first, neighbours merged where every
/// tensor allows it, but for the border between rows and columns.
void TileProgram::make_loops(std::span<const TensorRef> in, std::span<const TensorRef> out,
                             const Dims& order, int64_t columns) {
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
  std::vector<int> dims;
  for (int d = 0; d < shape.size(); ++d)
    if (shape[d] != 1) dims.push_back(d);
  std::ranges::sort(
      dims, [&](int a, int b) { return order[a] != order[b] ? order[a] > order[b] : a < b; });
  int64_t inside = shape.product();  // of this dim and those within it
  for (int d : dims) {
    bool merges = rank_ > 0 && inside != columns;
    inside /= std::max<int64_t>(1, shape[d]);
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
  const bool across = rank_ > 1 && std::ranges::any_of(streams_, [&](const Stream& s) {
                        return lies_across(s.step[rank_ - 2], s.step[rank_ - 1], loop_[rank_ - 2]);
                      });
  if (across) tile_ = rows_across * columns_across;
  const int64_t columns_of_tile = across ? columns_across : tile_;
  const int64_t chunks = (last + columns_of_tile - 1) / columns_of_tile;
  inner_ = chunks > 1 ? ((last + chunks - 1) / chunks + 15) / 16 * 16 : last;
  rows_ = rank_ > 1 && inner_ ? std::clamp<int64_t>(tile_ / inner_, 1, loop_[rank_ - 2]) : 1;
  for (Stream& s : streams_) {
    s.dense = s.step[rank_ - 1] == 1 && (rows_ == 1 || s.step[rank_ - 2] == inner_);
    if (!s.dense) s.slot = slots_++;
  }
}

/// In the order of the ops, at the time of the last of those that run together.
std::vector<TileProgram::Turn> TileProgram::make_turns(std::size_t operands) const {
  const std::vector<TileChain::Op>& ops = chain_.ops;
  std::vector<Turn> turn_of;  // by its last op
  for (std::size_t k = 0; k < ops.size(); ++k)
    turn_of.push_back({.op = int(k), .operands = ops[k].operands, .row = ops[k].row});
  std::vector<char> taken(ops.size());  // it runs with another
  std::vector<char> waits(ops.size());  // which comes later
  const auto reads = [&](std::size_t reader, std::size_t made) {
    return std::ranges::count(ops[reader].operands, int(operands + made));
  };

  // An activation and its gradient, if nobody reads the first of them before the second.
  for (std::size_t a = 0; a < ops.size(); ++a)
    for (std::size_t g = 0; g < ops.size(); ++g) {
      const RowPair pair = row_pair_of(*ops[a].op.info, *ops[g].op.info, ops[a].dtype);
      if (!pair || ops[a].dtype != ops[g].dtype || ops[g].operands[1] != ops[a].operands[0] ||
          taken[a] || taken[g])
        continue;
      const auto [first, second] = std::minmax(a, g);
      bool is_free = true;
      for (std::size_t k = first + 1; k <= second && is_free; ++k) is_free = reads(k, first) == 0;
      if (!is_free) continue;
      taken[a] = taken[g] = waits[first] = 1;
      turn_of[second] = {
          .op = int(a), .gradient = int(g), .operands = ops[g].operands, .pair = pair};
    }

  // Two ops of which the second alone reads the first, once.
  std::vector<char> is_asked(ops.size());
  for (const auto* values : {&chain_.results, &chain_.watched})
    for (int v : *values) is_asked[std::size_t(v) - operands] = 1;
  for (std::size_t second = 0; second < ops.size(); ++second)
    for (std::size_t position = 0; position < ops[second].operands.size(); ++position) {
      const int v = ops[second].operands[position];
      if (v < int(operands) || taken[second]) continue;
      const std::size_t first = std::size_t(v) - operands;
      std::ptrdiff_t readers = 0;
      for (std::size_t k = first + 1; k < ops.size(); ++k) readers += reads(k, first);
      if (readers != 1 || is_asked[first] || taken[first] || ops[first].dtype != DType::f32 ||
          ops[second].dtype != DType::f32)
        continue;
      const Row row = composed_row(*ops[first].op.info, *ops[second].op.info, position);
      if (!row) continue;
      taken[first] = taken[second] = waits[first] = 1;
      Turn turn{
          .op = int(second), .composed = int(first), .operands = ops[first].operands, .row = row};
      for (std::size_t other = 0; other < ops[second].operands.size(); ++other)
        if (other != position) turn.operands.push_back(ops[second].operands[other]);
      turn_of[second] = std::move(turn);
    }

  std::vector<Turn> turns;
  for (std::size_t k = 0; k < ops.size(); ++k)
    if (!waits[k]) turns.push_back(std::move(turn_of[k]));
  return turns;
}

/// Each value in the middle gets a slot, from the turn that makes it to the last that reads it.
void TileProgram::make_instructions(std::size_t operands) {
  const std::vector<Turn> turns = make_turns(operands);
  const std::size_t values = operands + chain_.ops.size();
  std::vector<int> place(values, -1), last_read(values, -1), free;
  for (std::size_t o = 0; o < operands; ++o) place[o] = int(o);
  for (std::size_t r = 0; r < chain_.results.size(); ++r)
    place[std::size_t(chain_.results[r])] = int(operands + r);
  turn_of_.resize(chain_.ops.size());
  for (std::size_t t = 0; t < turns.size(); ++t) {
    for (int k : {turns[t].op, turns[t].gradient, turns[t].composed})
      if (k >= 0) turn_of_[std::size_t(k)] = int(t);
    for (int v : turns[t].operands) last_read[std::size_t(v)] = int(t);
  }
  for (int v : chain_.watched) last_read[std::size_t(v)] = int(turns.size());

  for (std::size_t t = 0; t < turns.size(); ++t) {
    const Turn& turn = turns[t];
    const TileChain::Op& op = chain_.ops[std::size_t(turn.op)];
    Instruction i{turn.row, op.op.data(), int(turn.operands.size()), {}, -1, turn.pair};
    const auto release = [&](bool of_this_size) {
      for (std::size_t n = 0; n < turn.operands.size(); ++n) {
        const std::size_t v = std::size_t(turn.operands[n]);
        const bool again = std::find(turn.operands.begin(), turn.operands.begin() + n,
                                     turn.operands[n]) != turn.operands.begin() + n;
        if (again || last_read[v] != int(t) || place[v] < int(streams_.size())) continue;
        const bool same = size_of(chain_.ops[v - operands].dtype) == size_of(op.dtype);
        if (same == of_this_size) free.push_back(place[v]);
      }
    };
    const auto place_result = [&](int k) {
      int& p = place[operands + std::size_t(k)];
      if (p >= 0) return p;
      if (free.empty()) free.push_back(int(streams_.size()) + slots_++);
      p = free.back();
      free.pop_back();
      return p;
    };
    /// One that nobody reads has a place for this turn alone.
    const auto forget_result = [&](int k) {
      const std::size_t value = operands + std::size_t(k);
      if (last_read[value] < 0 && place[value] >= int(streams_.size()))
        free.push_back(place[value]);
    };
    for (std::size_t n = 0; n < turn.operands.size(); ++n)
      i.from[n] = place[std::size_t(turn.operands[n])];
    release(true);  // a row may be written over one that is read, if elements are as wide
    i.to = place_result(turn.op);
    if (turn.pair) i.gradient = place_result(turn.gradient);
    forget_result(turn.op);
    if (turn.pair) forget_result(turn.gradient);
    release(false);
    instructions_.push_back(i);
  }
  for (int v : chain_.watched) watched_.push_back(place[std::size_t(v)]);
}

bool TileProgram::may_overwrite(std::size_t result, std::size_t operand) const {
  if (result >= chain_.results.size()) return false;  // a reduced one
  const std::size_t operands = streams_.size() - chain_.results.size();
  if (!streams_[operands + result].dense) return true;  // written when the tile is done
  if (!streams_[operand].dense) return true;            // read before anything is written
  const int written = turn_of_[std::size_t(chain_.results[result]) - operands];
  for (std::size_t k = 0; k < chain_.ops.size(); ++k)
    if (turn_of_[k] > written && std::ranges::count(chain_.ops[k].operands, int(operand)))
      return false;
  return true;
}

bool TileProgram::is_matrix(int64_t rows, int64_t columns) const {
  int64_t outside = 1;
  for (int d = 0; d + 1 < rank_; ++d) outside *= loop_[d];
  return outside == rows && loop_[rank_ - 1] == columns;
}

void TileProgram::run(const KernelCall& call) {
  const TileProgram& p = *static_cast<const TileProgram*>(call.op);
  if (p.chain_.shape.product() == 0) return;
  const int last = p.rank_ - 1;
  int64_t unit[Dims::max_rank], count[Dims::max_rank], tiles = 1;
  for (int d = 0; d <= last; ++d) {
    unit[d] = d == last ? p.inner_ : d + 1 == last ? p.rows_ : 1;
    count[d] = (p.loop_[d] + unit[d] - 1) / unit[d];
    tiles *= count[d];
  }
  const int64_t work = p.inner_ * p.rows_ * int64_t(p.instructions_.size());
  const Repeated repeated(p, call);
  parallel_for(tiles, std::max<int64_t>(1, tile_program_grain / work),
               [&](int64_t begin, int64_t end) {
                 Worker worker(p, call, repeated);
                 int64_t at[Dims::max_rank];
                 int64_t rest = begin;
                 for (int d = last; d >= 0; rest /= count[d--]) at[d] = rest % count[d] * unit[d];
                 for (int64_t t = begin; t < end; ++t) {
                   worker.run(at, last ? std::min(p.rows_, p.loop_[last - 1] - at[last - 1]) : 1,
                              std::min(p.inner_, p.loop_[last] - at[last]));
                   for (int d = last; d >= 0 && (at[d] += unit[d]) >= p.loop_[d]; --d) at[d] = 0;
                 }
               });
}

bool TileProgram::is_repeated(const Stream& s) const {
  return !s.dense && inner_ == loop_[rank_ - 1] && s.step[rank_ - 1] == 1 &&
         std::all_of(s.step, s.step + rank_ - 1, [](int64_t step) { return step == 0; });
}

TileProgram::Repeated::Repeated(const TileProgram& p, const KernelCall& call)
    : rows_(scratch_.get<std::byte*>(int64_t(call.in.size()))) {
  for (std::size_t k = 0; k < call.in.size(); ++k) {
    rows_[k] = nullptr;
    if (!p.is_repeated(p.streams_[k])) continue;
    const int64_t row = p.inner_ * p.streams_[k].size;
    rows_[k] = scratch_.get<std::byte>(p.rows_ * row);
    for (int64_t r = 0; r < p.rows_; ++r)
      std::memcpy(rows_[k] + r * row, call.in[k].data, std::size_t(row));
  }
}

TileProgram::Worker::Worker(const TileProgram& program, const KernelCall& call,
                            const Repeated& repeated)
    : p_(program), call_(call), repeated_(repeated) {
  const int64_t streams = int64_t(p_.streams_.size());
  slots_ = scratch_.get<std::byte>(p_.slots_ * p_.slot_bytes());
  place_ = scratch_.get<std::byte*>(streams + p_.slots_);
  for (int s = 0; s < p_.slots_; ++s) place_[streams + s] = slots_ + s * p_.slot_bytes();
  packed_ = scratch_.get<const std::byte*>(streams);
  packed_rows_ = scratch_.get<int64_t>(streams);
}

std::byte* TileProgram::Worker::address(std::size_t stream, const int64_t* at) const {
  const Stream& s = p_.streams_[stream];
  std::byte* data =
      stream < call_.in.size() ? call_.in[stream].data : call_.out[stream - call_.in.size()].data;
  for (int d = 0; d < p_.rank_; ++d) data += at[d] * s.step[d] * s.size;
  return data;
}

void TileProgram::Worker::run(const int64_t* at, int64_t rows, int64_t n) {
  const std::size_t streams = p_.streams_.size(), operands = call_.in.size();
  const int last = p_.rank_ - 1;
  if (n != packed_n_) std::fill_n(packed_, streams, nullptr);
  packed_n_ = n;
  const auto row_step = [&](const Stream& s) { return last ? s.step[last - 1] : 0; };

  for (std::size_t k = 0; k < streams; ++k) {
    const Stream& s = p_.streams_[k];
    if (s.dense || k < operands) place_[k] = address(k, at);
    if (s.dense) continue;
    if (k < operands && repeated_.of(k)) {
      if (rows > 1) place_[k] = repeated_.of(k);
      continue;
    }
    const std::byte* from = place_[k];
    place_[k] = slots_ + s.slot * p_.slot_bytes();
    if (k >= operands || (packed_[k] == from && packed_rows_[k] >= rows)) continue;
    copy_block({place_[k], n, 1}, {from, row_step(s), s.step[last]}, rows, n, s.size);
    packed_[k] = from;
    packed_rows_[k] = rows;
  }
  for (const Instruction& i : p_.instructions_) {
    const std::byte* from[max_operands];
    for (int o = 0; o < i.operands; ++o) from[o] = place_[i.from[o]];
    if (i.pair)
      i.pair(place_[i.to], place_[i.gradient], from[0], from[1], n * rows);
    else
      i.row(i.op, place_[i.to], from, n * rows);
  }
  for (std::size_t k = operands; k < streams; ++k) {
    const Stream& s = p_.streams_[k];
    if (s.dense) continue;
    copy_block({address(k, at), row_step(s), s.step[last]}, {place_[k], n, 1}, rows, n, s.size);
  }
}

void TileProgram::Worker::run_part(const MatrixPart& part) {
  const int last = p_.rank_ - 1;
  // Rows of a tile lie one after another, so several go together only where they are whole.
  const bool together = part.column_begin == 0 && part.column_end == p_.inner_ && last > 0;
  for (int64_t row = part.row_begin; row < part.row_end;) {
    int64_t at[Dims::max_rank], rest = row, rows = 1;
    for (int d = last - 1; d >= 0; rest /= p_.loop_[d--]) at[d] = rest % p_.loop_[d];
    if (together)
      rows = std::min({p_.rows_, part.row_end - row, p_.loop_[last - 1] - at[last - 1]});
    for (at[last] = part.column_begin; at[last] < part.column_end; at[last] += p_.inner_)
      run(at, rows, std::min(p_.inner_, part.column_end - at[last]));
    row += rows;
  }
}

const std::byte* TileProgram::Worker::watched(std::size_t w) const {
  return place_[p_.watched_[w]];
}

}  // namespace tandem::cpu
