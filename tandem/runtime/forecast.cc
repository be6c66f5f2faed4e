#include "tandem/runtime/forecast.h"

#include <algorithm>

#include "tandem/runtime/lower.h"

namespace tandem::runtime {
namespace {

/// A number with one digit behind the point.
std::string one_digit(int64_t bytes, int64_t unit) {
  const int64_t tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
  return text(tenths / 10, ".", tenths % 10);
}

std::string aligned_right(std::string s, std::size_t width) {
  return s.size() < width ? std::string(width - s.size(), ' ') + s : s;
}

/// Outside tensors of one kind: entries, and their bytes together.
int64_t add_outside(Forecast& f, const Plan& plan, std::span<const Outside> list, Home home,
                    std::string_view sign) {
  int64_t bytes = 0;
  for (const Outside& o : list) {
    const Type& type = plan.ref(o).type;
    bytes += bytes_of(type);
    f.tensors.push_back({text(sign, o.name), text(type), home, Location(), bytes_of(type)});
  }
  return bytes;
}

/// What a buffer was first made for, by its first step.
Forecast::Entry made_in_arena(const Plan& plan, std::size_t buffer) {
  const Buffer& b = plan.buffers[buffer];
  const Step& step = plan.steps[std::size_t(b.first)];
  Forecast::Entry e{std::string(step.op.info->name()), "", Home::arena, step.where,
                    aligned(b.bytes)};
  if (b.workspace) e.name = "workspace of " + e.name;
  for (int32_t r : step.results)
    if (!b.workspace && std::size_t(plan.refs[std::size_t(r)].buffer) == buffer)
      e.type = text(plan.refs[std::size_t(r)].type);
  return e;
}

void add_line(Forecast& f, const Forecast::Entry& e) {
  for (Forecast::Line& l : f.lines)
    if (l.where.line() == e.where.line() &&
        std::string_view(l.where.file_name()) == e.where.file_name()) {
      l.bytes += e.bytes;
      return;
    }
  f.lines.push_back({e.where, e.bytes});
}

std::string described(const Forecast::Entry& e) {
  std::string s = text(e.name, e.type.empty() ? "" : ": ", e.type);
  if (e.where.line()) s += text("  ", e.where);
  return s;
}

}  // namespace

std::string readable_bytes(int64_t bytes) {
  if (bytes < 1000) return text(bytes, " B");
  constexpr std::string_view units[] = {"KB", "MB", "GB", "TB", "PB"};
  int64_t of_unit = 1000;
  std::size_t unit = 0;
  // What would be rounded to 1000.0 is 1.0 of the next.
  for (; unit + 1 < std::size(units) && double(bytes) / double(of_unit) >= 999.95; ++unit)
    of_unit *= 1000;
  return text(one_digit(bytes, of_unit), " ", units[unit]);
}

Forecast forecast(const Plan& plan) {
  Forecast f;
  f.program = plan.program;
  f.arena = plan.arena_bytes;
  f.packed = plan.packed_bytes;
  f.arena_lower_bound = plan.lower_bound;
  f.inputs = add_outside(f, plan, plan.inputs, Home::input, "%");
  f.state = add_outside(f, plan, plan.state, Home::state, "@");
  f.constants = add_outside(f, plan, plan.constants, Home::constant, "#");
  f.outputs = add_outside(f, plan, plan.outputs, Home::output, "%");
  for (const Step& step : plan.steps)
    if (step.packed >= 0)
      f.tensors.push_back({text("packed weights of ", step.op.info->name()), "", Home::packed,
                           step.where, aligned(plan.buffers[std::size_t(step.packed)].bytes)});
  if (!plan.steps.empty()) {
    const Step& fullest = plan.steps[std::size_t(plan.fullest_step)];
    f.fullest_op = fullest.op.info->name();
    f.fullest_where = fullest.where;
  }
  for (std::size_t b = 0; b < plan.buffers.size(); ++b) {
    const Buffer& buffer = plan.buffers[b];
    if (buffer.home != Home::arena || buffer.first > plan.fullest_step ||
        buffer.last < plan.fullest_step)
      continue;
    f.tensors.push_back(made_in_arena(plan, b));
    add_line(f, f.tensors.back());
  }
  std::ranges::sort(f.tensors, [](const Forecast::Entry& a, const Forecast::Entry& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.name < b.name;
  });
  std::ranges::sort(f.lines, [](const Forecast::Line& a, const Forecast::Line& b) {
    return a.bytes != b.bytes ? a.bytes > b.bytes : a.where.line() < b.where.line();
  });
  return f;
}

std::string to_text(const Forecast& f, std::size_t most) {
  std::string s = text("forecast of ", f.program, ": ", readable_bytes(f.total()), "\n");
  const auto row = [&](std::string_view what, int64_t bytes, std::string_view note = "") {
    s += text("  ", aligned_right(readable_bytes(bytes), 9), "  ", what, note, "\n");
  };
  row("arena", f.arena,
      f.fullest_op.empty()
          ? ""
          : text(" (at least ", readable_bytes(f.arena_lower_bound), "), fullest in ", f.fullest_op,
                 f.fullest_where.line() ? text(" at ", f.fullest_where) : ""));
  if (f.packed) row("packed weights", f.packed);
  row("state", f.state);
  row("constants", f.constants);
  row("inputs", f.inputs);
  row("outputs", f.outputs);
  const std::size_t tensors = std::min(most, f.tensors.size());
  if (tensors) s += "largest tensors\n";
  for (std::size_t i = 0; i < tensors; ++i) row(described(f.tensors[i]), f.tensors[i].bytes);
  const std::size_t lines = std::min(most, f.lines.size());
  if (lines) s += "arena by line\n";
  for (std::size_t i = 0; i < lines; ++i)
    row(f.lines[i].where.line() ? text(f.lines[i].where) : "no line", f.lines[i].bytes);
  return s;
}

void check_budget(const Plan& plan, int64_t budget) {
  const Forecast f = forecast(plan);
  if (f.total() <= budget) return;
  std::string largest;
  for (std::size_t i = 0; i < std::min<std::size_t>(3, f.tensors.size()); ++i)
    largest +=
        text(i ? ", " : "", described(f.tensors[i]), " (", readable_bytes(f.tensors[i].bytes), ")");
  // Where rounding hides the difference, bytes show it.
  const bool alike = readable_bytes(f.total()) == readable_bytes(budget);
  const auto bytes = [&](int64_t n) { return alike ? text(n, " B") : readable_bytes(n); };
  fail(ErrorCode::value, plan.program, "needs ", bytes(f.total()), ", the budget is ",
       bytes(budget), ": arena ", readable_bytes(f.arena),
       f.packed ? text(", packed weights ", readable_bytes(f.packed)) : "", ", state ",
       readable_bytes(f.state), ", constants ", readable_bytes(f.constants), ", inputs ",
       readable_bytes(f.inputs), ", outputs ", readable_bytes(f.outputs), "; the largest are ",
       largest);
}

}  // namespace tandem::runtime
