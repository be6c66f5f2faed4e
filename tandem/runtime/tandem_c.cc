// The C interface: exceptions become statuses, handles become objects.
#include <algorithm>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "tandem/base/attempt.h"
#include "tandem/cpu/kernels.h"
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
  const Failure other = capture([&] { error = attempt(f); });
  if (error) {
    message = error->what();
    return status_of(error->code());
  }
  if (!other) return TANDEM_OK;
  message.clear();  // which allocates nothing
  if (is_out_of_memory(other)) return TANDEM_ERROR_MEMORY;
  message = message_of(other);
  return TANDEM_ERROR_VALUE;
}

void require(const void* pointer, std::string_view what) {
  if (!pointer) fail(ErrorCode::value, "tandem", what, " is NULL");
}
void require_size(uint32_t size, std::size_t expected, std::string_view what) {
  if (size != expected)
    fail(ErrorCode::value, "tandem", what, ": size must be ", expected, ", got ", size);
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

struct tandem_session {
  std::shared_ptr<const ProgramFile> file;
  Session session;
  std::mutex one_call;
  // Of a call, kept so that nothing is allocated in the next.
  std::vector<Type> types;
  std::vector<const std::byte*> inputs;
  std::vector<std::byte*> outputs;

  tandem_session(std::shared_ptr<const ProgramFile> f, const SessionOptions& options)
      : file(f), session(f->programs, f->state, options) {}

  void read_types(const tandem_tensor* list, std::size_t count) {
    if (count) require(list, "inputs");
    types.clear();
    for (std::size_t i = 0; i < count; ++i) types.push_back(type_of(list[i], "input"));
  }
  const Plan& plan(const char* program, std::size_t output_count) {
    require(program, "program");
    const Plan& plan = session.prepare(program, types);
    if (output_count != plan.outputs.size())
      fail(ErrorCode::value, program, "has ", plan.outputs.size(), " outputs, got ", output_count);
    return plan;
  }
};

namespace {

/// The same in a session, which does one call at a time.
template <class F>
tandem_status guarded(tandem_session* session, F&& f) noexcept {
  if (!session) return guarded([] { require(nullptr, "session"); });
  const std::lock_guard lock(session->one_call);
  return guarded(f);
}

}  // namespace

extern "C" {

uint32_t tandem_abi_version(void) { return TANDEM_ABI_VERSION; }
const char* tandem_error_message(void) { return message.c_str(); }

tandem_status tandem_model_open_file(const char* path, tandem_model** model) {
  return guarded([&] {
    require(path, "path");
    require(model, "model");
    install_kernels();
    *model = new tandem_model(load_program(path));
  });
}

tandem_status tandem_model_open_memory(const void* data, size_t bytes, tandem_model** model) {
  return guarded([&] {
    require(data, "data");
    require(model, "model");
    install_kernels();
    *model =
        new tandem_model(load_program_from_bytes({static_cast<const std::byte*>(data), bytes}));
  });
}

void tandem_model_close(tandem_model* model) { delete model; }

size_t tandem_model_program_count(const tandem_model* model) {
  return model ? model->interfaces.size() : 0;
}

const char* tandem_model_program_name(const tandem_model* model, size_t program) {
  if (!model || program >= model->interfaces.size()) return nullptr;
  return model->file->programs.programs[program].name.c_str();
}

size_t tandem_model_input_count(const tandem_model* model, const char* program) {
  const Interface* s = model ? model->find(program) : nullptr;
  return s ? s->inputs.size() : 0;
}
size_t tandem_model_output_count(const tandem_model* model, const char* program) {
  const Interface* s = model ? model->find(program) : nullptr;
  return s ? s->outputs.size() : 0;
}

}  // extern "C"

static tandem_status copy_info(const tandem_model* model, const char* program,
                               std::deque<Info> Interface::* list, size_t number,
                               tandem_tensor_info* info) {
  return guarded([&] {
    require(model, "model");
    require(info, "info");
    require_size(info->size, sizeof *info, "info");
    const std::deque<Info>& infos = model->at(program).*list;
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
  return guarded([&] {
    require(model, "model");
    require(name, "name");
    require(data, "data");
    require(bytes, "bytes");
    const std::string_view asset = model->file->asset(name);
    *data = asset.data();
    *bytes = asset.size();
  });
}

tandem_status tandem_session_create(const tandem_model* model,
                                    const tandem_session_options* options,
                                    tandem_session** session) {
  return guarded([&] {
    require(model, "model");
    require(session, "session");
    SessionOptions o{.row_major_outputs = true};
    if (options) {
      require_size(options->size, sizeof *options, "options");
      if (options->plans) o.plans = options->plans;
      o.pack_weights = options->pack_weights != 0;
      if (options->budget) o.budget = int64_t(std::min<uint64_t>(options->budget, INT64_MAX));
    }
    *session = new tandem_session(model->file, o);
  });
}

void tandem_session_close(tandem_session* session) { delete session; }

tandem_status tandem_session_bind(tandem_session* session, const char* program,
                                  const tandem_tensor* inputs, size_t input_count,
                                  tandem_tensor* outputs, size_t output_count, uint64_t* required) {
  return guarded(session, [&] {
    session->read_types(inputs, input_count);
    const Plan& plan = session->plan(program, output_count);
    if (output_count) require(outputs, "outputs");
    for (size_t o = 0; o < output_count; ++o)
      require_size(outputs[o].size, sizeof *outputs, "output");
    for (size_t o = 0; o < output_count; ++o) describe(plan.ref(plan.outputs[o]).type, outputs[o]);
    if (required) *required = uint64_t(forecast(plan).total());
  });
}

tandem_status tandem_session_run(tandem_session* session, const char* program,
                                 const tandem_tensor* inputs, size_t input_count,
                                 const tandem_tensor* outputs, size_t output_count) {
  return guarded(session, [&] {
    tandem_session& s = *session;
    s.read_types(inputs, input_count);
    const Plan& plan = s.plan(program, output_count);
    s.inputs.clear();
    for (size_t i = 0; i < input_count; ++i)
      s.inputs.push_back(data_of(inputs[i], s.types[i], plan.inputs[i].name));
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
    }
    s.session.run(program, s.types, s.inputs, s.outputs);
  });
}

tandem_status tandem_session_state(tandem_session* session, const char* name,
                                   tandem_tensor* state) {
  return guarded(session, [&] {
    require(name, "name");
    require(state, "state");
    require_size(state->size, sizeof *state, "state");
    const Tensor& t = session->session.state()[name];
    if (!t.is_contiguous())
      fail(ErrorCode::unsupported, name, "is not row-major: shape ", t.shape(), ", strides ",
           t.strides());
    describe(t.type(), *state);
    state->data = t.impl()->data;
  });
}

tandem_status tandem_session_state_save(tandem_session* session, const char* path) {
  return guarded(session, [&] {
    require(path, "path");
    ProgramFile file = *session->file;
    file.state = session->session.state();
    save_program(path, file);
  });
}

tandem_status tandem_session_state_load(tandem_session* session, const char* path) {
  return guarded(session, [&] {
    require(path, "path");
    const ProgramFile file = load_program(path);
    session->session.set_state(file.state);
  });
}

}  // extern "C"
