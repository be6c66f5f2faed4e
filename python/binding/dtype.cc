// tandem.float32 and its kind: one object a dtype.
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <limits>
#include <utility>

#include "python/binding/convert.h"
#include "python/binding/tensor_caster.h"
#include "tandem/base/promote.h"

namespace tandem::python {
namespace {

struct DTypeObject {
  DType value;
};

PyObject* object_of[dtype_count] = {};

/// PyTorch's second names.
constexpr std::pair<std::string_view, DType> aliases[] = {
    {"float", DType::f32}, {"double", DType::f64}, {"half", DType::f16},
    {"long", DType::i64},  {"int", DType::i32},    {"short", DType::i16}};

double lowest(DType t) {
  return with_dtype(t, [](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, Half>)
      return -65504.0;
    else if constexpr (std::is_same_v<T, BFloat16>)
      return -0x1.fep127;
    else
      return double(std::numeric_limits<T>::lowest());
  });
}

/// torch.finfo
struct FloatInfo {
  DType dtype;
  int bits;
  double eps, max, min, tiny, resolution;
};
FloatInfo float_info(DType t) {
  FloatInfo i{t, size_of(t) * 8, 0, -lowest(t), lowest(t), 0, 0};
  switch (t) {
    case DType::f16:
      i.eps = 0x1p-10, i.tiny = 0x1p-14, i.resolution = 1e-3;
      break;
    case DType::bf16:
      i.eps = 0x1p-7, i.tiny = 0x1p-126, i.resolution = 1e-2;
      break;
    case DType::f32:
      i.eps = 0x1p-23, i.tiny = 0x1p-126, i.resolution = 1e-6;
      break;
    case DType::f64:
      i.eps = 0x1p-52, i.tiny = 0x1p-1022, i.resolution = 1e-15;
      break;
    default:
      raise_type_error(text("finfo() takes a floating dtype, got ", t, "; use iinfo()"));
  }
  return i;
}

/// torch.iinfo
struct IntegerInfo {
  DType dtype;
  int bits;
  int64_t max, min;
};
IntegerInfo integer_info(DType t) {
  if (!is_integral(t))
    raise_type_error(text("iinfo() takes an integer dtype, got ", t, "; use finfo()"));
  return with_dtype(t, [t](auto zero) -> IntegerInfo {
    using T = decltype(zero);
    if constexpr (std::is_integral_v<T>)
      return {t, size_of(t) * 8, int64_t(std::numeric_limits<T>::max()),
              int64_t(std::numeric_limits<T>::min())};
    else
      return {};
  });
}

}  // namespace

bool to_dtype(PyObject* o, DType& to) {
  for (int i = 0; i < dtype_count; ++i)
    if (o == object_of[i]) {
      to = DType(i);
      return true;
    }
  if (o == reinterpret_cast<PyObject*>(&PyFloat_Type))
    to = DType::f64;
  else if (o == reinterpret_cast<PyObject*>(&PyLong_Type))
    to = DType::i64;
  else if (o == reinterpret_cast<PyObject*>(&PyBool_Type))
    to = DType::boolean;
  else
    return false;
  return true;
}

PyObject* from_dtype(DType t) { return new_reference(object_of[int(t)]); }

void bind_dtype(nb::module_& m) {
  nb::class_<DTypeObject>(m, "dtype", "What the elements of a tensor are.")
      .def_prop_ro("is_floating_point", [](const DTypeObject& t) { return is_floating(t.value); })
      .def_prop_ro("is_complex", [](const DTypeObject&) { return false; })
      .def_prop_ro(
          "is_signed",
          [](const DTypeObject& t) { return t.value != DType::boolean && t.value != DType::u8; })
      .def_prop_ro("itemsize", [](const DTypeObject& t) { return size_of(t.value); })
      .def("__repr__",
           [](const DTypeObject& t) { return nb::str(text("torch.", t.value).c_str()); })
      .def("__reduce__", [](const DTypeObject& t) {
        return nb::make_tuple(nb::module_::import_("tandem._pickle").attr("dtype_named"),
                              nb::make_tuple(text(t.value).c_str()));
      });
  for (int i = 0; i < dtype_count; ++i) {
    object_of[i] = nb::cast(DTypeObject{DType(i)}, nb::rv_policy::move).release().ptr();
    m.attr(text(DType(i)).c_str()) = nb::borrow(object_of[i]);
  }
  for (auto [name, t] : aliases) m.attr(std::string(name).c_str()) = nb::borrow(object_of[int(t)]);
  m.def("_dtype_named", [](std::string_view name) {
    for (int i = 0; i < dtype_count; ++i)
      if (long_name(DType(i)) == name || name == text("torch.", DType(i))) return DType(i);
    for (auto [alias, t] : aliases)
      if (alias == name) return t;
    throw nb::value_error("no dtype of this name");
  });
  m.def(
      "promote_types", [](DType a, DType b) { return promote(a, b); }, nb::arg("type1"),
      nb::arg("type2"), "The dtype in which tensors of these meet.");
  m.def(
      "can_cast", [](DType from, DType to) { return category(from) <= category(to); },
      nb::arg("from_"), nb::arg("to"), "Does a conversion keep the kind of number?");

  nb::class_<FloatInfo>(m, "finfo", "The limits of a floating dtype.")
      .def(
          "__init__", [](FloatInfo* self, DType t) { new (self) FloatInfo(float_info(t)); },
          nb::arg("type") = DType::f32)
      .def_ro("bits", &FloatInfo::bits)
      .def_ro("eps", &FloatInfo::eps)
      .def_ro("max", &FloatInfo::max)
      .def_ro("min", &FloatInfo::min)
      .def_ro("tiny", &FloatInfo::tiny)
      .def_ro("smallest_normal", &FloatInfo::tiny)
      .def_ro("resolution", &FloatInfo::resolution)
      .def_prop_ro("dtype", [](const FloatInfo& i) { return nb::str(text(i.dtype).c_str()); });
  nb::class_<IntegerInfo>(m, "iinfo", "The limits of an integer dtype.")
      .def(
          "__init__", [](IntegerInfo* self, DType t) { new (self) IntegerInfo(integer_info(t)); },
          nb::arg("type"))
      .def_ro("bits", &IntegerInfo::bits)
      .def_ro("max", &IntegerInfo::max)
      .def_ro("min", &IntegerInfo::min)
      .def_prop_ro("dtype", [](const IntegerInfo& i) { return nb::str(text(i.dtype).c_str()); });
}

}  // namespace tandem::python
