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
    {"clip", "clamp"},
    {"concat", "cat"},
    {"concatenate", "cat"},
    {"divide", "div"},
    {"fix", "trunc"},
    {"ger", "outer"},
    {"greater", "gt"},
    {"greater_equal", "ge"},
    {"less", "lt"},
    {"less_equal", "le"},
    {"moveaxis", "movedim"},
    {"multiply", "mul"},
    {"negative", "neg"},
    {"not_equal", "ne"},
    {"row_stack", "vstack"},
    {"special_exp2", "exp2"},
    {"special_expit", "sigmoid"},
    {"subtract", "sub"},
    {"swapdims", "transpose"},
    {"true_divide", "div"},
};

constexpr Synonym keywords[] = {
    {"axis", "dim"},     {"axis", "dims"},  {"axes", "dims"}, {"keepdims", "keepdim"},
    {"x", "input"},      {"self", "input"}, {"x1", "input"},  {"x2", "other"},
    {"self", "tensors"}, {"y", "other"},    {"input", "A"},
};

}  // namespace

std::span<const Synonym> op_synonyms() { return ops; }
std::span<const Synonym> keyword_synonyms() { return keywords; }

}  // namespace tandem
