// The C interface: exceptions become statuses, handles become objects.
#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "tandem/base/attempt.h"
#include "tandem/cpu/kernels.h"
#include "tandem/runtime/handles.h"
#include "tandem/runtime/lower.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/session.h"
#include "tandem/runtime/tandem.h"
#include "tandem/tensor/apply.h"

using namespace tandem;
using namespace tandem::runtime;
using graph::ParameterKind;

static_assert(TANDEM_MAX_RANK == Dims::max_rank);
static_assert(int(DType::boolean) == TANDEM_BOOL && int(DType::i64) == TANDEM_I64 &&
              int(DType::f16) == TANDEM_F16 && int(DType::f64) == TANDEM_F64);

namespace {

/// One of a program's inputs or outputs, with the strings that C points to.
struct Info {
  std::string name, type;
  tandem_tensor_info info;
};
struct Interface {
  std::deque<Info> inputs, outputs;
};

void add_info(std::deque<Info>& list, const Program& p, const std::string& name,
              const graph::SymbolicType& type) {
  Info& i = list.emplace_back(Info{name, graph::to_string(type, p.symbols), {}});
  i.info.size = sizeof i.info;
  i.info.dtype = tandem_dtype(type.dtype);
  i.info.rank = int32_t(type.shape.size());
  for (std::size_t d = 0; d < type.shape.size(); ++d)
    i.info.shape[d] = type.shape[d].is_constant() ? type.shape[d].constant() : -1;
  i.info.name = i.name.c_str();
  i.info.type = i.type.c_str();
}

thread_local std::string message;
thread_local bool out_of_memory = false;  // there may be none for a message

tandem_status status_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::shape:
      return TANDEM_ERROR_SHAPE;
    case ErrorCode::index:
      return TANDEM_ERROR_INDEX;
    case ErrorCode::dtype:
      return TANDEM_ERROR_DTYPE;
    case ErrorCode::io:
      return TANDEM_ERROR_IO;
    case ErrorCode::format:
      return TANDEM_ERROR_FORMAT;
    case ErrorCode::unsupported:
      return TANDEM_ERROR_UNSUPPORTED;
    case ErrorCode::memory:
      return TANDEM_ERROR_MEMORY;
    case ErrorCode::value:
    case ErrorCode::autograd:
      break;
  }
  return TANDEM_ERROR_VALUE;
}

/// Nothing may leave a C function but its status.
template <class F>
tandem_status guarded(F&& f) noexcept {
  std::optional<Error> error;
  Failure other = capture([&] { error = attempt(f); });
  if (!error && !other) return TANDEM_OK;
  tandem_status status = TANDEM_ERROR_MEMORY;
  out_of_memory = true;
  if (error || !is_out_of_memory(other)) {
    status = error ? status_of(error->code()) : TANDEM_ERROR_VALUE;
    out_of_memory = bool(capture([&] { message = error ? error->what() : message_of(other); }));
  }
  return status;
}

void require(const void* pointer, std::string_view what) {
  if (!pointer) fail(ErrorCode::value, "tandem", what, " is NULL");
}
void require_size(uint32_t size, std::size_t expected, std::string_view what) {
  if (size != expected)
    fail(ErrorCode::value, "tandem", what, ": size must be ", expected, ", got ", size);
}

/// As many as the program takes: no more are read.
void require_count(std::string_view program, std::string_view what, std::size_t takes,
                   std::size_t got) {
  if (takes != got)
    fail(ErrorCode::value, program, takes == 1 ? "has 1 " : text("has ", takes, " "), what,
         takes == 1 ? "" : "s", ", got ", got);
}

Type type_of(const tandem_tensor& t, std::string_view what) {
  require_size(t.size, sizeof t, what);
  if (t.rank < 0 || t.rank > TANDEM_MAX_RANK)
    fail(ErrorCode::shape, what, "rank must be in 0..", TANDEM_MAX_RANK, ", got ", t.rank);
  if (t.dtype < TANDEM_BOOL || t.dtype > TANDEM_F64)
    fail(ErrorCode::dtype, what, "there is no dtype ", int(t.dtype));
  const Type type{DType(t.dtype), Dims(std::span(t.shape, std::size_t(t.rank)))};
  check_size(what, type);
  return type;
}

/// Where its elements are. Error: too few bytes, or at an odd address.
std::byte* data_of(const tandem_tensor& t, const Type& type, std::string_view what) {
  alignas(64) static std::byte nothing[64];  // an empty tensor lies somewhere too
  const auto needed = std::size_t(bytes_of(type));
  if (!needed) return nothing;
  if (!t.data) fail(ErrorCode::value, what, "data is NULL");
  if (t.bytes < needed)
    fail(ErrorCode::value, what, type, " needs ", needed, " bytes, got ", t.bytes);
  if (reinterpret_cast<uintptr_t>(t.data) % std::size_t(size_of(type.dtype)))
    fail(ErrorCode::value, what, "data is not aligned to its elements of ", size_of(type.dtype),
         " bytes");
  return static_cast<std::byte*>(t.data);
}

void describe(const Type& type, tandem_tensor& to) {
  to.size = sizeof to;
  to.dtype = tandem_dtype(type.dtype);
  to.rank = type.shape.size();
  std::ranges::copy(type.shape, to.shape);
  to.bytes = std::size_t(bytes_of(type));
}

void install_kernels() {
  static const bool installed = (cpu::install_all(), true);
  (void)installed;
}

}  // namespace

struct tandem_model {
  std::shared_ptr<const ProgramFile> file;
  std::deque<Interface> interfaces;  // by program

  explicit tandem_model(ProgramFile f) : file(std::make_shared<ProgramFile>(std::move(f))) {
    for (const Program& p : file->programs.programs) {
      Interface& s = interfaces.emplace_back();
      for (const graph::Parameter* i : p.of_kind(ParameterKind::input))
        add_info(s.inputs, p, i->name, p.type(i->value));
      for (const graph::Output& o : p.outputs) add_info(s.outputs, p, o.name, p.type(o.value));
    }
  }
  const Interface* find(const char* program) const {
    for (std::size_t i = 0; i < interfaces.size(); ++i)
      if (program && file->programs.programs[i].name == program) return &interfaces[i];
    return nullptr;
  }
  const Interface& at(const char* program) const {
    require(program, "program");
    (void)file->programs[program];  // error where there is none
    return *find(program);
  }
};

/// Elements that a call reads or writes.
struct Extent {
  const std::byte* data;
  std::size_t bytes;
  const std::string* name;
  bool is_output;
};

/// An output that lies over another one, or over an input, would be read as it is written.
void require_apart(std::vector<Extent>& extents) {
  std::ranges::sort(extents, std::less<>(), &Extent::data);
  const Extent* before = nullptr;  // of those so far, the one that ends last, outputs first
  const Extent* output = nullptr;
  const auto reaches = [](const Extent* e, const Extent& next) {
    return e && e->data + e->bytes > next.data;
  };
  const auto keep_later = [](const Extent*& kept, const Extent& e) {
    if (!kept || e.data + e.bytes > kept->data + kept->bytes) kept = &e;
  };
  for (const Extent& e : extents) {
    if (!e.bytes) continue;
    const Extent* other = e.is_output && reaches(before, e) ? before
                          : reaches(output, e)              ? output
                                                            : nullptr;
    if (other)
      fail(ErrorCode::value, e.is_output ? *e.name : *other->name, "its memory overlaps that of '",
           e.is_output ? *other->name : *e.name, "'");
    keep_later(before, e);
    if (e.is_output) keep_later(output, e);
  }
}

struct tandem_session {
  std::shared_ptr<const ProgramFile> file;
  Session session;
  std::mutex one_call;
  // Of a call, kept so that nothing is allocated in the next.
  std::vector<Type> types;
  std::vector<const std::byte*> inputs;
  std::vector<std::byte*> outputs;
  std::vector<Extent> extents;

  tandem_session(std::shared_ptr<const ProgramFile> f, const SessionOptions& options)
      : file(f), session(f->programs, f->state, options) {}

  void read_types(const char* program, const tandem_tensor* list, std::size_t count) {
    require(program, "program");
    const Program& p = session.programs()[program];
    const auto is_input = [](const graph::Parameter& parameter) {
      return parameter.kind == ParameterKind::input;
    };
    require_count(program, "input", std::size_t(std::ranges::count_if(p.parameters, is_input)),
                  count);
    if (count) require(list, "inputs");
    types.clear();
    for (const graph::Parameter& parameter : p.parameters)
      if (is_input(parameter)) types.push_back(type_of(list[types.size()], parameter.name));
  }
  const Plan& plan(const char* program, std::size_t output_count) {
    require_count(program, "output", session.programs()[program].outputs.size(), output_count);
    return session.prepare(program, types);
  }
};

namespace {

// Never destroyed: what is open when the process ends stays usable for those who end last.
Handles<tandem_model>& models() {
  static auto& all = *new Handles<tandem_model>("model");
  return all;
}
Handles<tandem_session>& sessions() {
  static auto& all = *new Handles<tandem_session>("session");
  return all;
}

/// Of a model. What is read of it stays until the call is over, even if another thread closes it.
template <class F>
tandem_status guarded(const tandem_model* handle, F&& f) noexcept {
  const std::shared_ptr<tandem_model> model = models().find(handle);
  return guarded([&] {
    models().require(model.get(), handle);
    f(*model);
  });
}

/// Of a session, which does one call at a time.
template <class F>
tandem_status guarded(const tandem_session* handle, F&& f) noexcept {
  const std::shared_ptr<tandem_session> session = sessions().find(handle);
  if (!session) return guarded([&] { sessions().require(nullptr, handle); });
  const std::lock_guard lock(session->one_call);
  return guarded([&] { f(*session); });
}

/// Gives out what `make` makes, and NULL where that is an error.
template <class T, class Make>
tandem_status created(Handles<T>& handles, T** to, const char* what, Make&& make) noexcept {
  if (to) *to = nullptr;
  return guarded([&] {
    require(to, what);
    *to = handles.add(make());
  });
}

}  // namespace

extern "C" {

uint32_t tandem_abi_version(void) { return TANDEM_ABI_VERSION; }
const char* tandem_error_message(void) {
  return out_of_memory ? "there is no memory left" : message.c_str();
}

tandem_status tandem_model_open_file(const char* path, tandem_model** model) {
  return created(models(), model, "model", [&] {
    require(path, "path");
    install_kernels();
    return std::make_shared<tandem_model>(load_program(path));
  });
}

tandem_status tandem_model_open_memory(const void* data, size_t bytes, tandem_model** model) {
  return created(models(), model, "model", [&] {
    require(data, "data");
    install_kernels();
    return std::make_shared<tandem_model>(
        load_program_from_bytes({static_cast<const std::byte*>(data), bytes}));
  });
}

void tandem_model_close(tandem_model* model) { models().remove(model); }

size_t tandem_model_program_count(const tandem_model* model) {
  const auto m = models().find(model);
  return m ? m->interfaces.size() : 0;
}

const char* tandem_model_program_name(const tandem_model* model, size_t program) {
  const auto m = models().find(model);
  if (!m || program >= m->interfaces.size()) return nullptr;
  return m->file->programs.programs[program].name.c_str();
}

size_t tandem_model_input_count(const tandem_model* model, const char* program) {
  const auto m = models().find(model);
  const Interface* s = m ? m->find(program) : nullptr;
  return s ? s->inputs.size() : 0;
}
size_t tandem_model_output_count(const tandem_model* model, const char* program) {
  const auto m = models().find(model);
  const Interface* s = m ? m->find(program) : nullptr;
  return s ? s->outputs.size() : 0;
}

}  // extern "C"

static tandem_status copy_info(const tandem_model* model, const char* program,
                               std::deque<Info> Interface::* list, size_t number,
                               tandem_tensor_info* info) {
  return guarded(model, [&](const tandem_model& m) {
    require(info, "info");
    require_size(info->size, sizeof *info, "info");
    const std::deque<Info>& infos = m.at(program).*list;
    if (number >= infos.size())
      fail(ErrorCode::index, program, "there is no number ", number, " of ", infos.size());
    *info = infos[number].info;
  });
}

extern "C" {

tandem_status tandem_model_input(const tandem_model* model, const char* program, size_t input,
                                 tandem_tensor_info* info) {
  return copy_info(model, program, &Interface::inputs, input, info);
}
tandem_status tandem_model_output(const tandem_model* model, const char* program, size_t output,
                                  tandem_tensor_info* info) {
  return copy_info(model, program, &Interface::outputs, output, info);
}

tandem_status tandem_model_asset(const tandem_model* model, const char* name, const void** data,
                                 size_t* bytes) {
  return guarded(model, [&](const tandem_model& m) {
    require(name, "name");
    require(data, "data");
    require(bytes, "bytes");
    const std::string_view asset = m.file->asset(name);
    *data = asset.data();
    *bytes = asset.size();
  });
}

tandem_status tandem_session_create(const tandem_model* model,
                                    const tandem_session_options* options,
                                    tandem_session** session) {
  const std::shared_ptr<tandem_model> of = models().find(model);
  return created(sessions(), session, "session", [&] {
    models().require(of.get(), model);
    SessionOptions o{.row_major_outputs = true};
    if (options) {
      require_size(options->size, sizeof *options, "options");
      if (options->plans) o.plans = options->plans;
      o.pack_weights = options->pack_weights != 0;
      if (options->budget) o.budget = int64_t(std::min<uint64_t>(options->budget, INT64_MAX));
    }
    return std::make_shared<tandem_session>(of->file, o);
  });
}

void tandem_session_close(tandem_session* session) { sessions().remove(session); }

tandem_status tandem_session_bind(tandem_session* session, const char* program,
                                  const tandem_tensor* inputs, size_t input_count,
                                  tandem_tensor* outputs, size_t output_count, uint64_t* required) {
  return guarded(session, [&](tandem_session& s) {
    s.read_types(program, inputs, input_count);
    const Plan& plan = s.plan(program, output_count);
    if (output_count) require(outputs, "outputs");
    for (size_t o = 0; o < output_count; ++o)
      require_size(outputs[o].size, sizeof *outputs, plan.outputs[o].name);
    for (size_t o = 0; o < output_count; ++o) describe(plan.ref(plan.outputs[o]).type, outputs[o]);
    if (required) *required = uint64_t(forecast(plan).total());
  });
}

tandem_status tandem_session_run(tandem_session* session, const char* program,
                                 const tandem_tensor* inputs, size_t input_count,
                                 const tandem_tensor* outputs, size_t output_count) {
  return guarded(session, [&](tandem_session& s) {
    s.read_types(program, inputs, input_count);
    const Plan& plan = s.plan(program, output_count);
    s.extents.clear();
    s.inputs.clear();
    for (size_t i = 0; i < input_count; ++i) {
      const std::string& name = plan.inputs[i].name;
      s.inputs.push_back(data_of(inputs[i], s.types[i], name));
      s.extents.push_back({s.inputs.back(), std::size_t(bytes_of(s.types[i])), &name, false});
    }
    if (output_count) require(outputs, "outputs");
    s.outputs.clear();
    for (size_t o = 0; o < output_count; ++o) {
      const std::string& name = plan.outputs[o].name;
      const Type& expected = plan.ref(plan.outputs[o]).type;
      const Type type = type_of(outputs[o], name);
      if (type != expected)
        fail(type.dtype == expected.dtype ? ErrorCode::shape : ErrorCode::dtype, name, "is ",
             expected, ", got memory for ", type);
      s.outputs.push_back(data_of(outputs[o], type, name));
      s.extents.push_back({s.outputs.back(), std::size_t(bytes_of(type)), &name, true});
    }
    require_apart(s.extents);
    s.session.run(program, s.types, s.inputs, s.outputs);
  });
}

tandem_status tandem_session_state(tandem_session* session, const char* name,
                                   tandem_tensor* state) {
  return guarded(session, [&](tandem_session& s) {
    require(name, "name");
    require(state, "state");
    require_size(state->size, sizeof *state, "state");
    const Tensor& t = s.session.state()[name];
    if (!t.is_contiguous())
      fail(ErrorCode::unsupported, name, "is not row-major: shape ", t.shape(), ", strides ",
           t.strides());
    describe(t.type(), *state);
    state->data = t.impl()->data;
  });
}

tandem_status tandem_session_state_save(tandem_session* session, const char* path) {
  return guarded(session, [&](tandem_session& s) {
    require(path, "path");
    ProgramFile file = *s.file;
    file.state = s.session.state();
    save_program(path, file);
  });
}

tandem_status tandem_session_state_load(tandem_session* session, const char* path) {
  return guarded(session, [&](tandem_session& s) {
    require(path, "path");
    const ProgramFile file = load_program(path);
    s.session.set_state(file.state);
  });
}

}  // extern "C"
