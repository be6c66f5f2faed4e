// Reading and writing at computed places. Elements are moved by size; only accumulation knows
// their dtype.
#include "tandem/ops/index.h"

#include <cstring>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/copy.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/strided.h"
#include "tandem/cpu/with_size.h"

namespace tandem {
namespace {

constexpr int64_t index_grain = 16384;  // elements

Types types_of(std::span<const TensorRef> refs, const Type** list) {
  for (std::size_t i = 0; i < refs.size(); ++i) list[i] = refs[i].data ? refs[i].type : nullptr;
  return {list, refs.size()};
}

/// The indexed tensor as a block of kept dims at each of the places that the indices name, and the
/// other side (`values`) as the same blocks in a row.
struct Blocks {
  IndexPlaces places;
  Dims kept;          // shape of a block
  Dims inside;        // its strides in the indexed tensor
  Dims outside;       // its strides on the other side
  Dims place_stride;  // of `broadcast` on the other side
  bool dense;         // both sides hold a block in one piece
};

/// `strides` are those of the other side, aligned to the indexed shape.
Blocks blocks_of(std::string_view op, const TensorRef& indexed, std::span<const TensorRef> indices,
                 const Dims& strides) {
  const Type* list[Dims::max_rank];
  Blocks b{index_places(op, *indexed.type, types_of(indices, list)), {}, {}, {}, {}, true};
  const int n = b.places.broadcast.size();
  for (int i = 0; i < b.places.kept.size(); ++i) {
    const int d = int(b.places.kept[i]);
    b.kept.push_back(indexed.shape()[d]);
    b.inside.push_back((*indexed.strides)[d]);
    b.outside.push_back(strides[i < b.places.at ? i : i + n]);
  }
  for (int i = 0; i < n; ++i) b.place_stride.push_back(strides[b.places.at + i]);
  const Dims packed = contiguous_strides(b.kept);
  for (int i = 0; i < b.kept.size(); ++i)
    b.dense &= b.kept[i] == 1 || (b.inside[i] == packed[i] && b.outside[i] == packed[i]);
  return b;
}

/// For each place: where its block begins in the indexed tensor. Checks the bounds.
void find_places(std::string_view op, const Blocks& b, const TensorRef& indexed,
                 std::span<const TensorRef> indices, int64_t* at) {
  const Dims& shape = b.places.broadcast;
  const int64_t count = shape.product();
  std::fill_n(at, count, int64_t{0});
  const Dims flat = contiguous_strides(shape);
  for (int64_t d : b.places.indexed) {
    const TensorRef& index = indices[std::size_t(d)];
    const int64_t size = indexed.shape()[int(d)], stride = (*indexed.strides)[int(d)];
    const Dims from = cpu::broadcast_strides(index.shape(), *index.strides, shape);
    cpu::for_each_pair(shape, from, flat, [&](int64_t i, int64_t p) {
      const int64_t k = index.as<int64_t>()[i];
      if (k < -size || k >= size) [[unlikely]]
        fail(ErrorCode::index, op, "index ", k, " is out of bounds for dim ", d, " of size ", size,
             "; it is element ", p, " of the ", count, " places; expected ", -size, "..", size - 1);
      at[p] += (k < 0 ? k + size : k) * stride;
    });
  }
}

std::size_t index_workspace(const KernelCall& call) {
  const Type* list[Dims::max_rank];
  return std::size_t(index_places("index", *call.in[0].type, types_of(call.in.subspan(1), list))
                         .broadcast.product()) *
         sizeof(int64_t);
}
void index(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  const auto indices = call.in.subspan(1);
  const Blocks b = blocks_of("index", x, indices, *y.strides);
  int64_t* at = reinterpret_cast<int64_t*>(call.workspace);
  find_places("index", b, x, indices, at);
  // The result is row-major, so the places' dims step through it as one.
  const int64_t places = b.places.broadcast.product(), block = b.kept.product();
  const int64_t step = b.place_stride.empty() ? 0 : b.place_stride.back();
  if (places * block == 0) return;
  cpu::with_size(size_of(x.dtype()), [&]<class Unit>(Unit) {
    const Unit* from = x.as<Unit>();
    Unit* to = y.as<Unit>();
    parallel_for(
        places, std::max<int64_t>(1, index_grain / block), [&](int64_t begin, int64_t end) {
          for (int64_t p = begin; p < end; ++p) {
            if (block == 1)
              to[p * step] = from[at[p]];
            else if (b.dense)
              std::memcpy(to + p * step, from + at[p], std::size_t(block) * sizeof(Unit));
            else
              cpu::for_each_pair(b.kept, b.inside, b.outside,
                                 [&](int64_t i, int64_t o) { to[p * step + o] = from[at[p] + i]; });
          }
        });
  });
}

std::size_t put_workspace(const KernelCall& call) {
  const Type* list[Dims::max_rank];
  return std::size_t(index_places("index_put", *call.in[0].type, types_of(call.in.subspan(2), list))
                         .broadcast.product()) *
         sizeof(int64_t);
}
/// In the order of the places on one thread, so that repeated places give the same bits always.
template <class T, class Write>
void put_blocks(const Blocks& b, T* to, const int64_t* at, const T* values, Write write) {
  int64_t p = 0;
  cpu::for_each_pair(b.places.broadcast, b.place_stride, b.place_stride, [&](int64_t v, int64_t) {
    T* block = to + at[p++];
    const T* value = values + v;
    if (b.kept.empty())
      write(*block, *value);
    else if (b.dense)
      for (int64_t i = 0, n = b.kept.product(); i < n; ++i) write(block[i], value[i]);
    else
      cpu::for_each_pair(b.kept, b.inside, b.outside,
                         [&](int64_t i, int64_t o) { write(block[i], value[o]); });
  });
}
void index_put(const KernelCall& call) {
  const TensorRef &x = call.in[0], &values = call.in[1], &y = call.out[0];
  const auto indices = call.in.subspan(2);
  if (y.data != x.data) cpu::copy_into(y, x);
  // Values broadcast to the indexed shape; leading dims of 1 too many are dropped.
  const Type* list[Dims::max_rank];
  const Dims to = index_places("index_put", *x.type, types_of(indices, list)).result(x.shape());
  Dims shape = values.shape(), strides = *values.strides;
  while (shape.size() > to.size()) shape.erase(0), strides.erase(0);
  const Blocks b = blocks_of("index_put", y, indices, cpu::broadcast_strides(shape, strides, to));
  int64_t* at = reinterpret_cast<int64_t*>(call.workspace);
  find_places("index_put", b, y, indices, at);
  if (call.as<IndexPut>().accumulate)
    return with_dtype(y.dtype(), [&](auto zero) {
      using T = decltype(zero);
      put_blocks(b, y.as<T>(), at, values.as<T>(), [](T& total, T v) { total = T(total + v); });
    });
  cpu::with_size(size_of(y.dtype()), [&]<class Unit>(Unit) {
    put_blocks(b, y.as<Unit>(), at, values.as<Unit>(), [](Unit& place, Unit v) { place = v; });
  });
}

void nonzero_static(const KernelCall& call) {
  const TensorRef &x = call.in[0], &y = call.out[0];
  const auto& op = call.as<NonzeroStatic>();
  const int rank = x.shape().size();
  int64_t* to = y.as<int64_t>();
  int64_t found = 0;
  with_dtype(x.dtype(), [&](auto zero) {
    using T = decltype(zero);
    int64_t at[Dims::max_rank] = {}, offset = 0;
    for (int64_t n = x.numel(); n-- > 0 && found < op.size;) {
      if (x.as<T>()[offset] != T(0)) {
        ++found;
        for (int d = 0; d < rank; ++d) *to++ = at[d];
      }
      for (int d = rank - 1; d >= 0; --d) {
        offset += (*x.strides)[d];
        if (++at[d] < x.shape()[d]) break;
        offset -= at[d] * (*x.strides)[d];
        at[d] = 0;
      }
    }
  });
  std::fill(to, y.as<int64_t>() + y.numel(), op.fill_value);
}

}  // namespace

void cpu::install_index() {
  install<Index>({index, index_workspace});
  install<IndexPut>({index_put, put_workspace});
  install<NonzeroStatic>({nonzero_static});
}

}  // namespace tandem
