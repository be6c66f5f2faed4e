// Numbers in the text of programs: they read back to the same bits.
#pragma once
#include <string>
#include <string_view>

#include "tandem/base/dtype.h"
#include "tandem/base/scalar.h"

namespace tandem::graph {

/// The shortest decimal that reads back as `value`, with a point or an exponent: "2.0", "1e-05",
/// "-inf", "nan"; a nan other than the usual one shows its bits: "nan_x7ff8000000000001".
std::string literal(double value);
std::string literal(float value);
/// "2.0", "3", "true": the form tells the category.
std::string literal(const Scalar& value);
/// An element of a constant.
std::string literal(DType dtype, const std::byte* element);

/// Reads what literal() writes. False where the text is no number, or none of this kind.
bool read_literal(std::string_view text, double& value);
bool read_literal(std::string_view text, Scalar& value);
/// Floating elements take whole numbers too. False also for numbers that the dtype does not hold.
bool read_literal(std::string_view text, DType dtype, std::byte* element);

}  // namespace tandem::graph
