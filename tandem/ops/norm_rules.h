// What the rules of the normalizations share.
#pragma once
#include <string_view>

#include "tandem/tensor/op_info.h"

namespace tandem::norms {

/// The dtype statistics are kept in, and arithmetic on halves happens in.
inline DType wide(DType t) { return is_half(t) ? DType::f32 : t; }
Tensor widened(const Tensor& t);

void check_floating(std::string_view op, const Type& input);
/// Of shape `expected`, in the input's dtype or the wide one; null is fine.
void check_parameter(std::string_view op, std::string_view name, const Type* parameter,
                     const Dims& expected, const Type& input);
/// [C] of input: [N, C, …].
Dims channels(std::string_view op, const Type& input);

/// [C] beside input: broadcasts along its channels.
Tensor per_channel(const Tensor& t, const Tensor& input);
Dims all_but_channels(const Tensor& input);
/// y * weight + bias, in y's dtype.
Tensor scaled(Tensor y, const Tensor* weight, const Tensor* bias);

/// running = running * (1 - momentum) + batch * momentum, in place.
void move_towards(const Tensor& running, const Tensor& batch, double momentum, Location where);

}  // namespace tandem::norms
