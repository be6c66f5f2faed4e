// Programs: traced, read from files, run, planned, verified, recorded.
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/vector.h>

#include <optional>

#include "python/binding/module.h"
#include "python/binding/traced_function.h"
#include "tandem/compile/optimized.h"
#include "tandem/compile/plan_within.h"
#include "tandem/compile/verify.h"
#include "tandem/graph/text.h"
#include "tandem/runtime/first_non_finite.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"
#include "tandem/runtime/step_recorder.h"
#include "tandem/tensor/apply.h"

namespace tandem::python {
namespace {

using namespace nb::literals;
using graph::ParameterKind;

/// Programs and their state, and the session that runs them once that is asked for. The state is
/// shared: a program writes into the tensors of the model that it was traced from.
class Programs {
 public:
  explicit Programs(ProgramFile file) : file(std::move(file)) {}

  runtime::Session& session() {
    if (!session_)
      session_ = std::make_unique<runtime::Session>(
          file.programs, file.state,
          runtime::SessionOptions{
              .share_state = true, .pack_weights = pack_weights, .rewrite = optimized});
    return *session_;
  }
  const Program& at(std::string_view name) const { return file.programs[name]; }

  ProgramFile file;
  bool pack_weights = false;

 private:
  std::unique_ptr<runtime::Session> session_;
};

std::vector<InputSpec> specs_of(const nb::list& specs) {
  std::vector<InputSpec> list;
  for (nb::handle spec : specs) {
    InputSpec& s = list.emplace_back();
    s.name = nb::cast<std::string>(nb::object(spec[0]));
    for (nb::handle size : nb::object(spec[1])) {
      int64_t number;
      if (to_integer(size.ptr(), number))
        s.shape.push_back(number);
      else
        s.shape.push_back(Dim{nb::cast<std::string>(nb::object(size.attr("name"))),
                              nb::cast<int64_t>(nb::object(size.attr("min"))),
                              nb::cast<int64_t>(nb::object(size.attr("max"))),
                              nb::cast<int64_t>(nb::object(size.attr("multiple_of")))});
    }
    s.dtype = nb::cast<DType>(nb::object(spec[2]));
  }
  return list;
}

/// (name, sizes, dtype) of what a program takes or gives; symbolic sizes are strings.
nb::object described(const Program& program, const std::string& name, graph::Value value) {
  const graph::SymbolicType& type = program.type(value);
  nb::list shape;
  for (const graph::SymbolicInt& size : type.shape)
    if (size.is_constant())
      shape.append(size.constant());
    else
      shape.append(graph::to_string(size, program.symbols));
  return nb::make_tuple(name, nb::tuple(shape), type.dtype);
}

std::vector<Type> input_types(const Program& program, const std::vector<Dims>& shapes) {
  const auto inputs = program.of_kind(ParameterKind::input);
  if (shapes.size() != inputs.size())
    fail(ErrorCode::value, program.name, "takes ", inputs.size(), " inputs, got ", shapes.size(),
         " shapes");
  std::vector<Type> types;
  for (std::size_t i = 0; i < shapes.size(); ++i)
    types.push_back({program.type(inputs[i]->value).dtype, shapes[i]});
  return types;
}

nb::tuple tuple_of(const std::vector<Tensor>& tensors) {
  nb::list list;
  for (const Tensor& t : tensors) list.append(t);
  return nb::tuple(list);
}

nb::object line_of(const Location& where) {
  return where.line() ? nb::cast(text(where)) : nb::object(nb::none());
}

/// `budget`: bytes as a number or as text, or None.
nb::dict forecast_of(Programs& self, std::string_view name, const std::vector<Dims>& shapes,
                     const nb::object& budget) {
  const std::vector<Type> inputs = input_types(self.at(name), shapes);
  runtime::Forecast f;
  if (budget.is_none()) {
    f = self.session().forecast(name, inputs);
  } else {
    const int64_t bytes = byte_count(nb::cast<std::string>(nb::str(budget)), "forecast");
    f = runtime::forecast(
        plan_within(self.file.programs, self.file.state, name, inputs, bytes, self.pack_weights)
            .plan);
  }
  nb::dict d;
  d["total"] = f.total();
  d["arena"] = f.arena;
  d["packed"] = f.packed;
  d["state"] = f.state;
  d["constants"] = f.constants;
  d["inputs"] = f.inputs;
  d["outputs"] = f.outputs;
  nb::list tensors, lines;
  for (const auto& t : f.tensors)
    tensors.append(nb::make_tuple(t.name, t.type, line_of(t.where), t.bytes));
  for (const auto& l : f.lines) lines.append(nb::make_tuple(line_of(l.where), l.bytes));
  d["tensors"] = tensors;
  d["lines"] = lines;
  d["text"] = runtime::to_text(f);
  return d;
}

nb::list verify_all(Programs& self, const nb::dict& inputs, int64_t size, uint64_t seed) {
  const VerifyOptions options{
      .inputs = named_tensors(inputs, "verify", "inputs"), .size = size, .seed = seed};
  std::vector<Verdict> verdicts;
  {
    nb::gil_scoped_release unlocked;
    verdicts = verify(self.file.programs, self.file.state, options);
  }
  nb::list list;
  for (const Verdict& v : verdicts) {
    nb::dict d;
    d["program"] = v.program;
    d["how"] = v.how;
    d["promised_bits"] = v.promised_bits;
    d["passed"] = v.passed;
    d["ulps"] = v.ulps;
    d["relative"] = v.relative;
    d["first_difference"] = v.first_difference;
    list.append(d);
  }
  return list;
}

void bind_recorder(nb::module_& m) {
  using runtime::StepRecorder;
  nb::class_<StepRecorder>(m, "_StepRecorder")
      .def(
          "__init__",
          [](StepRecorder* self, Programs& programs, std::string_view name, int64_t steps) {
            new (self) StepRecorder(programs.session(), name, steps);
          },
          nb::keep_alive<1, 2>())
      .def("run",
           [](StepRecorder& self, const nb::args& inputs) {
             return tuple_of(self.run(tensor_list(inputs, "record")));
           })
      .def_prop_ro("count", &StepRecorder::count)
      .def_prop_ro("is_broken", &StepRecorder::is_broken)
      .def("save", &StepRecorder::save);

  m.def("_load_recording", [](const std::string& path) {
    runtime::Recording r = runtime::load_recording(path);
    nb::list steps;
    for (const auto& step : r.steps)
      steps.append(nb::make_tuple(dict_of(step.inputs), dict_of(step.outputs)));
    return nb::make_tuple(std::make_unique<Programs>(std::move(r.file)), r.program, r.first_step,
                          steps);
  });
}

}  // namespace

void bind_programs(nb::module_& m) {
  nb::class_<Programs>(m, "_Programs")
      .def_static(
          "trace",
          [](nb::object f, const nb::list& specs, const nb::dict& state, const std::string& name) {
            Traced traced = trace(traced_function(std::move(f)), specs_of(specs),
                                  {.name = name, .state = named_tensors(state, "trace", "state")});
            ProgramFile file{.state = std::move(traced.state)};
            file.programs.programs.push_back(std::move(traced.program));
            return std::make_unique<Programs>(std::move(file));
          })
      .def_static("load",
                  [](const std::string& path, bool verify_hashes, bool pack_weights) {
                    ProgramFile file;
                    {
                      nb::gil_scoped_release unlocked;
                      file = load_program(path, {.verify_hashes = verify_hashes});
                    }
                    auto programs = std::make_unique<Programs>(std::move(file));
                    programs->pack_weights = pack_weights;
                    return programs;
                  })
      .def_static(
          "parse",
          [](std::string_view text, const nb::dict& state) {
            return std::make_unique<Programs>(ProgramFile{
                .programs = graph::parse(text), .state = named_tensors(state, "parse", "state")});
          })
      .def("add",
           [](Programs& self, const Programs& other, std::string_view name, const std::string& as) {
             if (self.file.programs.find(as))
               fail(ErrorCode::value, "save", "there are two programs named ", as);
             Program program = other.at(name);
             program.name = as;
             self.file.programs.programs.push_back(std::move(program));
             for (const auto& [key, tensor] : other.file.state)
               if (const Tensor* there = self.file.state.find(key); !there)
                 self.file.state.add(key, tensor);
               else if (there->impl() != tensor.impl() && there->data_ptr() != tensor.data_ptr())
                 fail(ErrorCode::value, "save", "two programs have a state ", key,
                      " that is not the same tensor; give one of them other names (state=)");
           })
      .def(nb::new_([] { return std::make_unique<Programs>(ProgramFile{}); }))
      .def("save",
           [](const Programs& self, const std::string& path, const nb::dict& assets,
              const nb::dict& metadata) {
             ProgramFile file = self.file;
             for (auto [name, bytes] : assets)
               file.add_asset(
                   nb::cast<std::string>(name),
                   {PyBytes_AS_STRING(bytes.ptr()), std::size_t(PyBytes_GET_SIZE(bytes.ptr()))});
             for (auto [key, value] : metadata)
               file.metadata.emplace_back(nb::cast<std::string>(key), nb::cast<std::string>(value));
             nb::gil_scoped_release unlocked;
             save_program(path, file);
           })
      .def_prop_ro("names",
                   [](const Programs& self) {
                     nb::list names;
                     for (const Program& p : self.file.programs.programs) names.append(p.name);
                     return nb::tuple(names);
                   })
      .def("text",
           [](const Programs& self, std::string_view name, bool locations) {
             return graph::print(self.at(name), {.locations = locations});
           })
      .def("inputs",
           [](const Programs& self, std::string_view name) {
             nb::list list;
             for (const graph::Parameter* p : self.at(name).of_kind(ParameterKind::input))
               list.append(described(self.at(name), p->name, p->value));
             return list;
           })
      .def("outputs",
           [](const Programs& self, std::string_view name) {
             nb::list list;
             for (const graph::Output& o : self.at(name).outputs)
               list.append(described(self.at(name), o.name, o.value));
             return list;
           })
      .def("state", [](const Programs& self) { return dict_of(self.file.state); })
      .def("state_names",
           [](const Programs& self, std::string_view name) {
             nb::list names;
             for (const graph::Parameter* p : self.at(name).of_kind(ParameterKind::state))
               names.append(p->name);
             return names;
           })
      .def("assets",
           [](const Programs& self) {
             nb::dict assets;
             for (const auto& [name, tensor] : self.file.assets) {
               const std::string_view bytes = self.file.asset(name);
               assets[name.c_str()] = nb::bytes(bytes.data(), bytes.size());
             }
             return assets;
           })
      .def("metadata",
           [](const Programs& self) {
             nb::dict metadata;
             for (const auto& [key, value] : self.file.metadata) metadata[key.c_str()] = value;
             return metadata;
           })
      .def("run",
           [](Programs& self, std::string_view name, const nb::sequence& inputs) {
             const std::vector<Tensor> tensors = tensor_list(inputs, name);
             std::vector<Tensor> outputs;
             {
               nb::gil_scoped_release unlocked;
               outputs = self.session().run(name, tensors);
             }
             return tuple_of(outputs);
           })
      .def("forecast", forecast_of, "name"_a, "shapes"_a, "budget"_a.none())
      .def("plan",
           [](Programs& self, std::string_view name, const std::vector<Dims>& shapes) {
             return runtime::to_text(self.session().plan(name, input_types(self.at(name), shapes)));
           })
      .def("verify", verify_all)
      .def("first_non_finite",
           [](const Programs& self, std::string_view name, const nb::dict& inputs,
              const nb::dict& state) -> std::optional<std::string> {
             const auto found = runtime::find_first_non_finite(
                 self.at(name), named_tensors(inputs, "replay", "inputs"),
                 named_tensors(state, "replay", "state"));
             if (!found) return {};
             return runtime::to_text(*found);
           });
  m.def("_is_tracing", [] { return mode.tracer != nullptr; });
  bind_recorder(m);
}

}  // namespace tandem::python
