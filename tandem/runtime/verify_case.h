// What another process needs in order to compute the values that this one compares with its own:
// programs, inputs and state, the same bits for all.
#pragma once
#include <string>
#include <vector>

#include "tandem/runtime/program_values.h"

namespace tandem {

struct VerifyCase {
  ProgramSet programs;
  std::vector<NamedTensors> inputs;  // a program each
  NamedTensors state;
};

/// One safetensors file. Errors: those of save_safetensors; code index for state or an input that
/// is missing.
void save_case(const std::string& path, const VerifyCase& verify_case);
/// Errors: those of load_safetensors and graph::parse; code format for a file that is no case.
VerifyCase load_case(const std::string& path);

/// The eager values of each program, in one safetensors file.
void save_values(const std::string& path, const VerifyCase& verify_case);
/// `expected`, those of this process, with the values of that file, a program each. Error: code
/// index for one that is missing.
std::vector<ProgramValues> load_values(const std::string& path, const VerifyCase& verify_case,
                                       std::vector<ProgramValues> expected);

}  // namespace tandem
