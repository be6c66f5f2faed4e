// Lets every nanobind function take and return tensors, dtypes, shapes, devices and scalars.
#pragma once
#include "python/binding/convert.h"
#include "python/binding/tensor_type.h"

namespace tandem::python {

/// A device= argument where there is one device: None or that one. Another raises as PyTorch does.
struct OnCpu {};

}  // namespace tandem::python

namespace nanobind::detail {

template <>
struct type_caster<tandem::python::OnCpu> {
  static constexpr auto Name = const_name("tandem.device | str | None");
  template <class>
  using Cast = tandem::python::OnCpu;
  template <class>
  static constexpr bool can_cast() {
    return true;
  }
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    source_ = source;
    return true;
  }
  /// Not in from_python(), which may not raise and after which another overload would be tried.
  operator tandem::python::OnCpu() {
    tandem::Device device;
    if (!source_.is_none() && !tandem::python::to_device(source_.ptr(), device)) {
      if (PyErr_Occurred()) raise_python_error();
      tandem::python::raise_type_error(tandem::text("device must be a device or a str, not ",
                                                    tandem::python::describe(source_.ptr())));
    }
    return {};
  }

 private:
  handle source_;
};

template <>
struct type_caster<tandem::Tensor> {
  NB_TYPE_CASTER(tandem::Tensor, const_name("tandem.Tensor"))
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    if (!tandem::python::is_tensor(source.ptr())) return false;
    value = tandem::python::tensor_of(source.ptr());
    return value.defined();
  }
  static handle from_cpp(const tandem::Tensor& t, rv_policy, cleanup_list*) noexcept {
    return tandem::python::wrap(t);
  }
  static handle from_cpp(tandem::Tensor&& t, rv_policy, cleanup_list*) noexcept {
    return tandem::python::wrap(std::move(t));
  }
};

template <>
struct type_caster<tandem::DType> {
  NB_TYPE_CASTER(tandem::DType, const_name("tandem.dtype"))
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    return tandem::python::to_dtype(source.ptr(), value);
  }
  static handle from_cpp(tandem::DType t, rv_policy, cleanup_list*) noexcept {
    return tandem::python::from_dtype(t);
  }
};

template <>
struct type_caster<tandem::Dims> {
  NB_TYPE_CASTER(tandem::Dims, const_name("int | collections.abc.Sequence[int]"))
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    const bool good = tandem::python::to_dims(source.ptr(), value);
    if (!good) PyErr_Clear();
    return good;
  }
  static handle from_cpp(const tandem::Dims& d, rv_policy, cleanup_list*) noexcept {
    return tandem::python::from_dims(d);
  }
};

template <>
struct type_caster<tandem::Scalar> {
  NB_TYPE_CASTER(tandem::Scalar, const_name("float"))
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    const bool good = tandem::python::to_scalar(source.ptr(), value);
    if (!good) PyErr_Clear();
    return good;
  }
  static handle from_cpp(const tandem::Scalar& s, rv_policy, cleanup_list*) noexcept {
    return tandem::python::from_scalar(s);
  }
};

template <>
struct type_caster<tandem::Device> {
  NB_TYPE_CASTER(tandem::Device, const_name("tandem.device | str"))
  bool from_python(handle source, uint8_t, cleanup_list*) noexcept {
    const bool good = tandem::python::to_device(source.ptr(), value);
    if (!good) PyErr_Clear();
    return good;
  }
  static handle from_cpp(tandem::Device d, rv_policy, cleanup_list*) noexcept {
    return tandem::python::from_device(d);
  }
};

}  // namespace nanobind::detail
