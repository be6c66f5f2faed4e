// Writes docs/ops.md: every op of the registry with its signature and what the comment above its
// struct says; with --check FILE, fails when FILE is stale.
//
//   write_ops_reference tandem/ops > docs/ops.md
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>
#include <map>
#include <sstream>

#include "tandem/ops/registry.h"
#include "tandem/tensor/attribute_value.h"

namespace {

using namespace tandem;
namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Described {
  std::string comment;
  std::string family;  // the header's name
};

/// The comment above the struct of each op, by the op's name, from the headers of a folder.
std::map<std::string, Described, std::less<>> comments(const fs::path& folder) {
  std::map<std::string, Described, std::less<>> found;
  std::vector<fs::path> headers;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".h") headers.push_back(entry.path());
  std::ranges::sort(headers);
  for (const fs::path& header : headers) {
    std::istringstream lines(read(header));
    std::string line, comment, above;
    while (std::getline(lines, line)) {
      if (line.starts_with("/// ")) {
        comment += (comment.empty() ? "" : " ") + line.substr(4);
      } else if (line.starts_with("struct ")) {
        above = std::exchange(comment, "");
      } else if (line.empty() || !line.starts_with("///")) {
        comment.clear();
      }
      if (line.starts_with("  static constexpr Signature signature")) {
        std::string next;
        if (line.find('"') == line.npos && std::getline(lines, next)) line += next;
        if (const std::size_t name = line.find('"') + 1; name)
          found[line.substr(name, line.find('(', name) - name)] = {above, header.stem().string()};
      }
    }
  }
  return found;
}

std::string kind_of(const OpInfo& op) {
  std::string s;
  auto add = [&](std::string_view word) { s += (s.empty() ? "" : ", ") + std::string(word); };
  if (op.view) add("view");
  if (op.elementwise) add("elementwise");
  if (op.random) add("random");
  if (op.kernel[int(DeviceType::cpu)].run) add("kernel");
  if (op.rules && op.rules->decompose) add("decomposition");
  return s;
}

/// As programs show it, but for a slice's open end and the names of dtypes.
void append_default(std::string& to, const AttributeInfo& a, const void* op) {
  visit_attribute(a, op, [&]<class T>(const T& value) {
    if constexpr (std::is_same_v<T, int64_t>)
      if (value == std::numeric_limits<int64_t>::max()) return append(to, "end");
    if constexpr (std::is_same_v<T, DType>) return append(to, value);
    append_attribute(to, a, op);
  });
}

/// "softmax(input, dim = -1)"
std::string call_of(const OpInfo& op) {
  AnyOp values(op);
  std::string s(op.name());
  s += '(';
  for (int p = 0; p < op.signature.parameters(); ++p) {
    if (p) s += ", ";
    s += op.signature.parameter(p);
    if (op.order[p] >= 0) continue;
    const AttributeInfo& a = op.attribute[~op.order[p]];
    if (a.required) continue;
    s += " = ";
    append_default(s, a, values.data());
  }
  return s + ")";
}

std::string reference(const fs::path& folder) {
  const auto described = comments(folder);
  std::string s =
      "# Ops\n\nDERIVED from the registry by tools/write_ops_reference; a test fails when it is "
      "stale.\n\nThe C++ functions are declared in `tandem/ops/functions.h`. `name?` may be left "
      "out, `*name` is a list.\nA *view* shares memory with its operand where strides allow; an op "
      "with a *decomposition* is defined\nby other ops, and a *kernel* beside it must agree.\n";
  std::string family;
  for (const OpInfo* op : all_ops()) {
    const auto it = described.find(op->name());
    const Described d = it == described.end() ? Described{} : it->second;
    if (d.family != family) s += text("\n## ", family = d.family, "\n");
    s += text("\n**`", call_of(*op), "`**");
    if (op->results > 1) {
      s += " → (";
      for (int i = 0; i < op->results; ++i) s += text(i ? ", " : "", op->result_name[i]);
      s += ")";
    }
    if (const std::string kind = kind_of(*op); !kind.empty()) s += text(" · ", kind);
    s += text("  \n", d.comment.empty() ? "As PyTorch's function of this name." : d.comment, "\n");
  }
  return s;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && !(argc == 4 && std::string_view(argv[2]) == "--check")) {
    std::fputs("usage: write_ops_reference tandem/ops [--check docs/ops.md]\n", stderr);
    return 2;
  }
  install_all_rules();
  const std::string s = reference(argv[1]);
  if (argc == 2) return std::fputs(s.c_str(), stdout) < 0;
  if (read(argv[3]) == s) return 0;
  std::fprintf(stderr, "%s is stale: write it anew with write_ops_reference tandem/ops > %s\n",
               argv[3], argv[3]);
  return 1;
}
