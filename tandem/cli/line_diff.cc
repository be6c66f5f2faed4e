#include "tandem/cli/line_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "tandem/base/text.h"
#include "tandem/graph/align.h"

namespace tandem::cli {
namespace {

constexpr std::size_t context = 3;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

/// A line with each value's number ("%12") replaced by what `replace` makes of it.
template <class Replace>
std::string with_numbers(std::string_view line, const Replace& replace) {
  std::string s;
  for (std::size_t i = 0; i < line.size();) {
    s += line[i++];
    if (s.back() != '%') continue;
    std::size_t end = i;
    while (end < line.size() && is_digit(line[end])) ++end;
    if (end > i) s += replace(line.substr(i, end - i));
    i = end;
  }
  return s;
}

/// Which number of the second text each of the first one's stands for.
class Renaming {
 public:
  /// Do two lines that are equal but for numbers say the same? Then what they define is the same.
  /// A value whose line changed stands for the one that is used in its place, if that is no other.
  bool matches(std::string_view a, std::string_view b) {
    const std::size_t uses_a = uses(a), uses_b = uses(b);
    const auto from = numbers(a.substr(uses_a)), to = numbers(b.substr(uses_b));
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto there = forth_.find(from[i]), back = back_.find(to[i]);
      if (there == forth_.end() && back == back_.end())
        define(from[i], to[i]);
      else if (there == forth_.end() || there->second != to[i])
        return false;
    }
    const auto defined = numbers(a.substr(0, uses_a)), as = numbers(b.substr(0, uses_b));
    for (std::size_t i = 0; i < defined.size(); ++i) define(defined[i], as[i]);
    return true;
  }
  /// Numbers start anew with each program.
  void clear() { forth_.clear(), back_.clear(); }

 private:
  /// Where the part before " = " ends that names results.
  static std::size_t uses(std::string_view line) {
    const std::size_t start = line.find_first_not_of(' ');
    const std::size_t equals = line.find(" = ");
    return start != line.npos && line[start] == '%' && equals != line.npos ? equals : 0;
  }
  static std::vector<std::string> numbers(std::string_view line) {
    std::vector<std::string> found;
    with_numbers(line, [&](std::string_view n) { return found.emplace_back(n); });
    return found;
  }
  void define(const std::string& from, const std::string& to) {
    if (const auto it = forth_.find(from); it != forth_.end()) back_.erase(it->second);
    if (const auto it = back_.find(to); it != back_.end()) forth_.erase(it->second);
    forth_[from] = to;
    back_[to] = from;
  }

  std::map<std::string, std::string> forth_, back_;
};

/// A line of the result: what begins it, and its text.
struct Marked {
  char mark;
  std::string_view line;
};

std::string hunks(const std::vector<Marked>& all) {
  std::string out;
  std::size_t a = 1, b = 1;  // numbers of the lines
  for (std::size_t i = 0; i < all.size();) {
    const auto changed = std::find_if(all.begin() + std::ptrdiff_t(i), all.end(),
                                      [](const Marked& m) { return m.mark != ' '; });
    if (changed == all.end()) break;
    const std::size_t first = std::size_t(changed - all.begin());
    const std::size_t start = first - std::min(first - i, context);
    a += start - i, b += start - i;
    std::size_t end = first;  // after the last change with no more than 2 * context between
    for (std::size_t j = first; j < all.size() && j <= end + 2 * context; ++j)
      if (all[j].mark != ' ') end = j + 1;
    end = std::min(end + context, all.size());
    std::size_t in_a = 0, in_b = 0;
    std::string body;
    for (std::size_t j = start; j < end; ++j) {
      in_a += all[j].mark != '+', in_b += all[j].mark != '-';
      body += text(all[j].mark, all[j].line, '\n');
    }
    out += text("@@ -", a, ",", in_a, " +", b, ",", in_b, " @@\n", body);
    a += in_a, b += in_b;
    i = end;
  }
  return out;
}

}  // namespace

std::vector<std::pair<std::size_t, std::size_t>> common_lines(const std::vector<std::string>& a,
                                                              const std::vector<std::string>& b) {
  std::map<std::string_view, std::size_t> numbers;
  const auto numbered = [&](const std::vector<std::string>& lines) {
    std::vector<std::size_t> all;
    for (const std::string& line : lines)
      all.push_back(numbers.emplace(line, numbers.size()).first->second);
    return all;
  };
  const std::vector<std::size_t> x = numbered(a), y = numbered(b);
  return graph::align(x, y);
}

LineDiff diff_programs(std::string_view a, std::string_view b) {
  const std::vector<std::string> lines_a = lines_of(a), lines_b = lines_of(b);
  const auto without_numbers = [](const std::vector<std::string>& lines) {
    std::vector<std::string> bare;
    for (const std::string& line : lines)
      bare.push_back(with_numbers(line, [](std::string_view) { return ""; }));
    return bare;
  };
  LineDiff diff;
  std::vector<Marked> all;
  Renaming renaming;
  std::vector<Marked> added;  // what comes stands after all that goes
  std::size_t i = 0, j = 0;
  const auto change_to = [&](std::size_t end_a, std::size_t end_b) {
    for (; i < end_a; ++i, ++diff.removed) all.push_back({'-', lines_a[i]});
    for (; j < end_b; ++j, ++diff.added) added.push_back({'+', lines_b[j]});
  };
  const auto end_change = [&] {
    all.insert(all.end(), added.begin(), added.end());
    added.clear();
  };
  for (const auto& [x, y] : common_lines(without_numbers(lines_a), without_numbers(lines_b))) {
    change_to(x, y);
    if (lines_b[y].starts_with("program ")) renaming.clear();
    if (renaming.matches(lines_a[x], lines_b[y])) {
      end_change();
      all.push_back({' ', lines_b[y]});
      ++i, ++j;
    } else {
      change_to(x + 1, y + 1);
    }
  }
  change_to(lines_a.size(), lines_b.size());
  end_change();
  diff.text = hunks(all);
  return diff;
}

std::string summary(const LineDiff& diff) {
  return fmt::format("{} line{} removed, {} added", diff.removed, diff.removed == 1 ? "" : "s",
                     diff.added);
}

}  // namespace tandem::cli
