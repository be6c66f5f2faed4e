// Reading and writing along one dim at places that differ from line to line; sorting.
#include "tandem/ops/gather.h"

#include <algorithm>
#include <limits>

#include "tandem/base/thread_pool.h"
#include "tandem/cpu/copy.h"
#include "tandem/cpu/install.h"
#include "tandem/cpu/kernels.h"
#include "tandem/cpu/scratch.h"
#include "tandem/cpu/sort_line.h"
#include "tandem/cpu/strided.h"
#include "tandem/cpu/with_size.h"

namespace tandem {
namespace {

/// Calls f(offset in a, in b, in c, place along dim) for each element of `shape`, in row-major
/// order; `a` does not move along `dim`.
template <class F>
void along(const Dims& shape, int dim, const Dims& a, const Dims& b, const Dims& c, F&& f) {
  Dims fixed = a;
  if (!fixed.empty()) fixed[dim] = 0;
  int64_t at[Dims::max_rank] = {}, ia = 0, ib = 0, ic = 0;
  for (int64_t n = shape.product(); n-- > 0;) {
    f(ia, ib, ic);
    for (int d = shape.size() - 1; d >= 0; --d) {
      ia += fixed[d], ib += b[d], ic += c[d];
      if (++at[d] < shape[d]) break;
      ia -= fixed[d] * shape[d], ib -= b[d] * shape[d], ic -= c[d] * shape[d], at[d] = 0;
    }
  }
}

/// A 0-d tensor is a line of one: its strides among those of `rank` dims.
Dims strides_of(const TensorRef& t, int rank) {
  return t.strides->size() == rank ? *t.strides : Dims::filled(rank, 0);
}

/// The stride and size of `dim`; a 0-d tensor is a line of one.
struct Line {
  int dim;
  int64_t size, stride;
  Line(std::string_view op, int64_t d, const TensorRef& x)
      : dim(normalize_dim(op, d, x.shape())),
        size(x.shape().empty() ? 1 : x.shape()[dim]),
        stride(x.shape().empty() ? 0 : (*x.strides)[dim]) {}
};

[[gnu::cold, gnu::noinline]] void out_of_bounds(std::string_view op, int64_t place,
                                                const Line& line) {
  fail(ErrorCode::index, op, "index ", place, " is out of bounds for dim ", line.dim, " of size ",
       line.size, "; expected 0..", line.size - 1);
}
int64_t checked(std::string_view op, int64_t place, const Line& line) {
  if (place < 0 || place >= line.size) [[unlikely]]
    out_of_bounds(op, place, line);
  return place;
}

void gather(const KernelCall& call) {
  const TensorRef &x = call.in[0], &index = call.in[1], &y = call.out[0];
  if (y.numel() == 0) return;
  const Line line("gather", call.as<Gather>().dim, x);
  cpu::with_size(size_of(x.dtype()), [&]<class T>(T) {
    along(y.shape(), line.dim, strides_of(x, y.shape().size()), *index.strides, *y.strides,
          [&](int64_t from, int64_t i, int64_t to) {
            const int64_t place = checked("gather", index.as<int64_t>()[i], line);
            y.as<T>()[to] = x.as<T>()[from + place * line.stride];
          });
  });
}

/// A piece of the index: `length` places along y's line, of `width` lines side by side. Where it
/// begins in the index, in src and in y, and how far apart the elements are there.
struct Places {
  const Line& line;
  std::string_view op;
  int64_t length, width;
  int64_t index, src, y;
  int64_t index_step, src_step;  // along the line
  int64_t index_across, src_across, y_across;
};
using WritePlaces = void (*)(const void* context, const KernelCall& call, const Places& at);

/// Cuts the index into pieces. Lines along `dim` never meet, so threads share them out; in a line
/// it goes in order, so that equal places always meet in the same one.
void for_places(const KernelCall& call, std::string_view op, int64_t dim, WritePlaces write,
                const void* context) {
  const TensorRef &index = call.in[1], &src = call.in[2], &y = call.out[0];
  const Line line(op, dim, y);
  const int rank = index.shape().size();
  Dims shape = index.shape(), of_y = strides_of(y, rank), of_index = *index.strides,
       of_src = strides_of(src, rank);
  int64_t length = 1, width = 1, index_step = 0, src_step = 0;
  int64_t index_across = 0, src_across = 0, y_across = 0;
  const auto take_out = [&](int d) {
    shape.erase(d), of_y.erase(d), of_index.erase(d), of_src.erase(d);
  };
  if (rank) {
    length = shape[line.dim], index_step = of_index[line.dim], src_step = of_src[line.dim];
    take_out(line.dim);
  }
  if (!shape.empty() && line.dim != rank - 1) {  // lines side by side
    const int last = shape.size() - 1;
    width = shape[last];
    index_across = of_index[last], src_across = of_src[last], y_across = of_y[last];
    take_out(last);
  }
  constexpr int64_t columns = 512, grain = 16384;
  const int64_t bands = (width + columns - 1) / columns, lines = shape.product();
  const int64_t work = std::max<int64_t>(1, length * std::min(width, columns));
  parallel_for(lines * bands, std::max<int64_t>(1, grain / work), [&](int64_t begin, int64_t end) {
    for (int64_t task = begin; task < end; ++task) {
      const int64_t from = task % bands * columns, to = std::min(width, from + columns);
      Places at{line,
                op,
                length,
                to - from,
                from * index_across,
                from * src_across,
                from * y_across,
                index_step,
                src_step,
                index_across,
                src_across,
                y_across};
      int64_t rest = task / bands;
      for (int d = shape.size() - 1; d >= 0; --d) {
        const int64_t k = rest % shape[d];
        rest /= shape[d];
        at.y += k * of_y[d], at.index += k * of_index[d], at.src += k * of_src[d];
      }
      write(context, call, at);
    }
  });
}

/// write(element of y, element of src) for each element of the index.
template <class T, class Write>
void scatter_into(const KernelCall& call, std::string_view op, int64_t dim, Write write) {
  for_places(
      call, op, dim,
      [](const void* context, const KernelCall& call, const Places& at) {
        const Write& write = *static_cast<const Write*>(context);
        const int64_t* places = call.in[1].as<int64_t>() + at.index;
        const T* values = call.in[2].as<T>() + at.src;
        T* out = call.out[0].as<T>() + at.y;
        for (int64_t i = 0; i < at.length; ++i) {
          for (int64_t c = 0; c < at.width; ++c) {
            const int64_t place = checked(at.op, places[c * at.index_across], at.line);
            write(out[c * at.y_across + place * at.line.stride], values[c * at.src_across]);
          }
          places += at.index_step, values += at.src_step;
        }
      },
      &write);
}
void scatter(const KernelCall& call) {
  if (call.out[0].data != call.in[0].data) cpu::copy_into(call.out[0], call.in[0]);
  if (call.in[1].numel() == 0) return;
  cpu::with_size(size_of(call.in[0].dtype()), [&]<class T>(T) {
    scatter_into<T>(call, "scatter", call.as<Scatter>().dim, [](T& to, T v) { to = v; });
  });
}
void scatter_add(const KernelCall& call) {
  if (call.out[0].data != call.in[0].data) cpu::copy_into(call.out[0], call.in[0]);
  if (call.in[1].numel() == 0) return;
  with_dtype(call.in[0].dtype(), [&]<class T>(T) {
    scatter_into<T>(call, "scatter_add", call.as<ScatterAdd>().dim,
                    [](T& to, T v) { to = T(to + v); });
  });
}

/// Halves compare as the numbers they are.
template <class T>
using Compared = std::conditional_t<is_half(dtype_of<T>), float, T>;

template <class T>
bool is_nan(T v) {
  return v != v;
}
/// What joining begins with where the element that stands there does not count.
template <class T>
T neutral(std::string_view reduce) {
  using Limits = std::numeric_limits<Compared<T>>;
  if (reduce == "prod") return T(1.0f);
  if (reduce == "amax") return T(Limits::has_infinity ? -Limits::infinity() : Limits::lowest());
  if (reduce == "amin") return T(Limits::has_infinity ? Limits::infinity() : Limits::max());
  return T(0.0f);
}
void scatter_reduce(const KernelCall& call) {
  const auto& op = call.as<ScatterReduce>();
  const TensorRef& y = call.out[0];
  const std::string_view reduce = op.reduce->view();
  if (y.data != call.in[0].data) cpu::copy_into(y, call.in[0]);
  if (call.in[1].numel() == 0) return;
  with_dtype(y.dtype(), [&]<class T>(T) {
    const auto each = [&](auto write) { scatter_into<T>(call, "scatter_reduce", op.dim, write); };
    if (!op.include_self) each([&](T& to, T) { to = neutral<T>(reduce); });
    if (reduce == "prod")
      return each([](T& to, T v) {
        if constexpr (std::is_same_v<T, bool>)
          to = to && v;
        else
          to = T(to * v);
      });
    if (reduce == "amax") return each([](T& to, T v) { to = v > to || is_nan(v) ? v : to; });
    if (reduce == "amin") return each([](T& to, T v) { to = v < to || is_nan(v) ? v : to; });
    if (reduce == "sum") return each([](T& to, T v) { to = T(to + v); });
    // The result is dense: an element's place in memory numbers its count.
    cpu::Scratch scratch;
    int64_t* count = scratch.get<int64_t>(y.numel());
    std::fill_n(count, y.numel(), int64_t(op.include_self));
    each([&](T& to, T v) {
      to = T(to + v);
      ++count[&to - y.as<T>()];
    });
    for (int64_t i = 0; i < y.numel(); ++i) {
      if (count[i] < 2) continue;
      T& to = y.as<T>()[i];
      if constexpr (std::is_integral_v<T>) {
        const int64_t sum = int64_t(to), n = count[i];
        to = T(sum / n - (sum % n < 0));
      } else {
        to = T(to / Compared<T>(count[i]));
      }
    }
  });
}

/// Before `b` in ascending order, NaN last.
template <class T>
bool before(T a, T b) {
  if constexpr (std::is_floating_point_v<T>)
    return a < b || (a == a && b != b);
  else
    return a < b;
}

/// order_lines() for one dtype and width of keys.
template <class T, class Key>
void order_lines_by(const KernelCall& call, const Dims& shape, const Dims& in, const Dims& out,
                    const Line& from, const Line& to, bool descending, int64_t count) {
  using Entry = decltype(cpu::entry(Key(), 0));
  const TensorRef &x = call.in[0], &values = call.out[0], &places = call.out[1];
  const int64_t n = from.size;
  parallel_for(shape.product(), std::max<int64_t>(1, 4096 / n), [&](int64_t begin, int64_t end) {
    cpu::Scratch scratch;
    Entry *entries = scratch.get<Entry>(n), *spare = scratch.get<Entry>(n);
    for (int64_t l = begin; l < end; ++l) {
      int64_t first = 0, place = 0;
      for (int64_t rest = l, k = shape.size() - 1; k >= 0; --k) {
        first += rest % shape[int(k)] * in[int(k)];
        place += rest % shape[int(k)] * out[int(k)];
        rest /= shape[int(k)];
      }
      const T* source = x.as<T>() + first;
      for (int64_t i = 0; i < n; ++i) {
        const Key key = Key(cpu::sort_key(Compared<T>(source[i * from.stride])));
        entries[i] = cpu::entry(descending ? Key(~key) : key, i);
      }
      const Entry* ordered = entries;
      if (count * 8 < n)
        std::partial_sort(entries, entries + count, entries + n);
      else
        ordered = cpu::sort_entries(entries, spare, n);
      for (int64_t i = 0; i < count; ++i) {
        const int64_t at = cpu::place_of(ordered[i]);
        values.as<T>()[place + i * to.stride] = source[at * from.stride];
        places.as<int64_t>()[place + i * to.stride] = at;
      }
    }
  });
}

/// The first `count` of each line of `x` along `dim`, in order, with their places. Equal ones keep
/// their order.
void order_lines(const KernelCall& call, std::string_view op, int64_t d, bool descending,
                 int64_t count) {
  const TensorRef &x = call.in[0], &values = call.out[0];
  if (values.numel() == 0) return;
  const Line from(op, d, x), to(op, d, values);
  Dims shape = x.shape(), in = *x.strides, out = *values.strides;
  if (!shape.empty()) shape.erase(from.dim), in.erase(from.dim), out.erase(from.dim);
  const int64_t n = from.size;
  with_dtype(x.dtype(), [&]<class T>(T) {
    using Key = decltype(cpu::sort_key(Compared<T>()));
    if constexpr (sizeof(Key) == 4)  // key and place in one word
      if (n <= int64_t(UINT32_MAX))
        return order_lines_by<T, uint32_t>(call, shape, in, out, from, to, descending, count);
    order_lines_by<T, uint64_t>(call, shape, in, out, from, to, descending, count);
  });
}
void sort(const KernelCall& call) {
  const auto& op = call.as<Sort>();
  order_lines(call, "sort", op.dim, op.descending, Line("sort", op.dim, call.in[0]).size);
}
void topk(const KernelCall& call) {
  const auto& op = call.as<Topk>();
  order_lines(call, "topk", op.dim, op.largest, op.k);
}

void searchsorted(const KernelCall& call) {
  const TensorRef &s = call.in[0], &v = call.in[1], &y = call.out[0];
  const bool right = call.as<Searchsorted>().right;
  const int64_t n = s.shape().back(), step = s.strides->back();
  // The lines of a sequence with dims follow the dims of the values.
  Dims lines = Dims::filled(v.shape().size(), 0);
  if (s.shape().size() > 1)
    for (int d = 0; d + 1 < lines.size(); ++d) lines[d] = (*s.strides)[d];
  with_dtype(s.dtype(), [&]<class T>(T) {
    Dims none = lines;
    along(v.shape(), std::max(0, lines.size() - 1), none, *v.strides, *y.strides,
          [&](int64_t line, int64_t i, int64_t to) {
            const Compared<T> value = Compared<T>(v.as<T>()[i]);
            int64_t low = 0, high = n;
            while (low < high) {
              const int64_t middle = low + (high - low) / 2;
              const Compared<T> entry = Compared<T>(s.as<T>()[line + middle * step]);
              if (right ? !before(value, entry) : before(entry, value))
                low = middle + 1;
              else
                high = middle;
            }
            y.as<int64_t>()[to] = low;
          });
  });
}

}  // namespace

void cpu::install_gather() {
  install<Gather>({gather});
  install<Scatter>({scatter});
  install<ScatterAdd>({scatter_add});
  install<ScatterReduce>({scatter_reduce});
  install<Sort>({sort});
  install<Topk>({topk});
  install<Searchsorted>({searchsorted});
}

}  // namespace tandem
