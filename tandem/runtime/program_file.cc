#include "tandem/runtime/program_file.h"

#include <algorithm>
#include <map>
#include <set>

#include "tandem/graph/check.h"
#include "tandem/graph/limits.h"
#include "tandem/graph/names.h"
#include "tandem/graph/spell.h"
#include "tandem/graph/text.h"
#include "tandem/io/file.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/check_state.h"
#include "tandem/runtime/file_hashes.h"
#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/program_signatures.h"

namespace tandem::runtime {
namespace {

using graph::Parameter;
using graph::ParameterKind;

constexpr std::string_view save = "save_program", load = "load_program";

std::string name_of_constant(const graph::Program& program, const Parameter& constant) {
  return text(constant_prefix, program.name, ":", constant.name);
}

bool is_reserved(std::string_view name) {
  return name.starts_with(constant_prefix) || name.starts_with(asset_prefix);
}

/// What save_program() writes, all but the hashes.
struct Parts {
  std::vector<Tensor> kept;  // what had to be made row-major
  std::vector<SafetensorsEntry> entries;
  Metadata metadata;

  void add(std::string_view name, const Tensor& tensor) {
    entries.push_back(entry_of_tensor(save, name, kept.emplace_back(tensor)));
  }
};

void add_constants(Parts& parts, const graph::Program& program) {
  for (const Parameter* c : program.of_kind(ParameterKind::constant)) {
    const std::string name = name_of_constant(program, *c);
    if (!c->constant.defined())
      fail(ErrorCode::value, save, spelled_name(c->kind, c->name), " of program ", program.name,
           " has no elements");
    if (!graph::shows_elements(*c)) parts.add(name, c->constant);
  }
}

Parts parts_of(const ProgramFile& file) {
  graph::check(file.programs);
  check_state(file.programs, file.state, ErrorCode::value, save, "");
  Parts parts;
  for (const auto& [name, tensor] : file.state) {
    if (is_reserved(name))
      fail(ErrorCode::value, save, "state cannot be named '", name, "': names that begin with '",
           constant_prefix, "' and '", asset_prefix, "' are reserved");
    parts.add(name, tensor);
  }
  for (const graph::Program& program : file.programs.programs) add_constants(parts, program);
  for (const auto& [name, tensor] : file.assets) {
    if (!tensor || tensor.dtype() != DType::u8 || tensor.dim() != 1)
      fail(ErrorCode::value, save, "asset '", name, "' is ",
           tensor ? text(tensor.type()) : "undefined", "; expected uint8[n]: see add_asset()");
    parts.add(text(asset_prefix, name), tensor);
  }

  const std::string programs = graph::print(file.programs);
  if (programs.size() > graph::max_text)
    fail(ErrorCode::value, save, "the programs' text has ", programs.size(),
         " bytes; expected at most ", graph::max_text);
  parts.metadata = {{std::string(version_key), std::string(file_version)},
                    {std::string(programs_key), programs},
                    {std::string(signatures_key), signatures_json(file.programs)}};
  for (const auto& [key, value] : file.metadata) {
    if (key.starts_with(own_prefix))
      fail(ErrorCode::value, save, "metadata cannot have the key '", key,
           "': keys that begin with '", own_prefix, "' are reserved");
    parts.metadata.emplace_back(key, value);
  }
  return parts;
}

/// Puts an untrusted file's parts in their places.
class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::string_view source,
         std::shared_ptr<MappedFile> mapped)
      : source_(source), mapped_(std::move(mapped)), content_(parse_safetensors(bytes, source)) {}

  ProgramFile read(const LoadProgramOptions& options) {
    check_version(content_.metadata, load, source_);
    if (options.verify_hashes) runtime::check_hashes(content_, load, source_);
    ProgramFile file;
    file.programs = graph::parse(value_of(content_.metadata, programs_key, load, source_), source_);
    check_signatures(file.programs, value_of(content_.metadata, signatures_key, load, source_),
                     load, source_);
    read_metadata(file);
    read_tensors(file);
    give_constants(file.programs);
    check_state(file.programs, file.state, ErrorCode::format, load, source_);
    return file;
  }

 private:
  void read_metadata(ProgramFile& file) const {
    for (const auto& [key, value] : content_.metadata) {
      if (!key.starts_with(own_prefix))
        file.metadata.emplace_back(key, value);
      else if (key != version_key && key != programs_key && key != signatures_key &&
               key != hashes_key && key != signature_key)
        fail(ErrorCode::format, load, "'", source_, "': version ", file_version,
             " of the format has no '", key, "'");
    }
  }

  void read_tensors(ProgramFile& file) {
    for (const SafetensorsEntry& entry : content_.entries) {
      const std::string_view name = entry.name;
      Tensor tensor = tensor_of_entry(load, source_, entry, mapped_);
      if (name.starts_with(constant_prefix)) {
        constants_.emplace(name, std::move(tensor));
      } else if (name.starts_with(asset_prefix)) {
        if (tensor.dtype() != DType::u8 || tensor.dim() != 1)
          fail(ErrorCode::format, load, "'", source_, "': '", name, "' is ", tensor.type(),
               "; expected uint8[n]");
        file.assets.add(std::string(name.substr(asset_prefix.size())), std::move(tensor));
      } else {
        file.state.add(std::string(name), std::move(tensor));
      }
    }
  }

  /// To those that are too large to stand in the text.
  void give_constants(graph::ProgramSet& programs) {
    for (graph::Program& program : programs.programs)
      for (Parameter& c : program.parameters) {
        if (c.kind != ParameterKind::constant || c.constant.defined()) continue;
        const std::string name = name_of_constant(program, c);
        const auto it = constants_.find(name);
        if (it == constants_.end())
          fail(ErrorCode::format, load, "'", source_, "': there is no tensor '", name,
               "', of which program ", program.name, " speaks");
        const graph::SymbolicType& expected = program.type(c.value);
        if (graph::SymbolicType(it->second.type()) != expected)
          fail(ErrorCode::format, load, "'", source_, "': '", name, "' is ", it->second.type(),
               ", but program ", program.name, " says ", to_string(expected, program.symbols));
        c.constant = std::move(it->second);
        constants_.erase(it);
      }
    if (!constants_.empty())
      fail(ErrorCode::format, load, "'", source_, "': no program needs the tensor '",
           constants_.begin()->first, "'");
  }

  std::string_view source_;
  std::shared_ptr<MappedFile> mapped_;
  SafetensorsContent content_;
  std::map<std::string, Tensor, std::less<>> constants_;
};

}  // namespace

void ProgramFile::add_asset(std::string name, std::string_view bytes) {
  const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
  assets.add(std::move(name), from_data(std::span(data, bytes.size()), {int64_t(bytes.size())}));
}

std::string_view ProgramFile::asset(std::string_view name) const {
  const Tensor& bytes = assets[name];
  return {reinterpret_cast<const char*>(bytes.data<uint8_t>()), std::size_t(bytes.numel())};
}

void save_program(const std::string& path, const ProgramFile& file) {
  Parts parts = parts_of(file);
  parts.metadata.emplace_back(hashes_key, hashes_json(parts.entries, parts.metadata));
  write_safetensors(path, parts.entries, parts.metadata);
}

ProgramFile load_program(const std::string& path, const LoadProgramOptions& options) {
  return load_program(std::make_shared<MappedFile>(load, path), options);
}

ProgramFile load_program(const std::shared_ptr<MappedFile>& file,
                         const LoadProgramOptions& options) {
  return Reader(file->bytes(), file->path(), file).read(options);
}

ProgramFile load_program_from_bytes(std::span<const std::byte> bytes,
                                    const LoadProgramOptions& options, std::string_view source) {
  return Reader(bytes, source, nullptr).read(options);
}

void check_hashes(const std::string& path) {
  const MappedFile file("check_hashes", path);
  const SafetensorsContent content = parse_safetensors(file.bytes(), path);
  check_version(content.metadata, "check_hashes", path);
  check_hashes(content, "check_hashes", path);
}

}  // namespace tandem::runtime
