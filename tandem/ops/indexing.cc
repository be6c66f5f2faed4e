#include "tandem/ops/indexing.h"

#include <limits>

#include "tandem/ops/create.h"
#include "tandem/ops/functions.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/index.h"

namespace tandem {
namespace {

using indexing::TensorIndex;
using IndexKind = TensorIndex::Kind;

bool is_mask(const Tensor& t) { return t.dtype() == DType::boolean || t.dtype() == DType::u8; }

/// What the basic indices leave: a view of the tensor, and which of its dims masks and index
/// tensors still have to pick from.
struct Plan {
  struct Pick {
    int dim;  // of `base`: the first that it picks from
    Tensor tensor;
    int dims() const { return is_mask(tensor) ? tensor.dim() : 1; }
  };
  Tensor base;
  std::vector<Pick> picks;
};

void check_tensor(const Tensor& t) {
  if (t && is_floating(t.dtype()))
    fail(ErrorCode::index, "index",
         "tensors used as indices must hold integers or be bool masks, got ", t.type());
}

/// How many dims of the input an index uses up.
int consumed(const TensorIndex& i) {
  switch (i.kind) {
    case IndexKind::integer:
    case IndexKind::slice:
      return 1;
    case IndexKind::tensor:
      return i.tensor && is_mask(i.tensor) ? i.tensor.dim() : 1;
    default:
      return 0;
  }
}

void check_mask(const Plan::Pick& pick, const Dims& shape) {
  for (int d = 0; d < pick.tensor.dim(); ++d)
    if (pick.tensor.shape()[d] != shape[pick.dim + d])
      fail(ErrorCode::index, "index", "the shape of the mask ", pick.tensor.shape(), " at index ",
           d, " does not match the shape of the indexed tensor ", shape, " at index ",
           pick.dim + d);
}

Plan plan(const Tensor& input, std::span<const TensorIndex> indices) {
  const Dims& shape = input.shape();
  int used = 0;
  for (const TensorIndex& i : indices) {
    if (i.kind == IndexKind::tensor) check_tensor(i.tensor);
    used += consumed(i);
  }
  if (used > shape.size())
    fail(ErrorCode::index, "index", "too many indices for a tensor of ", shape.size(),
         " dims: ", used, " for input of shape ", shape);

  Plan p{input, {}};
  int d = 0;
  bool filled = false;
  auto add_dim = [&](bool keep) {
    p.base = unsqueeze(p.base, d);
    p.picks.push_back({d++, full({keep ? 1 : 0}, 0, DType::i64)});
  };
  for (const TensorIndex& i : indices) {
    switch (i.kind) {
      case IndexKind::none:
        p.base = unsqueeze(p.base, d++);
        break;
      case IndexKind::ellipsis:
        if (!std::exchange(filled, true)) d += shape.size() - used;
        break;
      case IndexKind::integer:
        p.base = select(p.base, d, i.integer);
        break;
      case IndexKind::boolean:
        add_dim(i.integer);
        break;
      case IndexKind::slice: {
        const bool whole = !i.slice.start && !i.slice.stop && i.slice.step == 1;
        if (!whole)
          p.base = slice(p.base, d, i.slice.start.value_or(0),
                         i.slice.stop.value_or(std::numeric_limits<int64_t>::max()), i.slice.step);
        ++d;
        break;
      }
      case IndexKind::tensor:
        if (!i.tensor) {
          ++d;
        } else if (i.tensor.dim() == 0 && is_mask(i.tensor)) {
          add_dim(i.tensor.item<bool>());
        } else if (i.tensor.dim() == 0 && !mode.tracer) {
          p.base = select(p.base, d, i.tensor.item<int64_t>());
        } else {
          p.picks.push_back({d, i.tensor});
          if (is_mask(i.tensor)) check_mask(p.picks.back(), p.base.shape());
          d += p.picks.back().dims();
        }
        break;
    }
  }
  return p;
}

/// One index tensor for each dim of the base, up to the last that is picked from; undefined where a
/// dim is kept whole.
std::vector<Tensor> places(const Plan& p) {
  std::vector<Tensor> list;
  for (const Plan::Pick& pick : p.picks) {
    list.resize(std::size_t(pick.dim));
    if (is_mask(pick.tensor)) {
      const Tensor found = nonzero(pick.tensor);  // [how many, rank of the mask]
      for (int d = 0; d < pick.tensor.dim(); ++d) list.push_back(select(found, 1, d));
    } else {
      list.push_back(cast(pick.tensor, DType::i64));
    }
  }
  return list;
}

/// `value` without the leading dims of size 1 that the target lacks, as PyTorch takes it.
Tensor without_leading_ones(const Tensor& value, int rank) {
  Dims shape = value.shape();
  while (shape.size() > rank && shape[0] == 1) shape.erase(0);
  return shape.size() == value.dim() ? value : reshape(value, shape);
}

/// The one mask of the plan, shaped to broadcast over the base.
Tensor mask_over_base(const Plan& p) {
  Dims shape = p.picks[0].tensor.shape();
  while (shape.size() < p.base.dim() - p.picks[0].dim) shape.push_back(1);
  return reshape(cast(p.picks[0].tensor, DType::boolean), shape);
}

bool shares_memory(const Tensor& a, const Tensor& b) {
  return a.impl()->storage == b.impl()->storage;
}

/// Writes where the picks say, straight into the base if that is safe.
void put(Plan& p, const Tensor& value, bool accumulate, Location where) {
  const std::vector<Tensor> list = places(p);
  std::vector<const Type*> types;
  for (const Tensor& t : list) types.push_back(t ? &t.type() : nullptr);
  const Dims shape = index_places("index_put_", p.base.type(), types).result(p.base.shape());
  const Tensor values = without_leading_ones(value, shape.size());
  bool overlaps = shares_memory(values, p.base);
  std::vector<const Tensor*> in{&p.base, &values};
  for (const Tensor& t : list) {
    in.push_back(&t);
    overlaps |= t && shares_memory(t, p.base);
  }
  if (overlaps)
    return assign(p.base, index_put(p.base, list, values, accumulate), "index_put_", where);
  check_writable(p.base, "index_put_");
  const IndexPut op{accumulate};
  apply_in_place(info_of<IndexPut>, &op, in, where);
}

}  // namespace

Tensor index(Arg input, std::span<const TensorIndex> indices) {
  At line(input.where);
  const Plan p = plan(*input.tensor, indices);
  if (!p.picks.empty()) return index(p.base, ListArg(places(p)));
  return p.base.is_same(*input.tensor) ? reshape(p.base, p.base.shape()) : p.base;
}

Tensor Tensor::index(TensorIndices indices, Location where) const {
  return tandem::index({*this, where}, indices);
}

Tensor Tensor::operator[](const TensorIndex& i) const {
  if (i.kind == IndexKind::integer) return select({*this, i.where}, 0, i.integer);
  return tandem::index({*this, i.where}, std::span(&i, 1));
}

Tensor& index_put_(Tensor& input, std::span<const TensorIndex> indices, const NumArg& value,
                   bool accumulate) {
  const Location where = mode.relocated ? mode.where : value.where;
  At line(where);
  Plan p = plan(input, indices);
  Tensor v = value.tensor ? *value.tensor : full_at({}, value.number, input.dtype(), where);
  if (!v) fail(ErrorCode::value, "index_put_", "the value is undefined");
  if (p.picks.empty()) {
    v = without_leading_ones(v, p.base.dim());
    assign(p.base, accumulate ? p.base + cast(v, input.dtype()) : v, "index_put_", where);
    return input;
  }
  if (v.dim() == 0) v = cast(v, input.dtype());
  if (v.dtype() != input.dtype())
    fail(ErrorCode::dtype, "index_put_", "expected values of ", input.dtype(),
         " like the tensor, got ", v.dtype(),
         ": only numbers and 0-d tensors are cast through masks and index tensors");
  // A mask and one value need no list of places.
  if (p.picks.size() == 1 && is_mask(p.picks[0].tensor) && v.dim() == 0 && !accumulate)
    assign(p.base, tandem::where(mask_over_base(p), v, p.base), "index_put_", where);
  else
    put(p, v, accumulate, where);
  return input;
}

Tensor& Tensor::index_put_(TensorIndices indices, const NumArg& value, bool accumulate) {
  return tandem::index_put_(*this, std::span(indices.begin(), indices.size()), value, accumulate);
}

void Tensor::operator=(const NumArg& value) && {
  if (known()->storage && impl_->storage->refs.load(std::memory_order_acquire) == 1)
    fail(ErrorCode::value, "operator=",
         "the elements written to are a copy that nobody else can see: indexing with masks and "
         "index tensors copies. Write x.index_put_({mask}, value)");
  index_put_({indexing::Ellipsis}, value);
}

}  // namespace tandem
