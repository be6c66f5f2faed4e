// x.untyped_storage(): the memory that a tensor looks at.
#include "python/binding/define_method.h"
#include "python/binding/module.h"
#include "python/binding/tensor_caster.h"

namespace tandem::python {
namespace {

/// Keeps a tensor, and so its storage.
struct StorageObject {
  Tensor tensor;
  const Storage* storage() const { return tensor.impl()->storage; }
};

}  // namespace

void bind_storage(nb::module_& m) {
  nb::class_<StorageObject>(m, "UntypedStorage", "The memory that a tensor looks at.")
      .def("data_ptr",
           [](const StorageObject& s) {
             return reinterpret_cast<std::uintptr_t>(s.storage()->data);
           })
      .def("nbytes", [](const StorageObject& s) { return s.storage()->bytes; })
      .def("size", [](const StorageObject& s) { return s.storage()->bytes; })
      .def("__len__", [](const StorageObject& s) { return s.storage()->bytes; })
      .def_prop_ro("device", [](const StorageObject& s) { return s.tensor.device(); })
      .def("__eq__",
           [](const StorageObject& a, nb::handle b) {
             StorageObject* other = nullptr;
             return nb::try_cast(b, other) && other && other->storage() == a.storage();
           })
      .def("__hash__",
           [](const StorageObject& s) { return std::hash<const void*>()(s.storage()); });
  for (const char* name : {"untyped_storage", "storage"})
    define_method(
        name,
        [](const Tensor& t) {
          t.type();
          return StorageObject{t};
        },
        "The memory behind it, which views share.");
}

}  // namespace tandem::python
