#include "tandem/tensor/apply.h"

#include "tandem/tensor/layout.h"
#include "tandem/tensor/strides.h"
#include "tandem/tensor/view_of.h"

namespace tandem {
namespace {

/// A scratch array of one call, uninitialized: on the stack for the usual few operands, else on the
/// heap.
template <class T>
class Scratch {
 public:
  explicit Scratch(std::size_t n) : data_(few_), size_(n) {
    static_assert(std::is_trivially_destructible_v<T>);
    if (n > inline_size) [[unlikely]]
      data_ = new T[n];
  }
  Scratch(const Scratch&) = delete;
  ~Scratch() {
    if (data_ != few_) [[unlikely]]
      delete[] data_;
  }
  T& operator[](std::size_t i) { return data_[i]; }
  operator std::span<const T>() { return {data_, size_}; }

 private:
  static constexpr std::size_t inline_size = 6;
  T* data_;
  std::size_t size_;
  union {
    T few_[inline_size];
  };
};

TensorRef ref(const TensorImpl* t) {
  if (!t) return {};
  return {t->data, &t->type, &t->strides, t->contiguous};
}

void make_view(const View& view, const OpInfo& info, const void* op, TensorImpl* parent,
               TensorImpl* out, Location where) {
  out->strides = view.strides;
  out->contiguous = is_row_major(out->type.shape, view.strides);
  if (parent->data) out->data = parent->data + view.offset * size_of(out->type.dtype);
  retain(out->storage = parent->storage);
  out->node_version = out->storage->version;
  if (!mode.inference) out->view = ViewOf::make(parent, info, op, where);
}

/// The same without elements. Programs have no strides: what eager would copy after all is a view
/// here, which only an in-place write could tell.
void make_traced_view(const OpInfo& info, const void* op, TensorImpl* parent, TensorImpl* out,
                      Location where) {
  retain(out->storage = parent->storage);
  out->node_version = out->storage->version;
  if (!mode.inference) out->view = ViewOf::make(parent, info, op, where);
}

bool any_needs_grad(Operands in) {
  for (const Tensor* t : in)
    if (t->impl() && needs_grad(t->impl())) return true;
  return false;
}

/// Only operands that the signature marks, and those of a list, may be left out.
void check_optional(const OpInfo& info, std::size_t i) {
  if (int(i) < info.operands && !(info.optional >> i & 1)) [[unlikely]]
    fail(ErrorCode::value, info.name(), "operand ", i, " is an undefined tensor");
}
void check_defined(const OpInfo& info, Operands in) {
  for (std::size_t i = 0; i < in.size(); ++i)
    if (!in[i]->impl()) check_optional(info, i);
}

[[gnu::cold, gnu::noinline]] void no_kernel(const OpInfo& info, Operands in,
                                            std::span<TensorImpl* const> out) {
  std::string types;
  for (const Tensor* t : in) {
    if (!types.empty()) types += ", ";
    append(types, t->impl() ? text(t->type()) : "none");
  }
  fail(ErrorCode::unsupported, info.name(), "there is no kernel for operands (", types,
       ") and a result of ", out[0]->type, " on ", out[0]->device);
}

void call_kernel(const OpInfo& info, const void* op, std::span<const TensorRef> out,
                 std::span<const TensorRef> in, Device device) {
  const KernelEntry& kernel = info.kernel[int(device.type)];
  KernelCall call{op, out, in, nullptr};
  if (!kernel.workspace) [[likely]]
    return kernel.run(call);
  struct Workspace {
    std::size_t bytes;
    std::byte* memory;
    explicit Workspace(std::size_t n)
        : bytes(n), memory(static_cast<std::byte*>(block_cache.take(n))) {}
    ~Workspace() { block_cache.give(memory, bytes); }
  } workspace(kernel.workspace(call));
  call.workspace = workspace.memory;
  kernel.run(call);
}

bool has_kernel(const OpInfo& info, const void* op, Types types, Device device) {
  const KernelEntry& kernel = info.kernel[int(device.type)];
  return kernel.run && (!kernel.supports || kernel.supports(op, types));
}

[[noreturn, gnu::cold, gnu::noinline]] void fail_devices(const OpInfo& info, Device a, Device b) {
  fail(ErrorCode::unsupported, info.name(), "operands are on ", a, " and ", b,
       ": move them to one device");
}

}  // namespace

void run(const OpInfo& info, const void* op, Operands in, std::span<TensorImpl* const> out,
         Location where) {
  Scratch<TensorRef> refs(in.size());
  bool row_major = true;
  for (std::size_t i = 0; i < in.size(); ++i) {
    const TensorRef r = refs[i] = ref(in[i]->impl());
    if (r.type && !r.data) [[unlikely]]
      fail(ErrorCode::unsupported, info.name(), "operand ", i,
           " belongs to a trace that has ended and has no value");
    row_major &= r.contiguous;
  }
  if (info.view) {
    if (View view = info.view(op, refs[0], out[0]->type); view.ok)
      return make_view(view, info, op, in[0]->impl(), out[0], where);
  }
  const Device device = out[0]->device;
  if (!info.kernel[int(device.type)].run) [[unlikely]]
    no_kernel(info, in, out);
  Scratch<TensorRef> results(out.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    allocate(out[i]);
    // Most often there is nothing but row-major operands to follow.
    if (info.layout != Layout::contiguous && !(info.layout == Layout::follow && row_major))
      out[i]->contiguous = follow_layout(info.layout, refs, out[i]->type, out[i]->strides);
    results[i] = ref(out[i]);
  }
  call_kernel(info, op, results, refs, device);
}

void decompose(const OpInfo& info, const void* op, Operands in, Tensor* out) {
  if (!info.rules || !info.rules->decompose)
    fail(ErrorCode::unsupported, info.name(),
         "has neither a kernel for these operands nor an installed decomposition");
  info.rules->decompose(op, in, out);
}

void apply(const OpInfo& info, const void* op, Operands in, Tensor* out, Location where) {
  if (mode.autocast) [[unlikely]]
    return mode.autocast(info, op, in, out, where);
  apply_as_is(info, op, in, out, where);
}

void apply_as_is(const OpInfo& info, const void* op, Operands in, Tensor* out, Location where) {
  if (mode.relocated) where = mode.where;
  if (!info.infer) {
    check_defined(info, in);
    At line(where);
    return decompose(info, op, in, out);
  }
  const std::size_t results = std::size_t(info.results);
  TensorImpl* impl[max_results];
  Type* result_types[max_results];
  for (std::size_t i = 0; i < results; ++i) {
    out[i] = Tensor::adopt(impl[i] = new_impl());
    result_types[i] = &impl[i]->type;
  }

  Scratch<const Type*> types(in.size());
  Device device;
  bool any_operand = false, wants_grad = false;
  for (std::size_t i = 0; i < in.size(); ++i) {
    TensorImpl* t = in[i]->impl();
    types[i] = t ? &t->type : nullptr;
    if (!t) {
      check_optional(info, i);
      continue;
    }
    if (!any_operand) device = t->device;
    if (t->device != device) [[unlikely]]
      fail_devices(info, device, t->device);
    any_operand = true;
    wants_grad |= needs_grad(t);
  }
  wants_grad &= mode.grad;
  info.infer(op, types, result_types);
  for (std::size_t i = 0; i < results; ++i) {
    if (!has_valid_size(impl[i]->type)) [[unlikely]]
      fail_size(info.name(), impl[i]->type);  // finding the name costs as much as the check
    impl[i]->device = device;
    impl[i]->inference = mode.inference;
  }

  const bool composite = !info.view && !has_kernel(info, op, types, device);
  const bool has_decompose = composite && info.rules && info.rules->decompose;
  if (has_decompose && (wants_grad || !mode.tracer)) {
    // Without a gradient rule of its own, a composite is differentiated through its parts.
    At line(where);
    if (wants_grad && !info.rules->vjp) return decompose(info, op, in, out);
    if (!mode.tracer) {
      NoGrad parts_need_no_tape;
      decompose(info, op, in, out);
      // A part that is handed through (an operand, say) must not get this op's history.
      for (std::size_t i = 0; i < results; ++i)
        if (out[i].impl()->refs > 1 || out[i].impl()->node) out[i] = out[i].detach();
    }
  }
  if (mode.tracer) [[unlikely]] {
    for (std::size_t i = 0; i < results; ++i)
      if (!impl[i]->storage) {
        set_contiguous_strides(impl[i]->type.shape, impl[i]->strides);
        if (info.view)
          make_traced_view(info, op, in[0]->impl(), impl[i], where);
        else
          impl[i]->storage = Storage::make(0);
      }
    mode.tracer->emit(info, op, in, {out, results}, where);
  } else if (!has_decompose) {
    run(info, op, in, {impl, results}, where);
  }
  if (wants_grad) tape->record(info, op, in, {out, results}, where);
  if (mode.detect_anomaly && tape) [[unlikely]]
    tape->check_anomaly(info, {out, results}, where);
}

/// Applies and copies the results over the operands that they replace.
static void apply_and_copy(const OpInfo& info, const void* op, Operands in, Location where) {
  Tensor out[max_results];
  apply(info, op, in, out, where);
  for (int i = 0; i < info.results; ++i)
    if (info.in_place[i] >= 0) {
      Tensor target = *in[std::size_t(info.in_place[i])];
      target.copy_(out[i], where);
    }
}

void apply_in_place(const OpInfo& info, const void* op, Operands in, Location where) {
  if (mode.relocated) where = mode.where;
  if (mode.tracer || (mode.grad && any_needs_grad(in))) return apply_and_copy(info, op, in, where);

  Scratch<const Type*> types(in.size());
  Scratch<TensorRef> refs(in.size());
  for (std::size_t i = 0; i < in.size(); ++i) {
    refs[i] = ref(in[i]->impl());
    types[i] = refs[i].type;
  }
  Type result[max_results];
  Type* result_types[max_results];
  for (int i = 0; i < info.results; ++i) result_types[i] = &result[i];
  info.infer(op, types, result_types);

  const Device device = in[0]->device();
  TensorRef results[max_results];
  bool direct = has_kernel(info, op, types, device);
  for (int i = 0; i < info.results && direct; ++i) {
    direct = info.in_place[i] >= 0;
    if (!direct) break;
    results[i] = refs[std::size_t(info.in_place[i])];
    direct = *results[i].type == result[i] && is_dense(results[i].shape(), *results[i].strides);
  }
  if (!direct) return apply_and_copy(info, op, in, where);
  for (const Tensor* t : in)
    if (t->impl() && t->device() != device) fail_devices(info, device, t->device());
  call_kernel(info, op, {results, std::size_t(info.results)}, refs, device);
  for (int i = 0; i < info.results; ++i) {
    Storage* s = in[std::size_t(info.in_place[i])]->impl()->storage;
    ++s->version;
    s->written = where;
  }
}

}  // namespace tandem
