#include "tandem/passes/common_subexpressions.h"

#include <unordered_map>

#include "tandem/graph/attributes.h"
#include "tandem/ops/create.h"
#include "tandem/passes/replacements.h"

namespace tandem::passes {
namespace {

using graph::Instruction;

bool may_share(const Instruction& i) {
  return i.bodies.empty() && (i.op.info != &info_of<Full> || graph::is_number(i));
}

std::size_t hash(const Instruction& i) {
  std::size_t h = std::hash<const void*>()(i.op.info);
  for (graph::Value v : i.operands) h = h * 1'000'003 + std::size_t(v);
  return h;
}

bool same(const Instruction& a, const Instruction& b) {
  return a.op.info == b.op.info && a.operands == b.operands && a.solved == b.solved &&
         graph::same_attributes(a.op, b.op);
}

}  // namespace

Program share_common_subexpressions(Program program) {
  Replacements now;
  std::unordered_multimap<std::size_t, std::size_t> seen;  // hash to a place in `kept`
  std::vector<Instruction> kept;
  kept.reserve(program.instructions.size());
  for (Instruction& i : program.instructions) {
    now.in_operands(i);
    for (Program& body : i.bodies) body = share_common_subexpressions(std::move(body));
    if (may_share(i)) {
      const std::size_t h = hash(i);
      const auto [begin, end] = seen.equal_range(h);
      const auto first =
          std::find_if(begin, end, [&](const auto& entry) { return same(kept[entry.second], i); });
      if (first != end) {
        for (std::size_t r = 0; r < i.results.size(); ++r)
          now.replace(i.results[r], kept[first->second].results[r]);
        continue;
      }
      seen.emplace(h, kept.size());
    }
    kept.push_back(std::move(i));
  }
  program.instructions = std::move(kept);
  now.in_results(program);
  return program;
}

}  // namespace tandem::passes
