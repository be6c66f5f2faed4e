#include "tandem/ops/words.h"

namespace tandem {
namespace {

constexpr Synonym ops[] = {
    {"absolute", "abs"},
    {"arccos", "acos"},
    {"arccosh", "acosh"},
    {"arcsin", "asin"},
    {"arcsinh", "asinh"},
    {"arctan", "atan"},
    {"arctan2", "atan2"},
    {"arctanh", "atanh"},
    {"cholesky", "linalg_cholesky"},
    {"clip", "clamp"},
    {"concat", "cat"},
    {"concatenate", "cat"},
    {"det", "linalg_det"},
    {"divide", "div"},
    {"fix", "trunc"},
    {"ger", "outer"},
    {"greater", "gt"},
    {"greater_equal", "ge"},
    {"igamma", "special_gammainc"},
    {"igammac", "special_gammaincc"},
    {"inverse", "linalg_inv"},
    {"less", "lt"},
    {"less_equal", "le"},
    {"linalg_matmul", "matmul"},
    {"matrix_exp", "linalg_matrix_exp"},
    {"matrix_power", "linalg_matrix_power"},
    {"mode", "most_frequent"},
    {"moveaxis", "movedim"},
    {"multiply", "mul"},
    {"negative", "neg"},
    {"not_equal", "ne"},
    {"row_stack", "vstack"},
    {"slogdet", "linalg_slogdet"},
    {"special_digamma", "digamma"},
    {"special_erf", "erf"},
    {"special_erfc", "erfc"},
    {"special_erfinv", "erfinv"},
    {"special_exp2", "exp2"},
    {"special_expit", "sigmoid"},
    {"special_expm1", "expm1"},
    {"special_gammaln", "lgamma"},
    {"special_i0", "i0"},
    {"special_log1p", "log1p"},
    {"special_log_softmax", "log_softmax"},
    {"special_logit", "logit"},
    {"special_logsumexp", "logsumexp"},
    {"special_modified_bessel_i0", "i0"},
    {"special_modified_bessel_i1", "special_i1"},
    {"special_multigammaln", "mvlgamma"},
    {"special_polygamma", "polygamma"},
    {"special_psi", "digamma"},
    {"special_round", "round"},
    {"special_sinc", "sinc"},
    {"special_softmax", "softmax"},
    {"special_xlogy", "xlogy"},
    {"subtract", "sub"},
    {"swapdims", "transpose"},
    {"trapz", "trapezoid"},
    {"true_divide", "div"},
};

constexpr Synonym keywords[] = {
    {"axis", "dim"},     {"axis", "dims"},  {"axes", "dims"}, {"keepdims", "keepdim"},
    {"x", "input"},      {"self", "input"}, {"x1", "input"},  {"x2", "other"},
    {"self", "tensors"}, {"y", "other"},    {"input", "A"},   {"rcond", "rtol"},
};

}  // namespace

std::span<const Synonym> op_synonyms() { return ops; }
std::span<const Synonym> keyword_synonyms() { return keywords; }

}  // namespace tandem
