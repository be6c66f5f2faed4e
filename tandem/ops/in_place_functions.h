// DERIVED from the registry by tools/write_functions; a test fails when it is stale.
//
// Functions that write their result over their first operand and give it back, as PyTorch names
// them. They are differentiable; what can be computed in place is. Errors as of Tensor::add_.
// clang-format off
#pragma once
#include "tandem/ops/functions.h"
#include "tandem/ops/in_place.h"
#include "tandem/ops/registry.h"

namespace tandem {

inline Tensor index_add_(Arg input, int64_t dim, Arg index, Arg source, Scalar alpha = 1) { return in_place::store(input, index_add(input, dim, index, source, alpha), "index_add_"); }
inline Tensor index_copy_(Arg input, int64_t dim, Arg index, Arg source) { return in_place::store(input, index_copy(input, dim, index, source), "index_copy_"); }
inline Tensor index_fill_(Arg input, int64_t dim, Arg index, const NumArg& value) { return in_place::store(input, index_fill(input, dim, index, value), "index_fill_"); }
inline Tensor masked_fill_(Arg input, Arg mask, const NumArg& value) { return in_place::store(input, masked_fill(input, mask, value), "masked_fill_"); }
inline Tensor masked_scatter_(Arg input, Arg mask, Arg source) { return in_place::store(input, masked_scatter(input, mask, source), "masked_scatter_"); }
inline Tensor scatter_(Arg input, int64_t dim, Arg index, const NumArg& src) { return in_place::store(input, scatter(input, dim, index, src), "scatter_"); }
inline Tensor scatter_add_(Arg input, int64_t dim, Arg index, Arg src) { static const OpInfo& op = *find_op("scatter_add"); return in_place::apply(op, input, {&index, &src}, {dim}); }
inline Tensor scatter_reduce_(Arg input, int64_t dim, Arg index, Arg src, Name reduce, bool include_self = true) { static const OpInfo& op = *find_op("scatter_reduce"); return in_place::apply(op, input, {&index, &src}, {dim, reduce, include_self}); }
inline Tensor add_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("add"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor sub_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("sub"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor mul_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("mul"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor div_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("div"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor floor_divide_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("floor_divide"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor remainder_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("remainder"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor fmod_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("fmod"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor pow_(Arg input, const NumArg& exponent) { static const OpInfo& op = *find_op("pow"); return in_place::elementwise(op, input, {&exponent}, {}); }
inline Tensor neg_(Arg input) { static const OpInfo& op = *find_op("neg"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor abs_(Arg input) { static const OpInfo& op = *find_op("abs"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor sign_(Arg input) { static const OpInfo& op = *find_op("sign"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor square_(Arg input) { static const OpInfo& op = *find_op("square"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor reciprocal_(Arg input) { static const OpInfo& op = *find_op("reciprocal"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor sqrt_(Arg input) { static const OpInfo& op = *find_op("sqrt"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor rsqrt_(Arg input) { static const OpInfo& op = *find_op("rsqrt"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor maximum_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("maximum"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor minimum_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("minimum"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor clamp_min_(Arg input, const NumArg& min) { static const OpInfo& op = *find_op("clamp_min"); return in_place::elementwise(op, input, {&min}, {}); }
inline Tensor clamp_max_(Arg input, const NumArg& max) { static const OpInfo& op = *find_op("clamp_max"); return in_place::elementwise(op, input, {&max}, {}); }
inline Tensor clamp_(Arg input, const OptNumArg& min = {}, const OptNumArg& max = {}) { return in_place::store(input, clamp(NumArg(*input.tensor, input.where), min, max), "clamp_"); }
inline Tensor lerp_(Arg input, const NumArg& end, const NumArg& weight) { static const OpInfo& op = *find_op("lerp"); return in_place::elementwise(op, input, {&end, &weight}, {}); }
inline Tensor addcmul_(Arg input, const NumArg& tensor1, const NumArg& tensor2, Scalar value = 1) { static const OpInfo& op = *find_op("addcmul"); return in_place::elementwise(op, input, {&tensor1, &tensor2}, {value}); }
inline Tensor addcdiv_(Arg input, const NumArg& tensor1, const NumArg& tensor2, Scalar value = 1) { static const OpInfo& op = *find_op("addcdiv"); return in_place::elementwise(op, input, {&tensor1, &tensor2}, {value}); }
inline Tensor hypot_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("hypot"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor floor_(Arg input) { static const OpInfo& op = *find_op("floor"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor ceil_(Arg input) { static const OpInfo& op = *find_op("ceil"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor round_(Arg input) { static const OpInfo& op = *find_op("round"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor trunc_(Arg input) { static const OpInfo& op = *find_op("trunc"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor frac_(Arg input) { static const OpInfo& op = *find_op("frac"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor positive_(Arg input) { static const OpInfo& op = *find_op("positive"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor exp_(Arg input) { static const OpInfo& op = *find_op("exp"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor exp2_(Arg input) { static const OpInfo& op = *find_op("exp2"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor expm1_(Arg input) { static const OpInfo& op = *find_op("expm1"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor log_(Arg input) { static const OpInfo& op = *find_op("log"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor log2_(Arg input) { static const OpInfo& op = *find_op("log2"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor log10_(Arg input) { static const OpInfo& op = *find_op("log10"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor log1p_(Arg input) { static const OpInfo& op = *find_op("log1p"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor erf_(Arg input) { static const OpInfo& op = *find_op("erf"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor erfc_(Arg input) { static const OpInfo& op = *find_op("erfc"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor sigmoid_(Arg input) { static const OpInfo& op = *find_op("sigmoid"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor logaddexp_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("logaddexp"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor xlogy_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("xlogy"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor sin_(Arg input) { static const OpInfo& op = *find_op("sin"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor cos_(Arg input) { static const OpInfo& op = *find_op("cos"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor tan_(Arg input) { static const OpInfo& op = *find_op("tan"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor asin_(Arg input) { static const OpInfo& op = *find_op("asin"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor acos_(Arg input) { static const OpInfo& op = *find_op("acos"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor atan_(Arg input) { static const OpInfo& op = *find_op("atan"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor atan2_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("atan2"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor sinh_(Arg input) { static const OpInfo& op = *find_op("sinh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor cosh_(Arg input) { static const OpInfo& op = *find_op("cosh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor tanh_(Arg input) { static const OpInfo& op = *find_op("tanh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor asinh_(Arg input) { static const OpInfo& op = *find_op("asinh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor acosh_(Arg input) { static const OpInfo& op = *find_op("acosh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor atanh_(Arg input) { static const OpInfo& op = *find_op("atanh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor bitwise_and_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("bitwise_and"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor bitwise_or_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("bitwise_or"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor bitwise_xor_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("bitwise_xor"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor bitwise_not_(Arg input) { static const OpInfo& op = *find_op("bitwise_not"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor bitwise_left_shift_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("bitwise_left_shift"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor bitwise_right_shift_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("bitwise_right_shift"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor eq_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("eq"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor ne_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("ne"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor lt_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("lt"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor le_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("le"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor gt_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("gt"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor ge_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("ge"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor logical_and_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("logical_and"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor logical_or_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("logical_or"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor logical_xor_(Arg input, const NumArg& other) { static const OpInfo& op = *find_op("logical_xor"); return in_place::elementwise(op, input, {&other}, {}); }
inline Tensor logical_not_(Arg input) { static const OpInfo& op = *find_op("logical_not"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor isnan_(Arg input) { static const OpInfo& op = *find_op("isnan"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor isinf_(Arg input) { static const OpInfo& op = *find_op("isinf"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor isfinite_(Arg input) { static const OpInfo& op = *find_op("isfinite"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor isposinf_(Arg input) { static const OpInfo& op = *find_op("isposinf"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor isneginf_(Arg input) { static const OpInfo& op = *find_op("isneginf"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor signbit_(Arg input) { static const OpInfo& op = *find_op("signbit"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor relu_(Arg input) { static const OpInfo& op = *find_op("relu"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor leaky_relu_(Arg input, double negative_slope = 0.01) { static const OpInfo& op = *find_op("leaky_relu"); return in_place::elementwise(op, input, {}, {negative_slope}); }
inline Tensor hardtanh_(Arg input, double min_val = -1, double max_val = 1) { static const OpInfo& op = *find_op("hardtanh"); return in_place::elementwise(op, input, {}, {min_val, max_val}); }
inline Tensor elu_(Arg input, double alpha = 1) { static const OpInfo& op = *find_op("elu"); return in_place::elementwise(op, input, {}, {alpha}); }
inline Tensor celu_(Arg input, double alpha = 1) { static const OpInfo& op = *find_op("celu"); return in_place::elementwise(op, input, {}, {alpha}); }
inline Tensor selu_(Arg input) { static const OpInfo& op = *find_op("selu"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor gelu_none_(Arg input) { static const OpInfo& op = *find_op("gelu_none"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor gelu_tanh_(Arg input) { static const OpInfo& op = *find_op("gelu_tanh"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor silu_(Arg input) { static const OpInfo& op = *find_op("silu"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor softplus_(Arg input, double beta = 1, double threshold = 20) { static const OpInfo& op = *find_op("softplus"); return in_place::elementwise(op, input, {}, {beta, threshold}); }
inline Tensor mish_(Arg input) { static const OpInfo& op = *find_op("mish"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor logsigmoid_(Arg input) { static const OpInfo& op = *find_op("logsigmoid"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor hardsigmoid_(Arg input) { static const OpInfo& op = *find_op("hardsigmoid"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor hardswish_(Arg input) { static const OpInfo& op = *find_op("hardswish"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor hardshrink_(Arg input, double lambd = 0.5) { static const OpInfo& op = *find_op("hardshrink"); return in_place::elementwise(op, input, {}, {lambd}); }
inline Tensor softshrink_(Arg input, double lambd = 0.5) { static const OpInfo& op = *find_op("softshrink"); return in_place::elementwise(op, input, {}, {lambd}); }
inline Tensor tanhshrink_(Arg input) { static const OpInfo& op = *find_op("tanhshrink"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor softsign_(Arg input) { static const OpInfo& op = *find_op("softsign"); return in_place::elementwise(op, input, {}, {}); }
inline Tensor threshold_(Arg input, double threshold, double value) { static const OpInfo& op = *find_op("threshold"); return in_place::elementwise(op, input, {}, {threshold, value}); }
inline Tensor lgamma_(Arg input) { return in_place::store(input, lgamma(NumArg(*input.tensor, input.where)), "lgamma_"); }
inline Tensor digamma_(Arg input) { return in_place::store(input, digamma(NumArg(*input.tensor, input.where)), "digamma_"); }
inline Tensor erfinv_(Arg input) { return in_place::store(input, erfinv(NumArg(*input.tensor, input.where)), "erfinv_"); }
inline Tensor i0_(Arg input) { return in_place::store(input, i0(NumArg(*input.tensor, input.where)), "i0_"); }
inline Tensor put_(Arg input, Arg index, Arg source, bool accumulate = false) { return in_place::store(input, put(input, index, source, accumulate), "put_"); }

}  // namespace tandem
