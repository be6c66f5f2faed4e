// What changed from one program to another, for people.
#pragma once
#include <string>

#include "tandem/graph/program.h"

namespace tandem::graph {

struct DiffOptions {
  int context = 3;         // unchanged lines around a change
  bool color = false;      // for terminals
  bool locations = false;  // are changed source lines changes?
};

/// The lines of `after`, those that are new marked "+", those of `before` that are gone marked "-",
/// far from changes "…"; "" where nothing changed. An instruction is unchanged when it is the same
/// but for the numbers of its values: unchanged values have their numbers in `after`, and values
/// that are gone are called %old7.
std::string diff(const Program& before, const Program& after, const DiffOptions& options = {});
/// Of programs of the same name; then those that are in one only, whole.
std::string diff(const ProgramSet& before, const ProgramSet& after,
                 const DiffOptions& options = {});

}  // namespace tandem::graph
