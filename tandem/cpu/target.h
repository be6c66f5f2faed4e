// Which instruction sets the kernels may use.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace tandem::cpu {

/// The environment variable that is read at start-up: the name of a target below, to run as a
/// machine without anything better would.
inline constexpr const char* target_variable = "TANDEM_CPU_TARGET";

/// What this build and this machine have, the best first: "avx3", "avx2", "sse4", "emu128" on x86;
/// "neon" on ARM.
std::vector<std::string> targets();
/// What kernels are chosen for: the best that is not switched off.
std::string target();
/// Do results on this target have the bits that every machine with fused multiply-add gives?
bool has_fma(std::string_view target);

/// Uses nothing better than `name`. To be called before kernels are installed. False, and nothing
/// is changed, when there is no such target here.
bool restrict_target(std::string_view name);

}  // namespace tandem::cpu
