#include "tandem/runtime/untrusted_json.h"

#include <set>
#include <string>
#include <vector>

namespace tandem::runtime {

nlohmann::json parse_untrusted_json(std::string_view op, std::string_view what,
                                    std::string_view text, int depth, std::size_t values) {
  using Json = nlohmann::json;
  std::size_t seen = 0;
  std::vector<std::set<std::string>> keys;  // of the objects around the parser
  const auto limit = [&](int at, Json::parse_event_t event, Json& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start || event == Event::value) {
      if (++seen > values) fail(ErrorCode::format, op, what, ": more than ", values, " values");
      if (event != Event::value && at >= depth)
        fail(ErrorCode::format, op, what, ": nested more than ", depth, " deep");
    }
    if (event == Event::object_start) keys.emplace_back();
    if (event == Event::object_end) keys.pop_back();
    if (event == Event::key && !keys.back().insert(parsed.get<std::string>()).second)
      fail(ErrorCode::format, op, what, ": '", parsed.get<std::string>(), "' occurs twice");
    return true;
  };
  try {
    return Json::parse(text, limit);
  } catch (const Json::parse_error& error) {
    fail(ErrorCode::format, op, what, ": no JSON: unexpected text at its byte ", error.byte);
  } catch (const Json::exception& error) {
    fail(ErrorCode::format, op, what, ": no JSON: ", error.what());
  }
}

}  // namespace tandem::runtime
