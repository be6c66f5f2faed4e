#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <system_error>

#include "tandem/base/error.h"
#include "tandem/cli/line_diff.h"
#include "tandem/cli/print_json.h"
#include "tandem/cli/program_commands.h"
#include "tandem/cli/temporary_folder.h"
#include "tandem/graph/text.h"
#include "tandem/io/file.h"
#include "tandem/io/tensor_files.h"
#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/program_file.h"

namespace tandem::cli {
namespace {

constexpr std::string_view edit_op = "edit";

std::string read_text(const std::string& path) {
  std::string text;
  if (path != "-") {
    const MappedFile file(edit_op, path);
    const auto bytes = file.bytes();
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  char piece[4096];
  while (const std::size_t n = std::fread(piece, 1, sizeof piece, stdin)) text.append(piece, n);
  return text;
}

std::string shell_quoted(const std::string& word) {
  std::string s = "'";
  for (const char c : word) s += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return s + "'";
}

/// Where the text lies while it is edited; stays there when the new text is not taken.
std::string write_draft(std::string_view text) {
  const std::string folder = folder_of_temporaries(edit_op);
  std::string path = join_path(folder, "tandem-edit-XXXXXX.txt");
  constexpr int suffix = 4;
  const int file = mkstemps(path.data(), suffix);
  if (file < 0)
    fail(ErrorCode::io, edit_op, "cannot make a file in '", folder,
         "': ", std::generic_category().message(errno), "; set TMPDIR to a folder that can be ",
         "written");
  ::close(file);
  AtomicFile draft(edit_op, path);
  draft.write(text);
  draft.commit();
  return path;
}

void run_editor(const std::string& path) {
  const char* editor = std::getenv("VISUAL");
  if (!editor || !*editor) editor = std::getenv("EDITOR");
  if (!editor || !*editor)
    fail(ErrorCode::value, edit_op, "set EDITOR to an editor, or use --print and --apply");
  if (std::system((std::string(editor) + " " + shell_quoted(path)).c_str()) != 0)
    fail(ErrorCode::io, edit_op, "'", editor, "' failed; nothing was changed");
}

/// Constants that are too large to stand in the text keep the elements they had.
void keep_constants(ProgramSet& edited, const ProgramSet& before) {
  for (Program& p : edited.programs)
    for (graph::Parameter& c : p.parameters) {
      if (c.kind != graph::ParameterKind::constant || c.constant.defined()) continue;
      const Program* old = before.find(p.name);
      const graph::Parameter* of_old = old ? old->find(c.kind, c.name) : nullptr;
      if (!of_old || old->type(of_old->value) != p.type(c.value))
        fail(ErrorCode::value, edit_op, "constant #", c.name, " of program ", p.name,
             " has no elements: the file has none of this name and type, so write them out");
      c.constant = of_old->constant;
    }
}

struct Outcome {
  LineDiff diff;
  bool was_signed = false;
};

Outcome apply(const EditOptions& options, ProgramFile file, const std::string& before,
              const std::string& text, const std::string& source) {
  Outcome outcome;
  ProgramSet edited = graph::parse(text, source);
  keep_constants(edited, file.programs);
  outcome.diff = diff_programs(before, graph::print(edited));
  Metadata metadata;
  load_safetensors(options.path, &metadata);
  outcome.was_signed = runtime::find_value(metadata, runtime::signature_key);
  const bool changed = before != graph::print(edited);
  if (!changed && options.output.empty()) return {outcome.diff, false};
  file.programs = std::move(edited);
  save_program(options.output.empty() ? options.path : options.output, file);
  return outcome;
}

}  // namespace

void edit(const EditOptions& options) {
  ProgramFile file = load_program(options.path);
  const std::string before = graph::print(file.programs);
  if (options.print) {
    if (options.json)
      print_json({{"path", options.path}, {"programs", before}});
    else
      std::fwrite(before.data(), 1, before.size(), stdout);
    return;
  }
  Outcome outcome;
  if (!options.apply.empty()) {
    outcome = apply(options, std::move(file), before, read_text(options.apply), options.apply);
  } else {
    const std::string draft = write_draft(before);
    try {
      run_editor(draft);
      outcome = apply(options, std::move(file), before, read_text(draft), draft);
    } catch (const Error&) {
      if (read_text(draft) != before)
        fmt::print(stderr, "Your text is kept in {}: mend it, then: tandem edit {} --apply {}\n",
                   draft, options.path, draft);
      else
        ::unlink(draft.c_str());
      throw;
    }
    ::unlink(draft.c_str());
  }
  const std::string& written = options.output.empty() ? options.path : options.output;
  const auto& [diff, was_signed] = outcome;
  if (options.json) {
    print_json({{"path", written},
                {"removed", diff.removed},
                {"added", diff.added},
                {"diff", diff.text},
                {"signature_dropped", was_signed}});
    return;
  }
  fmt::print("{}{}: {}\n", diff.text, written, summary(diff));
  if (was_signed) fmt::print("{} is no longer signed; sign it with: tandem sign\n", written);
}

}  // namespace tandem::cli
