// What commands for program files take from the command line.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tandem/graph/program.h"

namespace tandem::cli {

/// The program of this name; without a name `predict`, or the only one. Error: code value.
const Program& chosen_program(const ProgramSet& programs, std::string_view name,
                              std::string_view op);

/// Types of a program's inputs where its symbolic dims have the sizes that `sizes` gives: "b=1".
/// Errors: code value for a dim that is not there or has no size.
std::vector<Type> input_types(const Program& program, const std::vector<std::string>& sizes,
                              std::string_view op);

/// "NAME=FILE" in two; without "=" the name is the only one of `names`. Error: code value for a
/// name that is not there, or none where there are several.
std::pair<std::string, std::string> named_file(const std::string& argument,
                                               const std::vector<std::string>& names,
                                               std::string_view what, std::string_view op);

/// A program's inputs from "NAME=FILE.npy" each. Error: code value for one that is missing.
NamedTensors read_inputs(const Program& program, const std::vector<std::string>& arguments,
                         std::string_view op);

/// "predict(image: u8[b, 28, 28]) -> (probs: f32[b, 10])"
std::string signature_text(const Program& program);

}  // namespace tandem::cli
