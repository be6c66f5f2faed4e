#include "python/binding/module.h"

#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include <cstring>
#include <unordered_map>

#include "python/binding/named_tensors.h"
#include "tandem/io/tensor_files.h"
#include "tandem/io/torch_file.h"

namespace tandem::python {
namespace {

using ValueKind = PickleValue::Kind;

/// Makes Python's objects of a file's values: only those of a fixed list, and nothing is imported.
class Objects {
 public:
  /// `make(name, arguments, file)` makes what C++ does not know by itself, or raises.
  Objects(TorchFile& file, nb::callable place, nb::callable make)
      : file_(file), place_(std::move(place)), make_(std::move(make)) {}

  nb::object of(const PickleValue& value) {
    if (const auto made = made_.find(&value); made != made_.end()) return made->second;
    // Values nest as deep as the file says: Python's own limit on recursion holds.
    if (Py_EnterRecursiveCall(" while a file was loaded")) nb::raise_python_error();
    struct Leave {
      ~Leave() { Py_LeaveRecursiveCall(); }
    } leave;
    nb::object o = fresh(value);
    made_.emplace(&value, o);
    return o;
  }

 private:
  nb::object fresh(const PickleValue& value) {
    switch (value.kind) {
      case ValueKind::none:
        return nb::none();
      case ValueKind::boolean:
        return nb::bool_(value.integer != 0);
      case ValueKind::integer:
        return nb::int_(value.integer);
      case ValueKind::number:
        return nb::float_(value.number);
      case ValueKind::string:
        return nb::str(value.text.data(), value.text.size());
      case ValueKind::bytes:
        return nb::bytes(value.text.data(), value.text.size());
      case ValueKind::tuple: {
        nb::list items;
        for (const PickleValue* item : value.items) items.append(of(*item));
        return nb::tuple(items);
      }
      case ValueKind::list: {
        nb::list items;
        made_.emplace(&value, items);
        for (const PickleValue* item : value.items) items.append(of(*item));
        return items;
      }
      case ValueKind::dict: {
        nb::dict items;
        made_.emplace(&value, items);
        fill(items, value, 0);
        return items;
      }
      case ValueKind::global:
        return make_(value.text, nb::none(), nb::none());
      case ValueKind::call:
        return called(value);
      case ValueKind::persistent:
        break;
    }
    fail(ErrorCode::format, "load", "a storage stands where no tensor is");
  }

  void fill(nb::object dict, const PickleValue& value, std::size_t from) {
    for (std::size_t i = from; i + 1 < value.items.size(); i += 2)
      dict[of(*value.items[i])] = of(*value.items[i + 1]);
  }

  nb::object called(const PickleValue& value) {
    const std::string& name = value.items[0]->text;
    if (name.starts_with("torch._utils _rebuild_tensor")) {
      Tensor t = file_.tensor(value);
      const auto& arguments = value.items[1]->items;
      place_(file_.location(value));
      if (arguments.size() > 4 && arguments[4]->is(ValueKind::boolean) && arguments[4]->integer)
        t.requires_grad_();
      return nb::cast(t);
    }
    nb::object state = value.items.size() > 2 ? of(*value.items[2]) : nb::none();
    nb::object object = make_(name, of(*value.items[1]), state);
    made_.emplace(&value, object);
    fill(object, value, 3);
    return object;
  }

  TorchFile& file_;
  nb::callable place_, make_;
  std::unordered_map<const PickleValue*, nb::object> made_;
};

nb::object load(TorchFile& file, nb::callable place, nb::callable make) {
  return Objects(file, std::move(place), std::move(make)).of(*file.pickle().root);
}

/// Where a tensor's storage lies, what it holds, and where in it the tensor begins.
nb::tuple storage_of(const Tensor& t) {
  const TensorImpl* impl = t.impl();
  const int64_t item = size_of(t.dtype());
  const Storage* storage = impl->storage;
  return nb::make_tuple(reinterpret_cast<uintptr_t>(storage->data),
                        nb::cast(torch_storage(t.dtype())), int64_t(storage->bytes) / item,
                        t.numel() ? (impl->data - storage->data) / item : 0,
                        nb::steal(from_dims(t.strides())));
}

/// A tensor in a copy of a storage's bytes.
Tensor tensor_of_storage(nb::object bytes, std::string_view type, int64_t offset, const Dims& shape,
                         const Dims& strides) {
  const auto dtype = dtype_of_torch(text("torch ", type));
  if (!dtype) fail(ErrorCode::unsupported, "load", "there is no dtype for torch.", type);
  const std::string_view data(PyByteArray_AsString(bytes.ptr()),
                              std::size_t(PyByteArray_Size(bytes.ptr())));
  const Tensor all = empty({int64_t(data.size()) / size_of(*dtype)}, *dtype);
  std::memcpy(all.impl()->data, data.data(), std::size_t(all.nbytes()));
  return tensor_in(all, offset, shape, strides, "a trusted file");
}

std::vector<TorchStorage> storages_of(const std::vector<std::pair<std::string, Tensor>>& tensors) {
  std::vector<TorchStorage> all;
  for (const auto& [key, t] : tensors) {
    const Storage* s = t.impl()->storage;
    all.push_back({key, {s->data, std::size_t(s->bytes)}});
  }
  return all;
}

}  // namespace

void bind_io(nb::module_& m) {
  using Tensors = std::vector<std::pair<std::string, Tensor>>;
  nb::module_ io = m.def_submodule("_io", "Files of tensors.");
  nb::class_<TorchFile>(io, "TorchFile")
      .def(nb::init<const std::string&>())
      .def("__init__",
           [](TorchFile* self, nb::bytes bytes, const std::string& source) {
             const auto* data = static_cast<const std::byte*>(bytes.data());
             new (self) TorchFile(std::vector<std::byte>(data, data + bytes.size()), source);
           })
      .def("load", load);
  io.def("storage_of", storage_of);
  io.def("tensor_of", tensor_of_storage);
  io.def("write_torch", [](const std::string& path, nb::bytes pickle, const Tensors& tensors) {
    write_torch(path, {pickle.c_str(), pickle.size()}, storages_of(tensors));
  });
  io.def("torch_bytes", [](nb::bytes pickle, const Tensors& tensors) {
    const std::string s = torch_bytes({pickle.c_str(), pickle.size()}, storages_of(tensors));
    return nb::bytes(s.data(), s.size());
  });
  io.def("load_safetensors", [](const std::string& path) {
    Metadata metadata;
    nb::dict tensors = dict_of(load_safetensors(path, &metadata));
    return nb::make_tuple(tensors, metadata);
  });
  io.def("save_safetensors",
         [](const std::string& path, nb::dict tensors, const Metadata& metadata) {
           save_safetensors(path, named_tensors(tensors, "save", "obj"), metadata);
         });
}

}  // namespace tandem::python
