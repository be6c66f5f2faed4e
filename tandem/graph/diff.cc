#include "tandem/graph/diff.h"

#include <algorithm>
#include <map>

#include "tandem/graph/align.h"
#include "tandem/graph/names.h"
#include "tandem/graph/text.h"

namespace tandem::graph {
namespace {

bool is_counted(std::string_view name) { return name[0] >= '0' && name[0] <= '9'; }

/// A line of a program's text, its values apart: "%3 = add(%1, %x)" is the key "% = add(%, %)" and
/// the names 3, 1, x.
struct Line {
  explicit Line(std::string_view line) : text(line) {
    bool quoted = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
      key += line[i];
      if (quoted && line[i] == '\\' && i + 1 < line.size()) {
        key += line[++i];
      } else if (line[i] == '"') {
        quoted = !quoted;
      } else if (!quoted && line[i] == '%') {
        const std::size_t start = i + 1;
        while (i + 1 < line.size() && is_name_character(line[i + 1])) ++i;
        if (i + 1 > start) values.push_back({line.substr(start, i + 1 - start), key.size()});
      }
    }
    const std::size_t equals = key.find(" = ");
    if (equals == key.npos) return;
    for (const Named& v : values) results += v.place <= equals;
  }

  /// With other names.
  template <class Rename>
  std::string with(const Rename& rename) const {
    std::string s;
    std::size_t from = 0;
    for (const Named& v : values) {
      s.append(key, from, v.place - from) += rename(v.name);
      from = v.place;
    }
    return s.append(key, from);
  }

  struct Named {
    std::string_view name;
    std::size_t place;  // in the key, behind its '%'
  };
  std::string_view text;
  std::string key;
  std::vector<Named> values;
  std::size_t results = 0;  // so many of them stand before " = "
  std::size_t scope = 0;    // the line that opened the block it stands in
};

/// The lines of a text, each with its scope: in a body numbers begin anew.
std::vector<Line> lines_of(std::string_view text) {
  std::vector<Line> lines;
  std::vector<std::size_t> scopes = {0};
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    Line& line = lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size() - 1) + 1);
    if (line.text.ends_with('}') && line.text.find_first_not_of(' ') == line.text.size() - 1 &&
        scopes.size() > 1)
      scopes.pop_back();
    line.scope = scopes.back();
    if (line.text.ends_with('{')) scopes.push_back(lines.size());
  }
  return lines;
}

class Comparison {
 public:
  Comparison(std::string_view before, std::string_view after, const DiffOptions& options)
      : options_(options), a_(lines_of(before)), b_(lines_of(after)) {}

  std::string run() {
    find_pairs();
    std::size_t i = 0, j = 0;
    for (const auto& [x, y] : pairs_) {
      while (i < x) removed(a_[i++]);
      while (j < y) added(b_[j++]);
      if (is_same(a_[i], b_[j])) {
        shown_.push_back({' ', std::string(b_[j].text)});
      } else {
        removed(a_[i]);
        added(b_[j]);
      }
      ++i, ++j;
    }
    while (i < a_.size()) removed(a_[i++]);
    while (j < b_.size()) added(b_[j++]);
    return with_context();
  }

 private:
  struct Shown {
    char mark;
    std::string text;
  };
  using Place = std::pair<std::size_t, std::string_view>;  // a scope before, a name in it

  /// Lines that are equal but for values; their results are the same values from then on.
  void find_pairs() {
    std::map<std::string_view, std::size_t> keys;
    const auto keys_of = [&](const std::vector<Line>& lines) {
      std::vector<std::size_t> all;
      for (const Line& line : lines)
        all.push_back(keys.emplace(line.key, keys.size()).first->second);
      return all;
    };
    const std::vector<std::size_t> a = keys_of(a_), b = keys_of(b_);
    pairs_ = align(a, b);
    for (const auto& [x, y] : pairs_)
      for (std::size_t r = 0; r < a_[x].results; ++r)
        now_[{a_[x].scope, a_[x].values[r].name}] = b_[y].values[r].name;
  }

  /// What a value is called now; "" for one that is gone.
  std::string_view now(const Line& line, std::string_view name) const {
    if (!is_counted(name)) return name;
    const auto it = now_.find({line.scope, name});
    return it == now_.end() ? "" : it->second;
  }

  bool is_same(const Line& a, const Line& b) const {
    for (std::size_t n = 0; n < a.values.size(); ++n)
      if (now(a, a.values[n].name) != b.values[n].name) return false;
    return true;
  }

  void removed(const Line& line) {
    shown_.push_back({'-', line.with([&](std::string_view name) {
                        const std::string_view there = now(line, name);
                        return there.empty() ? text("old", name) : std::string(there);
                      })});
  }
  void added(const Line& line) { shown_.push_back({'+', std::string(line.text)}); }

  std::string with_context() const {
    const auto n = std::ptrdiff_t(shown_.size());
    std::vector<bool> near(shown_.size());
    for (std::ptrdiff_t i = 0; i < n; ++i)
      if (shown_[std::size_t(i)].mark != ' ')
        for (std::ptrdiff_t k = std::max<std::ptrdiff_t>(0, i - options_.context);
             k <= std::min(n - 1, i + options_.context); ++k)
          near[std::size_t(k)] = true;
    if (std::ranges::none_of(near, [](bool b) { return b; })) return "";
    near[0] = true;  // the program's head
    std::string s;
    bool skipped = false;
    for (std::size_t i = 0; i < shown_.size(); ++i) {
      if (!near[i]) {
        if (!skipped) s += "  …\n";
        skipped = true;
        continue;
      }
      skipped = false;
      const auto& [mark, text] = shown_[i];
      const bool colored = options_.color && mark != ' ';
      if (colored) s += mark == '+' ? "\033[32m" : "\033[31m";
      s += mark;
      s += ' ';
      s += text;
      if (colored) s += "\033[0m";
      s += '\n';
    }
    return s;
  }

  const DiffOptions& options_;
  std::vector<Line> a_, b_;
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;
  std::map<Place, std::string_view> now_;
  std::vector<Shown> shown_;
};

std::string text_of(const Program* p, const DiffOptions& options) {
  return p ? print(*p, {.locations = options.locations}) : "";
}

std::string compare(const Program* before, const Program* after, const DiffOptions& options) {
  const std::string a = text_of(before, options), b = text_of(after, options);
  return a == b ? "" : Comparison(a, b, options).run();
}

}  // namespace

std::string diff(const Program& before, const Program& after, const DiffOptions& options) {
  return compare(&before, &after, options);
}

std::string diff(const ProgramSet& before, const ProgramSet& after, const DiffOptions& options) {
  std::string s;
  const auto add = [&](const Program* a, const Program* b) {
    const std::string part = compare(a, b, options);
    if (!s.empty() && !part.empty()) s += '\n';
    s += part;
  };
  for (const Program& p : before.programs) add(&p, after.find(p.name));
  for (const Program& p : after.programs)
    if (!before.find(p.name)) add(nullptr, &p);
  return s;
}

}  // namespace tandem::graph
