// Text as characters, for language models.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/data/dataset.h"
#include "tandem/data/locate.h"

namespace tandem {

/// The bytes that occur in a text, in their order, numbered from 0. (UTF-8 text is taken byte by
/// byte, so any text can be encoded and decoded.)
class Vocabulary {
 public:
  explicit Vocabulary(std::string_view text);
  int64_t size() const { return int64_t(characters_.size()); }
  /// Error: code value, naming a character that is not in it.
  std::vector<int64_t> encode(std::string_view text) const;
  /// Error: code index.
  std::string decode(std::span<const int64_t> ids) const;
  const std::string& characters() const { return characters_; }

 private:
  std::string characters_;
  int16_t ids_[256];
};

/// Every stretch of `block_size` ids with the one after each: sample i is
/// {ids[i .. i + block_size), ids[i + 1 .. i + block_size]}, both int64[block_size].
class TextDataset : public Dataset {
 public:
  /// Error: code value when there are not more ids than block_size.
  TextDataset(std::vector<int64_t> ids, int64_t block_size);
  int64_t size() const override { return ids_.size(0) - block_size_; }
  Sample get(int64_t index) const override;
  Batch get_batch(std::span<const int64_t> indices) const override;

 private:
  Tensor ids_;
  int64_t block_size_;
};

/// The text of find_data(shakespeare_data). Error: code io, saying where it was looked for.
std::string load_shakespeare(const LocateOptions& options = {});

}  // namespace tandem
