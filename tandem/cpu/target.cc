#include "tandem/cpu/target.h"

#include <hwy/highway.h>

#include <algorithm>

namespace tandem::cpu {
namespace {

std::string lower(std::string_view name) {
  std::string s(name);
  for (char& c : s)
    if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
  return s;
}

/// Compiled in and supported here: better targets are lower bits.
int64_t available() { return HWY_TARGETS & hwy::SupportedTargets(); }

template <class F>
void for_each_target(int64_t mask, F&& f) {
  for (; mask; mask &= mask - 1) f(mask & -mask);
}

}  // namespace

std::vector<std::string> targets() {
  std::vector<std::string> names;
  for_each_target(available(), [&](int64_t t) { names.push_back(lower(hwy::TargetName(t))); });
  return names;
}

std::string target() { return targets().front(); }

bool has_fma(std::string_view target) {
  return target == "avx2" || target.starts_with("avx3") || target.starts_with("neon") ||
         target.starts_with("sve");
}

bool restrict_target(std::string_view name) {
  int64_t found = 0;
  for_each_target(available(), [&](int64_t t) {
    if (lower(hwy::TargetName(t)) == name) found = t;
  });
  if (!found) return false;
  hwy::DisableTargets(found - 1);
  return true;
}

}  // namespace tandem::cpu
