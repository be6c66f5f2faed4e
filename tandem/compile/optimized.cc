#include "tandem/compile/optimized.h"

#include "tandem/runtime/epilogue_body.h"
#include "tandem/runtime/tile_body.h"

namespace tandem {

passes::OptimizeOptions cpu_options() {
  return {.can_fuse = runtime::can_fuse, .takes_epilogue = runtime::takes_epilogue};
}

Program optimized(Program program) { return passes::optimize(std::move(program), cpu_options()); }

}  // namespace tandem
