// Any text gives programs or an error; programs print as text that reads back as the same text, and
// bind to any sizes or say why not.
#include <cstdlib>

#include "tandem/base/error.h"
#include "tandem/graph/check.h"
#include "tandem/graph/text.h"

using namespace tandem;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ProgramSet programs;
  try {
    programs = graph::parse(text);
  } catch (const Error&) {
    return 0;
  }
  const std::string printed = graph::print(programs);
  if (graph::print(graph::parse(printed)) != printed) std::abort();
  for (const Program& p : programs.programs)
    for (const int64_t n : {int64_t(0), int64_t(1), int64_t(97), INT64_MAX, int64_t(-1)}) try {
        const graph::Sizes sizes(p.symbols.size(), n);
        graph::print(graph::bind(p, sizes));
      } catch (const Error&) {
      }
  return 0;
}
