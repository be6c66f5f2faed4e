#include "tandem/data/text_dataset.h"

#include <algorithm>
#include <cstring>

#include "tandem/base/error.h"
#include "tandem/data/catalog.h"
#include "tandem/io/file.h"

namespace tandem {

Vocabulary::Vocabulary(std::string_view text) {
  bool occurs[256] = {};
  for (const char c : text) occurs[uint8_t(c)] = true;
  std::fill(std::begin(ids_), std::end(ids_), int16_t{-1});
  for (int c = 0; c < 256; ++c)
    if (occurs[c]) {
      ids_[c] = int16_t(characters_.size());
      characters_ += char(c);
    }
}

std::vector<int64_t> Vocabulary::encode(std::string_view text) const {
  std::vector<int64_t> ids;
  ids.reserve(text.size());
  for (const char c : text) {
    if (ids_[uint8_t(c)] < 0)
      fail(ErrorCode::value, "Vocabulary", "character ", int(uint8_t(c)), " ('", c,
           "') is not among the ", size(), " of the vocabulary");
    ids.push_back(ids_[uint8_t(c)]);
  }
  return ids;
}

std::string Vocabulary::decode(std::span<const int64_t> ids) const {
  std::string text;
  for (const int64_t id : ids) {
    if (id < 0 || id >= size())
      fail(ErrorCode::index, "Vocabulary", "id ", id, " is out of range; expected 0..", size() - 1);
    text += characters_[size_t(id)];
  }
  return text;
}

TextDataset::TextDataset(std::vector<int64_t> ids, int64_t block_size) : block_size_(block_size) {
  if (block_size < 1 || int64_t(ids.size()) <= block_size)
    fail(ErrorCode::value, "TextDataset", "expected a block_size in 1..", int64_t(ids.size()) - 1,
         " (fewer than the ", ids.size(), " ids), got ", block_size);
  ids_ = from_data(ids, {int64_t(ids.size())});
}

Sample TextDataset::get(int64_t index) const {
  const Batch batch = get_batch({&index, 1});
  const auto row = [&](const Tensor& t) {
    return from_data(std::span<const int64_t>(t.data<int64_t>(), size_t(block_size_)),
                     {block_size_});
  };
  return {row(batch[0]), row(batch[1])};
}

Batch TextDataset::get_batch(std::span<const int64_t> indices) const {
  const Dims shape{int64_t(indices.size()), block_size_};
  Tensor input = empty(shape, DType::i64), target = empty(shape, DType::i64);
  const int64_t* ids = ids_.data<int64_t>();
  int64_t *x = input.data<int64_t>(), *y = target.data<int64_t>();
  for (const int64_t index : indices) {
    if (index < 0 || index >= size())
      fail(ErrorCode::index, "TextDataset", "sample ", index, " is out of range; there are ",
           size());
    x = std::copy_n(ids + index, block_size_, x);
    y = std::copy_n(ids + index + 1, block_size_, y);
  }
  return {input, target};
}

std::string load_shakespeare(const LocateOptions& options) {
  const DataLocation location = find_data(shakespeare_data, options);
  if (location.origin == DataOrigin::missing)
    fail(ErrorCode::io, "load_shakespeare", location.summary);
  const MappedFile file("load_shakespeare", location.paths[0]);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace tandem
