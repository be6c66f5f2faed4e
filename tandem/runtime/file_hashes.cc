#include "tandem/runtime/file_hashes.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "tandem/base/thread_pool.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/sha256.h"
#include "tandem/runtime/file_keys.h"
#include "tandem/runtime/untrusted_json.h"

namespace tandem::runtime {
namespace {

constexpr std::string_view rest_key = "__metadata__";

/// Each part after its length, so that no two lists of parts make the same bytes.
class HashedParts {
 public:
  void number(uint64_t n) { append_little_endian(bytes_, n); }
  void part(std::string_view text) {
    number(text.size());
    bytes_ += text;
  }
  std::string digest() const { return sha256(std::as_bytes(std::span(bytes_))); }

 private:
  std::string bytes_;
};

std::string hash_of_rest(std::span<const SafetensorsEntry> entries, const Metadata& metadata) {
  HashedParts parts;
  std::vector<const Metadata::value_type*> values;
  for (const auto& value : metadata)
    if (value.first != hashes_key && value.first != signature_key) values.push_back(&value);
  std::ranges::sort(values, {}, [](const auto* v) -> const std::string& { return v->first; });
  parts.number(values.size());
  for (const auto* value : values) {
    parts.part(value->first);
    parts.part(value->second);
  }

  std::vector<const SafetensorsEntry*> tensors;
  for (const SafetensorsEntry& e : entries) tensors.push_back(&e);
  std::ranges::sort(tensors, {}, [](const auto* e) -> const std::string& { return e->name; });
  parts.number(tensors.size());
  for (const SafetensorsEntry* e : tensors) {
    parts.part(e->name);
    parts.part(e->dtype);
    parts.number(e->shape.size());
    for (const int64_t size : e->shape) parts.number(uint64_t(size));
  }
  return parts.digest();
}

std::vector<std::string> hashes_of(std::span<const SafetensorsEntry> entries) {
  std::vector<std::string> hashes(entries.size());
  // The largest first, so that no thread is left with one at the end.
  std::vector<std::size_t> order(entries.size());
  std::iota(order.begin(), order.end(), std::size_t(0));
  std::ranges::sort(order, std::greater(), [&](auto i) { return entries[i].bytes.size(); });
  const auto hash = [&](int64_t task) {
    const std::size_t i = order[std::size_t(task)];
    hashes[i] = sha256(entries[i].bytes);
  };
  std::size_t bytes = 0;
  for (const SafetensorsEntry& e : entries) bytes += e.bytes.size();
  constexpr std::size_t worth_threads = std::size_t(1) << 18;
  if (bytes >= worth_threads)
    parallel_tasks(int64_t(entries.size()), hash);
  else
    for (std::size_t i = 0; i < entries.size(); ++i) hash(int64_t(i));
  return hashes;
}

}  // namespace

std::string hashes_json(std::span<const SafetensorsEntry> entries, const Metadata& metadata) {
  JsonMembers all = {{std::string(rest_key), json_string(hash_of_rest(entries, metadata))}};
  const std::vector<std::string> hashes = hashes_of(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) all[entries[i].name] = json_string(hashes[i]);
  return json_object(all);
}

void check_hashes(const SafetensorsContent& content, std::string_view op, std::string_view source) {
  const auto& [entries, metadata] = content;
  const JsonMembers said =
      parse_untrusted_json(op, text("'", source, "', ", hashes_key),
                           value_of(metadata, hashes_key, op, source), 1, 2 * entries.size() + 64);
  const auto compare = [&](std::string_view key, std::string_view what, const std::string& hash) {
    const auto at = said.find(key);
    if (at == said.end())
      fail(ErrorCode::format, op, "'", source, "': ", hashes_key, " has no '", key, "'");
    if (at->second != json_string(hash))
      fail(ErrorCode::format, op, "'", source, "': ", what, " '", key, "' has SHA-256 ", hash,
           ", which is not the one in ", hashes_key,
           ": the file was damaged or changed after it was written");
  };
  compare(rest_key, "the header without hashes,", hash_of_rest(entries, metadata));
  const std::vector<std::string> hashes = hashes_of(entries);
  for (std::size_t i = 0; i < entries.size(); ++i) compare(entries[i].name, "tensor", hashes[i]);
  if (said.size() != entries.size() + 1)
    fail(ErrorCode::format, op, "'", source, "': ", hashes_key,
         " speaks of a tensor that is not there");
}

}  // namespace tandem::runtime
