#include "tandem/io/zip.h"

#include <zlib.h>

#include <algorithm>
#include <unordered_set>

#include "tandem/base/error.h"
#include "tandem/io/byte_order.h"
#include "tandem/io/inflate.h"

// PKWARE's APPNOTE 6.3.9 gives the records: 4.3.7 local header, 4.3.12 directory, 4.3.14 to 4.3.16
// its ends. "ZIP64" fields stand where a 32-bit one is full.
namespace tandem {
namespace {

constexpr uint32_t local_mark = 0x04034b50, entry_mark = 0x02014b50, end_mark = 0x06054b50,
                   end64_mark = 0x06064b50, locator64_mark = 0x07064b50;
constexpr size_t local_size = 30, entry_size = 46, end_size = 22, end64_size = 56,
                 locator64_size = 20;
constexpr uint32_t full32 = 0xffffffff;
constexpr uint16_t full16 = 0xffff, zip64_field = 1,
                   filling_field = 0x4246;  // "FB", as PyTorch fills

/// Little-endian fields of a part of the file, each read only after a check.
class Reader {
 public:
  Reader(std::string_view op, std::string_view source, std::span<const std::byte> file)
      : op_(op), source_(source), file_(file) {}
  std::span<const std::byte> part(uint64_t at, uint64_t size, std::string_view what) const {
    if (at > file_.size() || size > file_.size() - at)
      reject(text(what, " lies beyond the end of the file"));
    return file_.subspan(size_t(at), size_t(size));
  }
  [[noreturn]] void reject(const std::string& what) const {
    fail(ErrorCode::format, op_, "'", source_, "': ", what);
  }
  [[noreturn]] void refuse(const std::string& what) const {
    fail(ErrorCode::unsupported, op_, "'", source_, "': ", what);
  }
  uint64_t size() const { return file_.size(); }

 private:
  std::string_view op_, source_;
  std::span<const std::byte> file_;
};

uint16_t u16(std::span<const std::byte> record, size_t at) {
  return read_little_endian<uint16_t>(record.subspan(at));
}
uint32_t u32(std::span<const std::byte> record, size_t at) {
  return read_little_endian<uint32_t>(record.subspan(at));
}
uint64_t u64(std::span<const std::byte> record, size_t at) {
  return read_little_endian<uint64_t>(record.subspan(at));
}

struct Directory {
  uint64_t entries, size, offset;
};

/// The end record is found from the back: only a comment of up to 65,535 bytes may follow it.
Directory find_directory(const Reader& in) {
  if (in.size() < end_size) in.reject("is no zip archive: it is too short");
  uint64_t at = in.size() - end_size;
  const uint64_t last = at > full16 ? at - full16 : 0;
  while (true) {
    const auto record = in.part(at, end_size, "the end record");
    if (u32(record, 0) == end_mark && at + end_size + u16(record, 20) == in.size()) break;
    if (at == last) in.reject("is no zip archive, or is truncated: no end record");
    --at;
  }
  const auto end = in.part(at, end_size, "the end record");
  if (u16(end, 4) != u16(end, 6)) in.refuse("archives of several files are not read");
  const Directory small{u16(end, 10), u32(end, 12), u32(end, 16)};
  if (small.entries != full16 && small.size != full32 && small.offset != full32) return small;

  if (at < locator64_size) return small;
  const auto locator = in.part(at - locator64_size, locator64_size, "the Zip64 locator");
  if (u32(locator, 0) != locator64_mark) return small;
  const auto end64 = in.part(u64(locator, 8), end64_size, "the Zip64 end record");
  if (u32(end64, 0) != end64_mark) in.reject("the Zip64 end record is not where it should be");
  return {u64(end64, 32), u64(end64, 40), u64(end64, 48)};
}

/// The 64-bit values of the extra field that stand for full 32-bit ones, in the standard's order.
void widen(const Reader& in, std::span<const std::byte> extra,
           std::initializer_list<uint64_t*> fields) {
  while (extra.size() >= 4) {
    const uint16_t id = u16(extra, 0), size = u16(extra, 2);
    extra = extra.subspan(4);
    if (size > extra.size()) in.reject("an extra field is longer than its entry");
    if (id == zip64_field) {
      size_t at = 0;
      for (uint64_t* field : fields) {
        if (*field != full32) continue;
        if (at + 8 > size) in.reject("a Zip64 field is too short");
        *field = u64(extra, at);
        at += 8;
      }
    }
    extra = extra.subspan(size);
  }
}

}  // namespace

std::vector<ZipEntry> parse_zip(std::string_view op, std::span<const std::byte> file,
                                std::string_view source) {
  const Reader in(op, source, file);
  const Directory directory = find_directory(in);
  auto rest = in.part(directory.offset, directory.size, "the directory");
  if (directory.entries > rest.size() / entry_size)
    in.reject("the directory is too short for its entries");

  std::vector<ZipEntry> entries;
  std::unordered_set<std::string> names;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (rest.size() < entry_size || u32(rest, 0) != entry_mark)
      in.reject(text("entry ", i, " of the directory is damaged"));
    const uint16_t flags = u16(rest, 8), method = u16(rest, 10), name_size = u16(rest, 28),
                   extra_size = u16(rest, 30), comment_size = u16(rest, 32);
    if (rest.size() - entry_size < size_t(name_size) + extra_size + comment_size)
      in.reject(text("entry ", i, " of the directory is damaged"));
    ZipEntry entry;
    entry.crc = u32(rest, 16);
    uint64_t compressed = u32(rest, 20), size = u32(rest, 24), offset = u32(rest, 42);
    entry.name.assign(reinterpret_cast<const char*>(rest.data()) + entry_size, name_size);
    widen(in, rest.subspan(entry_size + name_size, extra_size), {&size, &compressed, &offset});
    rest = rest.subspan(entry_size + name_size + extra_size + comment_size);

    constexpr uint16_t encrypted = 1, store = 0, deflate = 8;
    if (flags & encrypted) in.refuse(text("'", entry.name, "' is encrypted"));
    if (method != store && method != deflate)
      in.refuse(text("'", entry.name, "' is compressed by method ", method,
                     "; expected stored or deflated"));
    if (!names.insert(entry.name).second)
      in.reject(text("has two entries named '", entry.name, "'"));
    const auto local = in.part(offset, local_size, text("'", entry.name, "'"));
    if (u32(local, 0) != local_mark)
      in.reject(text("'", entry.name, "' is not where it should be"));
    const uint64_t start = offset + local_size + u16(local, 26) + u16(local, 28);
    entry.stored = in.part(start, compressed, text("'", entry.name, "'"));
    entry.deflated = method == deflate;
    const uint64_t most = entry.deflated ? compressed * uint64_t(max_inflate_ratio) : compressed;
    if (entry.deflated ? size > most : size != most)
      in.reject(text("'", entry.name, "' announces ", size, " bytes, but has ", compressed,
                     entry.deflated ? " compressed ones, too few for that" : ""));
    entry.size = int64_t(size);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<std::byte> read_zip_entry(std::string_view op, const ZipEntry& entry,
                                      std::string_view source) {
  std::vector<std::byte> bytes;
  if (entry.deflated) {
    Inflater inflater(op, text(source, ":", entry.name), entry.stored, Inflater::Format::deflate);
    bytes = inflater.read_bytes(entry.size);
    inflater.expect_end();
  } else {
    bytes.assign(entry.stored.begin(), entry.stored.end());
  }
  const auto crc = crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size());
  if (crc != entry.crc)
    fail(ErrorCode::format, op, "'", source, ":", entry.name, "' is damaged: its checksum is ", crc,
         ", expected ", entry.crc);
  return bytes;
}

void ZipWriter::write(std::span<const std::byte> bytes) {
  if (file_)
    file_->write(bytes);
  else
    memory_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

void ZipWriter::add(const std::string& name, std::span<const std::span<const std::byte>> parts,
                    int64_t alignment) {
  if (name.size() >= full16 || std::ranges::count(names_, name))
    fail(ErrorCode::value, op_, "the name '", name.substr(0, 60), "' is ",
         name.size() >= full16 ? "too long" : "given twice");
  names_.push_back(name);
  uint64_t size = 0;
  unsigned long crc = 0;
  for (const auto& part : parts) {
    size += part.size();
    if (!part.empty()) crc = crc32_z(crc, reinterpret_cast<const Bytef*>(part.data()), part.size());
  }
  const auto offset = uint64_t(this->size());
  const bool wide = size >= full32 || offset >= full32;
  constexpr uint16_t version = 20, version64 = 45, utf8 = 1 << 11, store = 0;
  constexpr uint16_t midnight = 0, first_of_1980 = 1 << 5 | 1;  // the same file for the same arrays

  // What the local header and the directory share, from the version to the name's length.
  std::string common;
  append_little_endian(common, wide ? version64 : version);
  append_little_endian(common, utf8);
  append_little_endian(common, store);
  append_little_endian(common, midnight);
  append_little_endian(common, first_of_1980);
  append_little_endian(common, uint32_t(crc));
  append_little_endian(common, wide ? full32 : uint32_t(size));
  append_little_endian(common, wide ? full32 : uint32_t(size));
  append_little_endian(common, uint16_t(name.size()));
  const auto extra = [&](bool with_offset) {
    std::string field;
    if (!wide) return field;
    append_little_endian(field, zip64_field);
    append_little_endian(field, uint16_t(with_offset ? 24 : 16));
    append_little_endian(field, size);
    append_little_endian(field, size);
    if (with_offset) append_little_endian(field, offset);
    return field;
  };

  std::string local;
  append_little_endian(local, local_mark);
  local += common;
  std::string fields = extra(false);
  // A field of zeros fills up to the alignment: 2 bytes of its mark, 2 of its length, the rest.
  const auto end = offset + local.size() + 2 + name.size() + fields.size();
  if (auto fill = (uint64_t(alignment) - end % uint64_t(alignment)) % uint64_t(alignment)) {
    if (fill < 4) fill += uint64_t(alignment);
    append_little_endian(fields, filling_field);
    append_little_endian(fields, uint16_t(fill - 4));
    fields.append(fill - 4, '\0');
  }
  append_little_endian(local, uint16_t(fields.size()));
  write(local + name + fields);
  for (const auto& part : parts) write(part);

  append_little_endian(directory_, entry_mark);
  append_little_endian(directory_, wide ? version64 : version);
  directory_ += common;
  append_little_endian(directory_, uint16_t(extra(true).size()));
  directory_.append(2 + 2 + 2 + 4, '\0');  // comment, disk, attributes inside and outside
  append_little_endian(directory_, wide ? full32 : uint32_t(offset));
  directory_ += name + extra(true);
}

void ZipWriter::commit() {
  write_directory();
  file_->commit();
}
std::string ZipWriter::bytes() {
  write_directory();
  return std::move(memory_);
}

void ZipWriter::write_directory() {
  const auto offset = uint64_t(this->size()), size = uint64_t(directory_.size()),
             count = uint64_t(names_.size());
  const bool wide = offset >= full32 || size >= full32 || count >= full16;
  std::string end;
  if (wide) {
    append_little_endian(end, end64_mark);
    append_little_endian(end, uint64_t(end64_size - 12));
    append_little_endian(end, uint16_t{45});
    append_little_endian(end, uint16_t{45});
    append_little_endian(end, uint64_t{0});  // this disk and the directory's
    append_little_endian(end, count);
    append_little_endian(end, count);
    append_little_endian(end, size);
    append_little_endian(end, offset);
    append_little_endian(end, locator64_mark);
    append_little_endian(end, uint32_t{0});
    append_little_endian(end, offset + size);
    append_little_endian(end, uint32_t{1});
  }
  append_little_endian(end, end_mark);
  append_little_endian(end, uint32_t{0});
  append_little_endian(end, wide ? full16 : uint16_t(count));
  append_little_endian(end, wide ? full16 : uint16_t(count));
  append_little_endian(end, wide ? full32 : uint32_t(size));
  append_little_endian(end, wide ? full32 : uint32_t(offset));
  append_little_endian(end, uint16_t{0});
  write(directory_ + end);
}

}  // namespace tandem
