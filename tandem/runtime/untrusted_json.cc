#include "tandem/runtime/untrusted_json.h"

#include <nlohmann/json.hpp>
#include <vector>

namespace tandem::runtime {
namespace {

using Json = nlohmann::json;

/// Writes values anew as they are read.
class JsonReader {
 public:
  JsonReader(std::string_view op, std::string_view what, int depth, std::size_t values)
      : op_(op), what_(what), depth_(depth), values_(values) {}

  JsonMembers members;

  bool null() { return value("null"); }
  bool boolean(bool b) { return value(b ? "true" : "false"); }
  bool number_integer(Json::number_integer_t n) { return value(text(n)); }
  bool number_unsigned(Json::number_unsigned_t n) { return value(text(n)); }
  bool number_float(Json::number_float_t, const std::string& as_it_stands) {
    return value(as_it_stands);
  }
  bool string(std::string& s) { return value(json_string(s)); }
  bool binary(Json::binary_t&) { return value("null"); }  // JSON's text has none

  bool start_array(std::size_t) { return open(false); }
  bool start_object(std::size_t) { return open(true); }
  bool key(std::string& name) {
    Open& object = open_.back();
    const auto [at, is_new] = object.members.emplace(name, "");
    if (!is_new) fail(ErrorCode::format, op_, what_, ": '", name, "' occurs twice");
    object.member = &at->second;
    return true;
  }
  bool end_array() {
    const std::string array = "[" + open_.back().elements + "]";
    open_.pop_back();
    put(array);
    return true;
  }
  bool end_object() {
    JsonMembers object = std::move(open_.back().members);
    open_.pop_back();
    if (open_.empty())
      members = std::move(object);
    else
      put(json_object(object));
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception&) {
    fail(ErrorCode::format, op_, what_, ": no JSON: unexpected text at its byte ", byte);
  }

 private:
  struct Open {
    bool is_object;
    std::string elements;  // of an array
    JsonMembers members;
    std::string* member = nullptr;  // what the next value is
  };

  bool open(bool is_object) {
    if (int(open_.size()) >= depth_)
      fail(ErrorCode::format, op_, what_, ": nested more than ", depth_, " deep");
    count();
    open_.push_back({is_object, "", {}});
    return true;
  }
  bool value(const std::string& written) {
    count();
    put(written);
    return true;
  }
  void count() {
    if (++seen_ > values_) fail(ErrorCode::format, op_, what_, ": more than ", values_, " values");
  }
  void put(const std::string& written) {
    if (open_.empty()) return;
    Open& o = open_.back();
    if (o.is_object)
      *o.member = written;
    else
      o.elements += (o.elements.empty() ? "" : ",") + written;
  }

  std::string_view op_, what_;
  int depth_;
  std::size_t values_, seen_ = 0;
  std::vector<Open> open_;  // around the reader
};

}  // namespace

std::string json_string(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string s = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      s += {'\\', c};
    else if (static_cast<unsigned char>(c) < ' ')
      s += {'\\', 'u', '0', '0', digits[std::size_t(c) >> 4], digits[std::size_t(c) & 15]};
    else
      s += c;
  }
  return s + "\"";
}

std::string json_object(const JsonMembers& members) {
  std::string s = "{";
  for (const auto& [name, value] : members)
    s += text(s.size() > 1 ? "," : "", json_string(name), ":", value);
  return s + "}";
}

JsonMembers parse_untrusted_json(std::string_view op, std::string_view what, std::string_view text,
                                 int depth, std::size_t values) {
  // The parser takes a zero for the end of its text, and would not look behind it.
  if (const std::size_t zero = text.find('\0'); zero != text.npos)
    fail(ErrorCode::format, op, what, ": no JSON: a zero at its byte ", zero + 1);
  JsonReader reader(op, what, depth, values);
  Json::sax_parse(text, &reader);
  return std::move(reader.members);
}

}  // namespace tandem::runtime
