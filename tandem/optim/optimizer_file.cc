#include "tandem/optim/optimizer_file.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "tandem/io/tensor_files.h"

namespace tandem::optim {

using Json = nlohmann::ordered_json;

static constexpr std::string_view prefix = "state.";

void save_optimizer(const std::string& path, const Optimizer& optimizer) {
  const OptimizerState state = optimizer.state_dict();
  NamedTensors tensors;
  for (const auto& [number, entries] : state.state)
    for (const auto& [name, tensor] : entries) tensors.add(text(prefix, number, ".", name), tensor);
  Json groups = Json::array();
  for (const OptimizerState::Group& group : state.param_groups) {
    Json& json = groups.emplace_back();
    for (const auto& [name, value] : group.options)
      std::visit(
          [&, &name = name](const auto& v) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(v)>, Betas>)
              json[name] = {v.first, v.second};
            else
              json[name] = v;
          },
          value);
    json["params"] = group.params;
  }
  save_safetensors(path, tensors,
                   {{"optimizer", optimizer.name()}, {"param_groups", groups.dump()}});
}

/// Untrusted JSON: everything but bool, numbers and pairs of them is refused.
static OptimizerState::Group read_group(const Json& json, const std::string& path) {
  OptimizerState::Group group;
  const auto bad = [&](std::string_view what) {
    fail(ErrorCode::format, "load_optimizer", "\"", path, "\": ", what);
  };
  if (!json.is_object()) bad("a parameter group is not an object");
  for (const auto& [name, value] : json.items()) {
    if (name == "params") {
      if (!value.is_array()) bad("\"params\" is not a list");
      for (const Json& number : value) {
        if (!number.is_number_integer()) bad("\"params\" holds something other than integers");
        group.params.push_back(number.get<int64_t>());
      }
    } else if (value.is_boolean()) {
      group.options.emplace_back(name, value.get<bool>());
    } else if (value.is_number()) {
      group.options.emplace_back(name, value.get<double>());
    } else if (value.is_array() && value.size() == 2 && value[0].is_number() &&
               value[1].is_number()) {
      group.options.emplace_back(name, Betas{value[0].get<double>(), value[1].get<double>()});
    } else {
      bad(text("option \"", name, "\" is neither a bool, a number nor a pair of numbers"));
    }
  }
  return group;
}

void load_optimizer(const std::string& path, Optimizer& optimizer) {
  Metadata metadata;
  const NamedTensors tensors = load_safetensors(path, &metadata);
  const auto bad = [&](const auto&... what) {
    fail(ErrorCode::format, "load_optimizer", "\"", path, "\": ", what...);
  };
  const auto find = [&](std::string_view key) -> std::string {
    for (const auto& [name, value] : metadata)
      if (name == key) return value;
    bad("holds no optimizer: its metadata lacks \"", key, "\"");
    return {};
  };
  if (const std::string saved = find("optimizer"); saved != optimizer.name())
    fail(ErrorCode::value, "load_optimizer", "\"", path, "\" holds the state of ", saved,
         ", this optimizer is ", optimizer.name());
  const Json groups = Json::parse(find("param_groups"), nullptr, false);
  if (!groups.is_array()) bad("\"param_groups\" is not a list");

  OptimizerState state;
  for (const Json& group : groups) state.param_groups.push_back(read_group(group, path));
  for (const auto& [name, tensor] : tensors) {
    int64_t number = 0;
    const char* begin = name.data() + prefix.size();
    const char* end = name.data() + name.size();
    const auto parsed = name.starts_with(prefix) ? std::from_chars(begin, end, number)
                                                 : std::from_chars_result{begin, std::errc()};
    if (parsed.ec != std::errc() || parsed.ptr == begin || parsed.ptr == end || *parsed.ptr != '.')
      bad("tensor \"", name, "\" is not named as \"state.0.exp_avg\" is");
    state.state[number].add(std::string(parsed.ptr + 1, end), tensor);
  }
  optimizer.load_state_dict(state);
}

}  // namespace tandem::optim
