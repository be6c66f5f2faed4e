#include "tandem/runtime/untrusted_json.h"

#include <set>
#include <string>
#include <vector>

namespace tandem::runtime {
namespace {

using Json = nlohmann::json;

/// Reads once for what is wrong, building nothing.
class Limits {
 public:
  Limits(std::string_view op, std::string_view what, int depth, std::size_t values)
      : op_(op), what_(what), depth_(depth), values_(values) {}

  bool null() { return value(); }
  bool boolean(bool) { return value(); }
  bool number_integer(Json::number_integer_t) { return value(); }
  bool number_unsigned(Json::number_unsigned_t) { return value(); }
  bool number_float(Json::number_float_t, const std::string&) { return value(); }
  bool string(std::string&) { return value(); }
  bool binary(Json::binary_t&) { return value(); }
  bool start_array(std::size_t) { return open() && value(); }
  bool end_array() { return close(); }
  bool start_object(std::size_t) {
    keys_.emplace_back();
    return open() && value();
  }
  bool end_object() {
    keys_.pop_back();
    return close();
  }
  bool key(std::string& name) {
    if (!keys_.back().insert(name).second)
      fail(ErrorCode::format, op_, what_, ": '", name, "' occurs twice");
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception&) {
    fail(ErrorCode::format, op_, what_, ": no JSON: unexpected text at its byte ", byte);
  }

 private:
  bool value() {
    if (++seen_ > values_) fail(ErrorCode::format, op_, what_, ": more than ", values_, " values");
    return true;
  }
  bool open() {
    if (at_++ >= depth_)
      fail(ErrorCode::format, op_, what_, ": nested more than ", depth_, " deep");
    return true;
  }
  bool close() { return --at_, true; }

  std::string_view op_, what_;
  int depth_, at_ = 0;
  std::size_t values_, seen_ = 0;
  std::vector<std::set<std::string>> keys_;  // of the objects around the reader
};

}  // namespace

Json parse_untrusted_json(std::string_view op, std::string_view what, std::string_view text,
                          int depth, std::size_t values) {
  Limits limits(op, what, depth, values);
  Json::sax_parse(text, &limits);
  return Json::parse(text);
}

}  // namespace tandem::runtime
