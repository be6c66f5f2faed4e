#include "tandem/compile/compile.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "tandem/compile/optimized.h"
#include "tandem/graph/bind_shapes.h"
#include "tandem/ops/generator.h"
#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

constexpr const char* otherwise = "the function does something else at these sizes than at others";

/// "f32[b, 28, 28]"
std::string shown(const InputSpec& input) {
  std::string s = text(name(input.dtype), "[");
  for (std::size_t d = 0; d < input.shape.size(); ++d) {
    if (d) s += ", ";
    if (const Dim* dim = std::get_if<Dim>(&input.shape[d]))
      s += dim->name;
    else
      append(s, std::get<int64_t>(input.shape[d]));
  }
  return s + "]";
}
std::string shown(const std::vector<InputSpec>& inputs) {
  std::string s;
  for (const InputSpec& input : inputs) s += text(s.empty() ? "" : ", ", shown(input));
  return s;
}

std::vector<InputSpec> specs_of(std::span<const Tensor> inputs) {
  std::vector<InputSpec> specs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    InputSpec spec{text("input", i), {}, inputs[i].dtype()};
    for (int64_t n : inputs[i].shape()) spec.shape.push_back(n);
    specs.push_back(std::move(spec));
  }
  return specs;
}

bool same_signature(const std::vector<InputSpec>& inputs, std::span<const Tensor> given) {
  return std::ranges::equal(inputs, given, [](const InputSpec& spec, const Tensor& t) {
    return spec.dtype == t.dtype() && spec.shape.size() == std::size_t(t.dim());
  });
}

/// Do inputs of these sizes fit? A symbolic dim takes any size, the same wherever it stands.
bool admits(const std::vector<InputSpec>& inputs, std::span<const Tensor> given) {
  std::vector<std::pair<std::string_view, int64_t>> sizes;
  for (std::size_t i = 0; i < inputs.size(); ++i)
    for (std::size_t d = 0; d < inputs[i].shape.size(); ++d) {
      const int64_t n = given[i].shape()[int(d)];
      const Dim* dim = std::get_if<Dim>(&inputs[i].shape[d]);
      if (!dim) {
        if (std::get<int64_t>(inputs[i].shape[d]) != n) return false;
        continue;
      }
      if (n < dim->min) return false;
      const auto known =
          std::ranges::find(sizes, dim->name, &std::pair<std::string_view, int64_t>::first);
      if (known == sizes.end())
        sizes.emplace_back(dim->name, n);
      else if (known->second != n)
        return false;
    }
  return true;
}

/// The dims that differ between an earlier call and this one, symbolic; dims that had one size
/// then and have one size now are one symbol. Empty when more symbols were needed than there are.
std::vector<InputSpec> generalized(const std::vector<InputSpec>& earlier,
                                   std::span<const Tensor> now) {
  struct Symbol {
    int64_t before, after;
    std::string known;
    Dim dim;
  };
  std::vector<Symbol> symbols;
  std::vector<InputSpec> specs = specs_of(now);
  for (std::size_t i = 0; i < specs.size(); ++i)
    for (std::size_t d = 0; d < specs[i].shape.size(); ++d) {
      const int64_t after = now[i].shape()[int(d)];
      const Dim* known = std::get_if<Dim>(&earlier[i].shape[d]);
      const int64_t before = known ? -1 : std::get<int64_t>(earlier[i].shape[d]);
      if (!known && before == after) continue;
      const std::string name = known ? known->name : "";
      auto it = std::ranges::find_if(symbols, [&](const Symbol& s) {
        return s.before == before && s.after == after && s.known == name;
      });
      if (it == symbols.end()) {
        // A size of 1 broadcasts, and of 0 is empty: both are programs of their own.
        const Dim fresh = dim(text("s", symbols.size()), {.min = std::min<int64_t>(after, 2)});
        it = symbols.insert(symbols.end(), {before, after, name, fresh});
      }
      specs[i].shape[d] = it->dim;
    }
  if (symbols.size() > graph::max_symbols) return {};
  return specs;
}

}  // namespace

Compiled::Compiled(Function f, CompileOptions options)
    : f_(std::move(f)), options_(std::move(options)) {
  if (options_.programs == 0)
    fail(ErrorCode::value, "compile", "expected to keep at least 1 program, got 0");
}

Traced Compiled::traced(const std::vector<InputSpec>& inputs, std::vector<std::size_t>& written) {
  ++attempts_;
  const Function with_writes([&](std::span<const Tensor> in) {
    std::vector<uint32_t> versions;
    for (const Tensor& t : in) versions.push_back(t.version());
    NamedTensors outputs = f_(in);
    written.clear();
    for (std::size_t i = 0; i < in.size(); ++i)
      if (in[i].version() != versions[i]) {
        written.push_back(i);
        outputs.add(text("written.", i), in[i].detach());
      }
    return outputs;
  });
  return trace(with_writes, inputs, {.name = options_.name, .state = options_.state});
}

Compiled::Entry Compiled::make(std::vector<InputSpec> inputs) {
  std::vector<std::size_t> written;
  Traced found = traced(inputs, written);
  return made_of(std::move(found), std::move(inputs), std::move(written));
}

Compiled::Entry Compiled::made_of(Traced traced, std::vector<InputSpec> inputs,
                                  std::vector<std::size_t> written) {
  Entry entry{.inputs = std::move(inputs), .written = std::move(written), .number = made_++};
  entry.is_symbolic = !traced.program.symbols.empty();
  for (const auto& [name, t] : traced.state) {
    if (options_.state.contains(name)) continue;
    if (name == generator_state)
      entry.generator = true;
    else
      entry.gradients.push_back(name);
  }
  ProgramSet programs;
  programs.programs.push_back(std::move(traced.program));
  entry.session = std::make_unique<runtime::Session>(
      std::move(programs), traced.state,
      runtime::SessionOptions{.share_state = true,
                              .pack_weights = options_.pack_weights,
                              .rewrite = [budget = options_.budget](Program p) {
                                passes::OptimizeOptions options = cpu_options();
                                options.budget = budget;
                                return passes::optimize(std::move(p), options);
                              }});
  return entry;
}

/// A program of its own for sizes at which `entry` is not what the function does.
std::optional<Compiled::Entry> Compiled::exception(Entry& entry, std::span<const Tensor> inputs) {
  if (!entry.is_symbolic) return {};
  const Program& program = entry.session->programs().programs[0];
  std::vector<Type> types;
  for (const Tensor& t : inputs) types.push_back(t.type());
  graph::Sizes sizes = graph::bind_shapes(program, types);
  if (entry.proven.contains(sizes)) return {};
  std::vector<std::size_t> written;
  std::vector<InputSpec> specs = specs_of(inputs);
  Traced fixed = traced(specs, written);
  if (!is_at(fixed.program, program, sizes))
    return made_of(std::move(fixed), std::move(specs), std::move(written));
  entry.proven.insert(std::move(sizes));
  return {};
}

Compiled::Entry& Compiled::keep(Entry entry, const std::string& why) {
  log_.push_back(text(options_.name, "(", shown(entry.inputs), "): ", why));
  entries_.insert(entries_.begin(), std::move(entry));
  if (entries_.size() > options_.programs) entries_.pop_back();
  return entries_.front();
}

Compiled::Entry& Compiled::entry_for(std::span<const Tensor> inputs) {
  // A program of these very sizes goes before one of all: it may be an exception from that.
  auto fits = entries_.end(), relative = fits;
  for (auto it = entries_.begin(); it != entries_.end(); ++it) {
    if (!same_signature(it->inputs, inputs)) continue;
    if (!admits(it->inputs, inputs)) {
      if (relative == entries_.end() || it->is_symbolic > relative->is_symbolic) relative = it;
    } else if (fits == entries_.end() || !it->is_symbolic) {
      fits = it;
    }
  }
  if (fits != entries_.end()) {
    std::rotate(entries_.begin(), fits, fits + 1);
    std::optional<Entry> own = exception(entries_.front(), inputs);
    return own ? keep(std::move(*own), otherwise) : entries_.front();
  }
  std::optional<Entry> made;
  std::string why = "first call with inputs of these dtypes and ranks";
  if (relative != entries_.end()) {
    std::vector<InputSpec> general = generalized(relative->inputs, inputs);
    if (!general.empty()) {
      // What the function does not allow at sizes that nobody passed is no error of this call.
      try {
        made = make(general);
        why = text("sizes changed from (", shown(relative->inputs), ")");
      } catch (const std::exception& e) {
        std::string_view reason = e.what();
        // Of an error from Python the last line, behind its frames.
        if (reason.starts_with("Traceback")) reason.remove_prefix(reason.rfind('\n') + 1);
        why = text("sizes changed from (", shown(relative->inputs),
                   "), and no program serves both: ", reason);
      }
    } else {
      why = text("more than ", graph::max_symbols, " sizes changed from (", shown(relative->inputs),
                 ")");
    }
  }
  if (!made) made = make(specs_of(inputs));
  if (!changed_.empty()) why = std::exchange(changed_, {});
  keep(std::move(*made), why);
  std::optional<Entry> own = exception(entries_.front(), inputs);
  return own ? keep(std::move(*own), otherwise) : entries_.front();
}

/// Programs read and write the state's own memory, so they end where it is another.
void Compiled::forget_what_changed() {
  const auto seen = [](const Tensor& t) {
    return Seen{t.data_ptr(), t.type(), t.strides(), t.impl()->requires_grad};
  };
  bool same = seen_.size() == options_.state.size();
  std::size_t i = 0;
  std::string changed;
  for (const auto& [name, t] : options_.state) {
    if (!same) break;
    if (t.data_ptr() != seen_[i].data || t.impl()->requires_grad != seen_[i].requires_grad ||
        t.type() != seen_[i].type || t.strides() != seen_[i].strides)
      changed = name, same = false;
    ++i;
  }
  if (same) return;
  seen_.clear();
  for (const auto& [name, t] : options_.state) seen_.push_back(seen(t));
  if (entries_.empty()) return;
  entries_.clear();
  changed_ = text("state '", changed, "' has other memory, another type or another requires_grad");
}

/// Would a write to one of the inputs, or to the state, show in another input?
bool Compiled::overlap(const Entry& entry, std::span<const Tensor> inputs) const {
  const auto shares = [](const Tensor& a, const Tensor& b) {
    return a.impl()->storage == b.impl()->storage && a.numel() > 0;
  };
  for (const std::size_t w : entry.written)
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (i != w && shares(inputs[w], inputs[i])) return true;
  if (entry.written.empty() && entry.session->programs().programs[0].updates.empty()) return false;
  return std::ranges::any_of(inputs, [&](const Tensor& input) {
    return std::ranges::any_of(options_.state,
                               [&](const auto& named) { return shares(input, named.second); });
  });
}

NamedTensors Compiled::operator()(std::span<const Tensor> inputs) {
  if (mode.tracer) return f_(inputs);  // part of a larger program
  if (f_.inputs() >= 0 && int(inputs.size()) != f_.inputs())
    fail(ErrorCode::value, options_.name, "takes ", f_.inputs(), " tensors, got ", inputs.size());
  const std::lock_guard lock(running_);
  forget_what_changed();
  Entry& entry = entry_for(inputs);
  last_ = entry.number;
  if (overlap(entry, inputs)) {
    last_ = -1;
    return f_(inputs);
  }
  runtime::Session& session = *entry.session;
  const auto own = [&](std::string_view name) -> Tensor { return session.state()[name].detach(); };
  NoGrad off;
  if (entry.generator) own(generator_state).copy_(default_generator().state());
  for (const std::string& name : entry.gradients) {
    const Tensor gradient = options_.state[state_of_gradient(name)].grad();
    Tensor state = own(name);
    if (gradient)
      state.copy_(gradient);
    else
      state.zero_();
  }
  std::vector<Tensor> out = session.run(options_.name, inputs);
  if (entry.generator) default_generator().set_state(own(generator_state));
  const Program& program = session.programs()[options_.name];
  for (const std::string& name : entry.gradients)
    if (std::ranges::any_of(program.updates, [&](const auto& u) { return u.name == name; }))
      options_.state[state_of_gradient(name)].set_grad(copy_of(own(name)));
  for (const std::size_t w : std::views::reverse(entry.written)) {
    Tensor(inputs[w]).copy_(out.back());
    out.pop_back();
  }
  NamedTensors outputs;
  for (std::size_t i = 0; i < out.size(); ++i)
    outputs.add(program.outputs[i].name, std::move(out[i]));
  return outputs;
}

std::string Compiled::explain() const {
  std::string s;
  for (const std::string& line : log_) s += line + "\n";
  return s;
}

const Program* Compiled::program(std::span<const Type> inputs) const {
  std::vector<Tensor> given;
  for (const Type& type : inputs) given.push_back(type_only(type));
  for (const Entry& entry : entries_)
    if (same_signature(entry.inputs, given) && admits(entry.inputs, given))
      return &entry.session->programs().programs[0];
  return nullptr;
}

}  // namespace tandem
