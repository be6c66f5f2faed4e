#include <mutex>
#include <set>
#include <string>

#include "tandem/tensor/op_info.h"

namespace tandem {

Name::Name(std::string_view text) {
  static std::mutex mutex;
  static std::set<std::string, std::less<>> names;  // nodes stay where they are
  std::lock_guard lock(mutex);
  auto it = names.find(text);
  if (it == names.end()) it = names.emplace(text).first;
  text_ = it->c_str();
}

}  // namespace tandem
