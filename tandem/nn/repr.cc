#include "tandem/nn/repr.h"

#include <charconv>
#include <cmath>

#include "tandem/nn/module.h"

namespace tandem::nn {

std::string python(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  const double size = std::fabs(value);
  const bool fixed = size == 0 || (size >= 1e-4 && size < 1e16);
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, value,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific);
  std::string s(digits, end.ptr);
  return fixed && s.find('.') == std::string::npos ? s + ".0" : s;
}

std::string python(const Scalar& value) {
  return value.category() == Category::floating ? python(value.to_double()) : text(value);
}

std::string python(const Dims& value) {
  std::string s = text(value);
  s = s.substr(1, s.size() - 2);
  return value.size() == 1 ? "(" + s + ",)" : "(" + s + ")";
}

std::string python_sizes(const Dims& value) {
  const auto one = [](int64_t n) { return n == -1 ? std::string("None") : text(n); };
  if (value.size() == 1) return one(value[0]);
  std::string s;
  for (int64_t n : value) s += (s.empty() ? "" : ", ") + one(n);
  return "(" + s + ")";
}

namespace {

std::string indented(const std::string& s) {
  std::string out;
  for (char c : s) {
    out += c;
    if (c == '\n') out += "  ";
  }
  return out;
}

}  // namespace

std::string to_string(const Module& module) {
  const std::string extra = module.extra_repr();
  std::string lines;
  const auto& children = module.children_;
  for (std::size_t i = 0; i < children.size();) {
    const std::string repr = to_string(*children[i].second);
    std::size_t end = i + 1;
    if (module.folds_equal_children())
      while (end < children.size() && to_string(*children[end].second) == repr) ++end;
    const std::string key = end - i == 1 ? children[i].first : text(i, "-", end - 1);
    lines += text("\n  (", key, "): ", end - i == 1 ? std::string() : text(end - i, " x "),
                  indented(repr));
    i = end;
  }
  std::string s = module.name() + "(";
  if (lines.empty() && extra.find('\n') == std::string::npos) return s + extra + ")";
  if (!extra.empty()) s += "\n  " + indented(extra);
  return s + lines + "\n)";
}

}  // namespace tandem::nn
