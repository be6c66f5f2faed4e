#include "tandem/ops/in_place.h"

#include <vector>

#include "tandem/ops/activation.h"
#include "tandem/ops/create.h"
#include "tandem/ops/elementwise.h"
#include "tandem/ops/exponential.h"
#include "tandem/ops/family.h"
#include "tandem/ops/functions.h"
#include "tandem/tensor/view_of.h"

namespace tandem {

Tensor copy(Arg input, Arg src) { return apply(Copy{}, input, src); }

Type Copy::infer(const Type& input, const Type& src) const {
  if (broadcast_shapes("copy", input.shape, src.shape) != input.shape)
    fail(ErrorCode::shape, "copy", "src of shape ", src.shape,
         " does not broadcast to input of shape ", input.shape);
  return input;
}
Grads Copy::vjp(const Call& c) const {
  return {Tensor(), c.needs(1) ? cast(c.dy(), c.type(1).dtype) : Tensor()};
}

void check_writable(const Tensor& target, std::string_view op) {
  if (!target) fail(ErrorCode::value, op, "the tensor to write to is undefined");
  const TensorImpl* t = target.impl();
  for (int d = 0; d < t->type.shape.size(); ++d)
    if (t->strides[d] == 0 && t->type.shape[d] > 1 && t->type.shape.product())
      fail(ErrorCode::value, op, "more than one element of the tensor of shape ", t->type.shape,
           " lies at the same place in memory (it was expanded): clone(x) it first");
  if (t->inference && !mode.inference)
    fail(ErrorCode::autograd, op,
         "a tensor made in InferenceMode may only be written inside one: clone(x) it first");
  if (!mode.grad) return;
  if (t->requires_grad)
    fail(
        ErrorCode::autograd, op,
        "a leaf Variable that requires grad is being used in an in-place operation. Write inside a "
        "NoGrad scope, or compute a new tensor");
  for (const ViewOf* v = t->view; v; v = v->parent->view)
    if (v->parent->requires_grad)
      fail(ErrorCode::autograd, op,
           "a view of a leaf Variable that requires grad is being used in an in-place operation. "
           "Write inside a NoGrad scope, or compute a new tensor");
}

namespace {

bool same_elements(const TensorImpl* a, const TensorImpl* b) {
  return a->data == b->data && a->type.shape == b->type.shape && a->strides == b->strides;
}

TensorRef ref(const Tensor& t) {
  const TensorImpl* i = t.impl();
  return {i->data, &i->type, &i->strides, i->contiguous};
}

/// What was computed becomes the target's value, if its dtype can hold that.
Tensor& store(Tensor& target, const Tensor& value, std::string_view name, Location where) {
  if (value.shape() != target.shape())
    fail(ErrorCode::shape, name, "the result has shape ", value.shape(),
         ", which does not fit the shape of the tensor it would be stored in, ", target.shape());
  if (category(value.dtype()) > category(target.dtype()))
    fail(ErrorCode::dtype, name, "the result is ", value.dtype(),
         ", which cannot be stored in a tensor of ", target.dtype(), ": cast(x, ...) it first");
  assign(target, value, name, where);
  return target;
}

/// Can an elementwise op read this operand as it stands while it writes over the target?
bool is_ready(const NumArg& operand, const Tensor& target) {
  if (!operand.tensor) return operand.number.category() <= category(target.dtype());
  const TensorImpl *a = operand.tensor->impl(), *t = target.impl();
  return a && a->type.dtype == t->type.dtype && (a->storage != t->storage || same_elements(a, t));
}

/// An elementwise op in place: straight over the target where that is safe and nothing is
/// recorded. `others` are its operands after the target.
Tensor& update(Tensor& target, const OpInfo& info, std::string_view name,
               std::initializer_list<const NumArg*> others, Location where,
               const void* op = nullptr) {
  if (mode.relocated) where = mode.where;
  check_writable(target, name);
  bool direct = info.promotion != Promotion::floating || is_floating(target.dtype());
  for (const NumArg* other : others) direct &= is_ready(*other, target);
  if (direct) {
    Tensor number[2];
    const Tensor* in[3] = {&target};
    std::size_t n = 1;
    for (const NumArg* other : others) {
      if (!other->tensor) number[n - 1] = full_at({}, other->number, target.dtype(), where);
      in[n] = other->tensor ? other->tensor : &number[n - 1];
      ++n;
    }
    apply_in_place(info, op, {in, n}, where);
    return target;
  }
  const NumArg self(target, where);
  std::vector<const NumArg*> args{&self};
  args.insert(args.end(), others);
  const Tensor value = apply_promoted(info, op, args);
  return store(target, value, name, where);
}
Tensor& update(Tensor& target, const OpInfo& info, std::string_view name, const NumArg& other,
               Location where) {
  return update(target, info, name, {&other}, where);
}

}  // namespace

void assign(Tensor& target, const Tensor& source, std::string_view op, Location where) {
  if (mode.relocated) where = mode.where;
  At line(where);
  check_writable(target, op);
  if (!source) fail(ErrorCode::value, op, "the source is undefined");
  TensorImpl* t = target.impl();
  if (broadcast_shapes(op, t->type.shape, source.shape()) != t->type.shape)
    fail(ErrorCode::shape, op, "a source of shape ", source.shape(),
         " does not broadcast to the target's shape ", t->type.shape);
  Tensor value = source.dtype() == t->type.dtype ? source : cast(source, t->type.dtype);
  if (value.shape() != t->type.shape) value = expand(value, t->type.shape);
  const bool history = mode.grad && tape && (needs_grad(value.impl()) || needs_grad(t));
  if (history) tape->keep_overwritten(t, source);

  if (mode.tracer) {
    mode.tracer->assign(target, value, where);
  } else if (!same_elements(value.impl(), t)) {
    // Reading what is being overwritten needs a copy first.
    const Tensor from = value.impl()->storage == t->storage ? clone(value) : value;
    const TensorRef out[] = {ref(target)}, in[] = {ref(target), ref(from)};
    const Copy copy;
    info_of<Copy>.kernel[int(t->device.type)].run({&copy, out, in, nullptr});
  }
  ++t->storage->version;
  t->storage->written = where;
  if (history) tape->rebase(t, value, where);
}

// clang-format off
Tensor& Tensor::copy_(const Tensor& source, Location where) { assign(*this, source, "copy_", where); return *this; }
Tensor& Tensor::fill_(Scalar value, Location where) { assign(*this, full_at({}, value, dtype(), where), "fill_", where); return *this; }
Tensor& Tensor::add_(const Tensor& other, Location where) { return update(*this, info_of<Add>, "add_", {other, where}, where); }
Tensor& Tensor::sub_(const Tensor& other, Location where) { return update(*this, info_of<Sub>, "sub_", {other, where}, where); }
Tensor& Tensor::mul_(const Tensor& other, Location where) { return update(*this, info_of<Mul>, "mul_", {other, where}, where); }
Tensor& Tensor::div_(const Tensor& other, Location where) { return update(*this, info_of<Div>, "div_", {other, where}, where); }
Tensor& Tensor::add_(Scalar other, Location where) { return update(*this, info_of<Add>, "add_", {other, where}, where); }
Tensor& Tensor::sub_(Scalar other, Location where) { return update(*this, info_of<Sub>, "sub_", {other, where}, where); }
Tensor& Tensor::mul_(Scalar other, Location where) { return update(*this, info_of<Mul>, "mul_", {other, where}, where); }
Tensor& Tensor::div_(Scalar other, Location where) { return update(*this, info_of<Div>, "div_", {other, where}, where); }
Tensor& Tensor::masked_fill_(const Tensor& mask, Scalar value, Location where) { assign(*this, masked_fill({*this, where}, mask, {value, where}), "masked_fill_", where); return *this; }
Tensor& Tensor::neg_(Location where) { return update(*this, info_of<Neg>, "neg_", {}, where); }
Tensor& Tensor::exp_(Location where) { return update(*this, info_of<Exp>, "exp_", {}, where); }
Tensor& Tensor::relu_(Location where) { return update(*this, info_of<Relu>, "relu_", {}, where); }
// clang-format on

Tensor& Tensor::clamp_(std::optional<Scalar> min, std::optional<Scalar> max, Location where) {
  At line(where);
  if (!min && !max) fail(ErrorCode::value, "clamp_", "at least one of min and max must be given");
  Tensor value = *this;  // a NaN is less than nothing, and stays
  if (min) value = tandem::where(value < *min, *min, value);
  if (max) value = tandem::where(value > *max, *max, value);
  return store(*this, value, "clamp_", where);
}

namespace in_place {
namespace {

AnyOp with(const OpInfo& info, Attributes attributes) {
  AnyOp op(info);
  const AttributeInfo* a = info.attribute;
  for (const Attribute& value : attributes) {
    void* to = (a++)->in(op.data());
    std::visit([&](const auto& v) { *static_cast<std::remove_cvref_t<decltype(v)>*>(to) = v; },
               value);
  }
  return op;
}

}  // namespace

Tensor elementwise(const OpInfo& info, const Arg& input,
                   std::initializer_list<const NumArg*> others, Attributes attributes) {
  Tensor target = *input.tensor;
  const AnyOp op = with(info, attributes);
  return update(target, info, text(info.name(), '_'), others, input.where, op.data());
}
Tensor apply(const OpInfo& info, const Arg& input, std::initializer_list<const Arg*> others,
             Attributes attributes) {
  const Tensor& target = *input.tensor;
  const Location where = mode.relocated ? mode.where : input.where;
  check_writable(target, text(info.name(), '_'));
  std::vector<const Tensor*> in{&target};
  for (const Arg* other : others) in.push_back(other->tensor);
  apply_in_place(info, with(info, attributes).data(), in, where);
  return target;
}
Tensor store(const Arg& input, const Tensor& value, std::string_view name) {
  Tensor target = *input.tensor;
  return tandem::store(target, value, name, input.where);
}

}  // namespace in_place

template struct Family<InPlaceOps>;

}  // namespace tandem
