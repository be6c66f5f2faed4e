// The file of a model: programs, the tensors they keep between calls, and what belongs to them.
// docs/program-file.md is its specification.
//
//   save_program("digits.tandem", {.programs = programs, .state = model.state_dict()});
//   ProgramFile file = load_program("digits.tandem");
#pragma once
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "tandem/graph/program.h"
#include "tandem/io/safetensors.h"
#include "tandem/tensor/named_tensors.h"

namespace tandem {
class MappedFile;
}

namespace tandem::runtime {

struct ProgramFile {
  graph::ProgramSet programs;
  NamedTensors state;   // what the programs name, and more where there is more to keep
  NamedTensors assets;  // uint8[n]: labels, a tokenizer, tables
  Metadata metadata;    // keys of one's own, none of which begins with "tandem."

  /// Copies the bytes. Error: code value when the name is taken.
  void add_asset(std::string name, std::string_view bytes);
  /// Valid as long as `assets` is. Error: code index, with the nearest name that there is.
  std::string_view asset(std::string_view name) const;
};

/// Writes the file atomically: whoever reads `path`, and whatever happens meanwhile, finds the file
/// that was there before or this one, whole. The same content makes the same bytes. A signature
/// that the file before had is not carried over. Errors: code format for a program that is not
/// well-formed (graph::check); code value for state that is missing or of another type than a
/// program says, for reserved names, for assets that are not uint8[n]; code io.
void save_program(const std::string& path, const ProgramFile& file);

struct LoadProgramOptions {
  /// Compares every tensor with its SHA-256, which reads the whole file. Without, pages are read
  /// when they are first used, and a file that was damaged on its way is noticed only where it no
  /// longer fits together; check_hashes() makes up for it at any time.
  bool verify_hashes = true;
};

/// Reads an untrusted file and checks all of it before anything runs: its layout, the programs,
/// that the state they name is there with the type they say. Tensors lie in the mapped file:
/// nothing is copied, and writing to one changes memory alone, never the file. Errors: code io;
/// code format, saying what does not fit; code unsupported for a version or a dtype that this
/// Tandem has not.
ProgramFile load_program(const std::string& path, const LoadProgramOptions& options = {});
/// Of a file that is mapped already.
ProgramFile load_program(const std::shared_ptr<MappedFile>& file,
                         const LoadProgramOptions& options = {});
/// Of bytes, which are copied. `source` names them in errors.
ProgramFile load_program_from_bytes(std::span<const std::byte> bytes,
                                    const LoadProgramOptions& options = {},
                                    std::string_view source = "program file");

/// Error: code format, naming the first tensor whose bytes are not those that were written.
void check_hashes(const std::string& path);

}  // namespace tandem::runtime

namespace tandem {
using runtime::load_program;
using runtime::ProgramFile;
using runtime::save_program;
}  // namespace tandem
