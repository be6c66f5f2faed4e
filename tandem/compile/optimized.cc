#include "tandem/compile/optimized.h"

#include "tandem/runtime/tile_body.h"

namespace tandem {

passes::OptimizeOptions cpu_options() { return {.can_fuse = runtime::can_fuse}; }

Program optimized(Program program) { return passes::optimize(std::move(program), cpu_options()); }

}  // namespace tandem
