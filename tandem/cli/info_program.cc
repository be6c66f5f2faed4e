#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tandem/cli/print_json.h"
#include "tandem/cli/printable.h"
#include "tandem/cli/program_arguments.h"
#include "tandem/cli/program_commands.h"
#include "tandem/cli/progress.h"
#include "tandem/io/file.h"
#include "tandem/runtime/program_file.h"
#include "tandem/runtime/program_signatures.h"
#include "tandem/runtime/sign.h"

namespace tandem::cli {
namespace {

using graph::ParameterKind;

std::string shape_text(const Tensor& t) {
  return fmt::format("[{}]", fmt::join(t.shape().begin(), t.shape().end(), ", "));
}

int64_t bytes_of(const NamedTensors& tensors) {
  int64_t bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += tensor.nbytes();
  return bytes;
}

std::string plural(std::size_t n, std::string_view one) {
  return fmt::format("{} {}{}", grouped(int64_t(n)), one, n == 1 ? "" : "s");
}

Json json_of(const ProgramFile& file) {
  const Json signatures = Json::parse(runtime::signatures_json(file.programs));
  Json programs = Json::array();
  for (const Program& p : file.programs.programs) {
    Json state = Json::array(), updates = Json::array();
    for (const graph::Parameter* s : p.of_kind(ParameterKind::state)) state.push_back(s->name);
    for (const graph::Output& u : p.updates) updates.push_back(u.name);
    programs.push_back({{"name", p.name},
                        {"inputs", signatures[p.name]["inputs"]},
                        {"outputs", signatures[p.name]["outputs"]},
                        {"state", state},
                        {"updates", updates},
                        {"instructions", p.instructions.size()}});
  }
  Json state = Json::array(), assets = Json::array(), metadata = Json::object();
  for (const auto& [name, t] : file.state)
    state.push_back({{"name", name},
                     {"dtype", tandem::name(t.dtype())},
                     {"shape", std::vector<int64_t>(t.shape().begin(), t.shape().end())},
                     {"bytes", t.nbytes()}});
  for (const auto& [name, t] : file.assets)
    assets.push_back({{"name", name}, {"bytes", t.nbytes()}});
  for (const auto& [key, value] : file.metadata) metadata[key] = value;
  return {{"programs", programs}, {"state", state}, {"assets", assets}, {"metadata", metadata}};
}

void print_programs(const ProgramSet& programs) {
  if (!programs.programs.empty()) fmt::print("programs:\n");
  for (const Program& p : programs.programs) {
    fmt::print("  {}\n", signature_text(p));
    const std::size_t state = p.of_kind(ParameterKind::state).size();
    fmt::print("      {}", plural(p.instructions.size(), "instruction"));
    if (state) fmt::print(", state: {}", state);
    if (!p.updates.empty()) fmt::print(", of which it updates {}", p.updates.size());
    fmt::print("\n");
  }
}

void print_state(const NamedTensors& state) {
  std::size_t names = 0, shapes = 0;
  for (const auto& [name, t] : state) {
    names = std::max(names, printable(name).size());
    shapes = std::max(shapes, shape_text(t).size());
  }
  if (!state.empty()) fmt::print("state:\n");
  for (const auto& [name, t] : state)
    fmt::print("  {:<{}}  {:<4}  {:<{}}  {:>14} bytes\n", printable(name), names,
               tandem::name(t.dtype()), shape_text(t), shapes, grouped(t.nbytes()));
}

void print_assets(const NamedTensors& assets) {
  std::size_t names = 0;
  for (const auto& [name, t] : assets) names = std::max(names, printable(name).size());
  if (!assets.empty()) fmt::print("assets:\n");
  for (const auto& [name, t] : assets)
    fmt::print("  {:<{}}  {:>14} bytes\n", printable(name), names, grouped(t.nbytes()));
}

}  // namespace

void info_program(const InfoOptions& options) {
  const auto mapped = std::make_shared<MappedFile>("info", options.path);
  const SafetensorsContent content = parse_safetensors(mapped->bytes(), options.path);
  const std::optional<std::string> signer = runtime::signer(content.metadata, options.path);
  const ProgramFile file = load_program(mapped, {.verify_hashes = false});

  if (options.json) {
    Json json = {{"path", options.path}, {"format", "tandem"}, {"version", "1"}};
    json.update(json_of(file));
    json["signature"] =
        signer ? Json{{"algorithm", "Ed25519"}, {"public_key", *signer}} : Json(nullptr);
    print_json(json);
    return;
  }
  fmt::print("{}: program file, version 1: {}, {} of state in {} bytes, {}, {} bytes in all\n",
             options.path, plural(file.programs.programs.size(), "program"),
             plural(file.state.size(), "tensor"), grouped(bytes_of(file.state)),
             plural(file.assets.size(), "asset"), grouped(int64_t(mapped->bytes().size())));
  print_programs(file.programs);
  print_state(file.state);
  print_assets(file.assets);
  if (!file.metadata.empty()) fmt::print("metadata:\n");
  for (const auto& [key, value] : file.metadata)
    fmt::print("  {} = {}\n", printable(key), excerpt(value));
  if (signer)
    fmt::print("signature: by key {}; is it true?  tandem verify-signature {} --key KEY\n", *signer,
               options.path);
  else
    fmt::print("signature: none\n");
}

}  // namespace tandem::cli
