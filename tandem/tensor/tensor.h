// Tensor: one intrusive pointer to an impl that holds type, strides, storage and gradient metadata.
#pragma once
#include <array>
#include <atomic>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "tandem/base/dims.h"
#include "tandem/base/dtype.h"
#include "tandem/base/location.h"
#include "tandem/base/scalar.h"
#include "tandem/tensor/block_cache.h"
#include "tandem/tensor/device.h"

namespace tandem {

class Tensor;
class Generator;  // ops/generator.h
struct NumArg;
struct Node;    // autograd/tape.h
struct ViewOf;  // tensor/view_of.h
namespace indexing {
class TensorIndex;  // ops/indexing.h
}
using TensorIndices = std::initializer_list<indexing::TensorIndex>;

/// What a shape rule sees and says: everything about a tensor but its elements.
struct Type {
  DType dtype = DType::f32;
  Dims shape;
  bool operator==(const Type&) const = default;
};
/// "float32[2, 3]"
inline void append(std::string& to, const Type& t) {
  append(to, t.dtype);
  append(to, t.shape);
}

/// A counted block of elements. They follow the header in the same allocation, unless they belong
/// to somebody else (a mapped file, a NumPy array), who is told by `release_external`.
struct alignas(64) Storage {
  std::atomic<int32_t> refs{1};
  uint32_t version = 0;  // grows with each in-place write; saved tensors remember it
  std::size_t bytes = 0;
  std::byte* data = nullptr;
  void (*release_external)(void* owner) = nullptr;
  void* owner = nullptr;
  Location written{};  // the last in-place write, for version errors

  static Storage* make(std::size_t bytes);
  static Storage* external(void* data, std::size_t bytes, void (*release)(void* owner),
                           void* owner);
};

/// A result or a view. A traced tensor has a storage of no bytes: an identity for views and
/// in-place writes, with nothing to read.
struct TensorImpl {
  std::atomic<int32_t> refs{1};
  int32_t traced = -1;  // the program value this tensor was emitted as
  Type type;
  Dims strides;            // in elements
  bool contiguous = true;  // strides are contiguous_strides(shape); checked far more often than set
  bool requires_grad = false;  // a leaf whose gradient is wanted
  bool inference = false;      // made in InferenceMode: may not take part in recorded computation
  Device device;
  uint16_t result_index = 0;  // which of the node's results this is
  uint32_t node_version = 0;  // of a view: the storage's version that `node` belongs to
  std::byte* data = nullptr;
  Storage* storage = nullptr;
  Node* node = nullptr;    // null unless a gradient is wanted
  ViewOf* view = nullptr;  // null unless an op made this as a view
  void* python = nullptr;  // a front end's wrapper, not owned
};

void destroy(TensorImpl* t);
void destroy(Storage* s);

template <class T>
void retain(T* p) {
  if (p) p->refs.fetch_add(1, std::memory_order_relaxed);
}
/// The sole owner frees without a locked instruction; most temporaries die here.
template <class T>
void release(T* p) {
  if (!p) return;
  if (p->refs.load(std::memory_order_acquire) == 1 ||
      p->refs.fetch_sub(1, std::memory_order_acq_rel) == 1)
    destroy(p);
}

/// A multi-dimensional array. Copying a Tensor shares it; clone() copies the elements. The public
/// operations are functions (ops/functions.h); members are what concerns the object itself.
class Tensor {
 public:
  Tensor() : impl_(nullptr) {}
  Tensor(const Tensor& o) : impl_(o.impl_) { retain(impl_); }
  Tensor(Tensor&& o) noexcept : impl_(std::exchange(o.impl_, nullptr)) {}
  Tensor& operator=(Tensor o) & noexcept {
    std::swap(impl_, o.impl_);
    return *this;
  }
  /// Writes into the elements: `x[0] = y`, `x[1] = 2`. Error: code value when nobody else can see
  /// them, as of `x[mask] = 2`, which needs x.index_put_({mask}, 2).
  void operator=(const NumArg& value) &&;
  ~Tensor() { release(impl_); }
  static Tensor adopt(TensorImpl* owned) {
    Tensor t;
    t.impl_ = owned;
    return t;
  }
  static Tensor share(TensorImpl* borrowed) {
    retain(borrowed);
    return adopt(borrowed);
  }

  /// Is there a tensor at all? (Not its value: see item().)
  bool defined() const { return impl_; }
  explicit operator bool() const { return impl_; }
  TensorImpl* impl() const { return impl_; }
  bool is_same(const Tensor& other) const { return impl_ == other.impl_; }

  const Type& type() const { return known()->type; }
  const Dims& shape() const { return known()->type.shape; }
  const Dims& strides() const { return known()->strides; }
  /// The size of one dim, which may be negative. Error: code index.
  int64_t size(int64_t dim) const { return shape()[normalize_dim("size", dim, shape())]; }
  int64_t stride(int64_t dim) const { return strides()[normalize_dim("stride", dim, shape())]; }
  int dim() const { return shape().size(); }
  int64_t numel() const { return shape().product(); }
  DType dtype() const { return known()->type.dtype; }
  Device device() const { return known()->device; }
  bool is_contiguous() const { return known()->contiguous; }
  int element_size() const { return size_of(dtype()); }
  int64_t nbytes() const { return numel() * element_size(); }
  /// Where the first element lies in the storage, in elements.
  int64_t storage_offset() const {
    return (known()->data - known()->storage->data) / element_size();
  }
  const void* data_ptr() const { return known()->data; }
  uint32_t version() const { return known()->storage->version; }

  /// The first element of a contiguous tensor of dtype T; shared by all copies and views.
  /// Errors: code dtype, code value when not contiguous.
  template <class T>
  T* data() const;
  /// The value of a tensor of one element, converted. Errors: code value.
  template <class T = double>
  T item(Location where = Location::current()) const;
  /// All elements in row-major order, converted, whatever the strides.
  template <class T>
  std::vector<T> to_vector() const;

  /// The same elements without history; shares storage and version.
  Tensor detach() const;

  // The rest is defined by higher rooms.

  // autograd/: a gradient is wanted for this leaf. Error: not floating, or not a leaf.
  Tensor& requires_grad_(bool wanted = true);
  bool requires_grad() const;
  bool is_leaf() const;
  /// The accumulated gradient of a leaf (or after retain_grad()); undefined before backward().
  Tensor grad() const;
  void set_grad(Tensor gradient) const;
  void retain_grad() const;
  /// Accumulates into the leaves the gradients of sum(this * gradient); a tensor of one element
  /// needs no `gradient`.
  void backward(const Tensor& gradient = {}, bool retain_graph = false, bool create_graph = false,
                Location where = Location::current()) const;

  // ops/: what concerns the object as a whole. The same as the functions of these names.
  Tensor to(DType dtype, Location where = Location::current()) const;
  Tensor clone(Location where = Location::current()) const;
  Tensor contiguous(Location where = Location::current()) const;
  Tensor reshape(const Dims& shape, Location where = Location::current()) const;
  /// reshape() that never copies. Error: code shape when the strides do not allow it.
  Tensor view(const Dims& shape, Location where = Location::current()) const;
  Tensor expand(const Dims& size, Location where = Location::current()) const;
  Tensor permute(const Dims& dims, Location where = Location::current()) const;
  Tensor transpose(int64_t dim0, int64_t dim1, Location where = Location::current()) const;
  /// The dims in reverse order.
  Tensor T(Location where = Location::current()) const;

  // ops/indexing.h: x[i], x[Slice(1, 3)], x[mask]; x.index({Ellipsis, 0}) for several.
  Tensor operator[](const indexing::TensorIndex& index) const;
  Tensor index(TensorIndices indices, Location where = Location::current()) const;
  Tensor& index_put_(TensorIndices indices, const NumArg& value, bool accumulate = false);

  // ops/: in place, by broadcasting and casting the source to this tensor's type. Each is
  // differentiable, on views too. Errors: a leaf that requires grad outside NoGrad, an expanded
  // tensor, a result that this dtype cannot hold.
  Tensor& copy_(const Tensor& source, Location where = Location::current());
  Tensor& fill_(Scalar value, Location where = Location::current());
  Tensor& zero_(Location where = Location::current()) { return fill_(0, where); }
  Tensor& add_(const Tensor& other, Location where = Location::current());
  Tensor& sub_(const Tensor& other, Location where = Location::current());
  Tensor& mul_(const Tensor& other, Location where = Location::current());
  Tensor& div_(const Tensor& other, Location where = Location::current());
  Tensor& add_(Scalar other, Location where = Location::current());
  Tensor& sub_(Scalar other, Location where = Location::current());
  Tensor& mul_(Scalar other, Location where = Location::current());
  Tensor& div_(Scalar other, Location where = Location::current());

  // ops/: filled by draws from a generator (null: the default one), in row-major order.
  Tensor& uniform_(double from = 0, double to = 1, Generator* generator = nullptr,
                   Location where = Location::current());
  Tensor& normal_(double mean = 0, double std = 1, Generator* generator = nullptr,
                  Location where = Location::current());
  Tensor& exponential_(double lambd = 1, Generator* generator = nullptr,
                       Location where = Location::current());
  Tensor& bernoulli_(double p = 0.5, Generator* generator = nullptr,
                     Location where = Location::current());
  /// Any number from 0 that the dtype holds exactly, or one in [from, to).
  Tensor& random_(Generator* generator = nullptr, Location where = Location::current());
  Tensor& random_(int64_t from, int64_t to, Generator* generator = nullptr,
                  Location where = Location::current());
  Tensor& neg_(Location where = Location::current());
  Tensor& exp_(Location where = Location::current());
  Tensor& relu_(Location where = Location::current());
  Tensor& clamp_(std::optional<Scalar> min, std::optional<Scalar> max = {},
                 Location where = Location::current());
  Tensor& masked_fill_(const Tensor& mask, Scalar value, Location where = Location::current());

 private:
  TensorImpl* known() const {
    if (!impl_) [[unlikely]]
      fail_undefined();
    return impl_;
  }
  [[noreturn, gnu::cold]] static void fail_undefined();

  TensorImpl* impl_;
};

/// A tensor argument. It borrows, so passing one touches no reference count, and it remembers the
/// line of the call: the conversion happens there, so its default argument is evaluated there,
/// for named functions and for operators alike. 16 bytes, in two registers.
struct Arg {
  Arg(const Tensor& t, Location where = Location::current()) : tensor(&t), where(where) {}
  const Tensor* tensor;
  Location where;
};

/// A tensor argument that may be left out.
struct OptArg {
  OptArg() = default;
  OptArg(const Tensor& t, Location where = Location::current()) : tensor(&t), where(where) {}
  const Tensor* tensor = nullptr;
  Location where;
};

/// A tensor or a bare number, which is weakly typed: `x * 2` keeps x's dtype. Passed by reference:
/// it is too large for registers, and copying what was just stored costs 15 ns.
struct NumArg {
  NumArg(const Tensor& t, Location where = Location::current()) : tensor(&t), where(where) {}
  template <class N>
    requires(std::is_arithmetic_v<N> || std::is_same_v<N, Scalar>)
  NumArg(N n, Location where = Location::current()) : number(n), where(where) {}
  const Tensor* tensor = nullptr;
  Scalar number;
  Location where;
};

/// A tensor or number that may be left out: clamp(x, min, max).
struct OptNumArg {
  OptNumArg() = default;
  OptNumArg(const Tensor& t, Location where = Location::current()) : tensor(&t), where(where) {}
  template <class N>
    requires(std::is_arithmetic_v<N> || std::is_same_v<N, Scalar>)
  OptNumArg(N n, Location where = Location::current()) : number(n), is_number(true), where(where) {}
  const Tensor* tensor = nullptr;
  Scalar number;
  bool is_number = false;
  Location where;
};

/// A list of tensors: cat({a, b}), or any range of them that is contiguous in memory.
struct ListArg {
  ListArg(std::initializer_list<Tensor> l, Location where = Location::current())
      : tensors(l.begin(), l.size()), where(where) {}
  ListArg(std::span<const Tensor> l, Location where = Location::current())
      : tensors(l), where(where) {}
  ListArg(const std::vector<Tensor>& l, Location where = Location::current())
      : tensors(l), where(where) {}
  template <std::size_t N>
  ListArg(const std::array<Tensor, N>& l, Location where = Location::current())
      : tensors(l), where(where) {}
  std::span<const Tensor> tensors;
  Location where;
};

/// An uninitialized tensor, row-major.
Tensor empty(const Dims& shape, DType dtype = DType::f32);

/// A copy of `values`, in row-major order. Error: their number is not the shape's product.
template <class T>
Tensor from_data(std::span<const T> values, const Dims& shape);
template <class T>
Tensor from_data(const std::vector<T>& values, const Dims& shape) {
  return from_data(std::span<const T>(values), shape);
}
template <class T>
Tensor from_data(std::initializer_list<T> values, const Dims& shape) {
  return from_data(std::span<const T>(values.begin(), values.size()), shape);
}

}  // namespace tandem
