#include "python/binding/option_value.h"

#include "python/binding/convert.h"

namespace tandem::python {

void set_option(std::string_view owner, const nn::OptionInfo& option, void* options,
                nb::handle value) {
  if (option.kind == Kind::dims) {
    Dims& to = *static_cast<Dims*>(option.in(options));
    if (value.is_none()) {
      to = {};
      return;
    }
    if (option.from_word && nb::isinstance<nb::str>(value)) {
      to = option.from_word(nb::cast<nb::str>(value).c_str());
      return;
    }
    // (None, 7): an output size as the input's in one dim.
    if (option.number_or_dims && PySequence_Check(value.ptr()) &&
        PySequence_Contains(value.ptr(), Py_None) == 1) {
      to = {};
      for (nb::handle item : value) {
        int64_t size = -1;
        if (!item.is_none() && !nb::try_cast(item, size))
          raise_argument(owner, option.name, "int or tuple of ints", value.ptr());
        to.push_back(size);
      }
      return;
    }
    PyErr_Clear();
  }
  // activation=F.gelu stands for its name.
  nb::object given = nb::borrow(value);
  if (option.kind == Kind::string && !nb::isinstance<nb::str>(value) &&
      nb::hasattr(value, "__name__"))
    given = value.attr("__name__");
  if (!to_attribute(given.ptr(), option, options))
    raise_argument(owner, option.name, expected(option.kind), value.ptr());
}

nb::object get_option(const nn::OptionInfo& option, const void* options) {
  if (option.kind == Kind::dims) {
    const Dims& dims = *static_cast<const Dims*>(option.in(const_cast<void*>(options)));
    if (dims.empty()) return nb::none();
    if (option.number_or_dims) {
      const auto one = [](int64_t n) { return n == -1 ? nb::object(nb::none()) : nb::int_(n); };
      if (dims.size() == 1) return one(dims[0]);
      nb::list items;
      for (int64_t n : dims) items.append(one(n));
      return nb::tuple(items);
    }
  }
  return nb::steal(attribute_value(option, options));
}

}  // namespace tandem::python
