// Convolution in plain loops: any dtype, any strides. What double runs on.
#pragma once
#include "tandem/cpu/conv2d.h"

namespace tandem::cpu {

template <class T>
void general_conv(const Conv2dOptions& options, const Image<const T>& x, const Image<const T>& w,
                  const T* bias, const Image<T>& y);
template <class T>
void general_conv_input_gradient(const Conv2dOptions& options, const Image<const T>& dy,
                                 const Image<const T>& w, const T* bias, const Image<T>& dx);
template <class T>
void general_conv_weight_gradient(const Conv2dOptions& options, const Image<const T>& dy,
                                  const Image<const T>& x, const Image<T>& dw);

}  // namespace tandem::cpu
