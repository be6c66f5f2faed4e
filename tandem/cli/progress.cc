#include "tandem/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "tandem/cli/terminal_image.h"

namespace tandem {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto between_frames = std::chrono::milliseconds(100);

/// "12,345 images", "4.2 MB"
std::string amount(double count, std::string_view unit) {
  if (unit != "bytes") return fmt::format("{} {}", grouped(int64_t(count + 0.5)), unit);
  constexpr const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  int i = 0;
  while (count >= 1000 && i < 4) count /= 1000, ++i;
  return fmt::format("{:.{}f} {}", count, i ? 1 : 0, units[i]);
}

std::string rate(const ProgressState& s) {
  return s.seconds > 0 ? amount(double(s.done) / s.seconds, s.unit) + "/s" : "";
}

std::string values_text(const ProgressState& s) {
  std::string all;
  for (const auto& [name, value] : s.values) all += fmt::format("  {} {}", name, value);
  return all;
}

std::string bar(double fraction, int width) {
  const int full = std::clamp(int(fraction * width), 0, width);
  std::string line(size_t(full), '=');
  if (full < width) line += '>';
  line.resize(size_t(width), ' ');
  return "[" + line + "]";
}

}  // namespace

std::string clock_text(double seconds) {
  const auto s = int64_t(seconds + 0.5);
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

std::string grouped(int64_t number) {
  std::string digits = std::to_string(number);
  const int first = number < 0 ? 1 : 0;
  for (int at = int(digits.size()) - 3; at > first; at -= 3) digits.insert(size_t(at), ",");
  return digits;
}

std::string progress_line(const ProgressState& s, int columns) {
  constexpr int widest = 30, narrowest = 5;
  const bool known = s.total > 0;
  const double fraction = known ? double(s.done) / double(s.total) : 0;
  const std::string percent = known ? fmt::format(" {:3.0f} %", 100 * fraction) : "";
  std::vector<std::string> parts;
  if (!known) parts.push_back("  " + amount(double(s.done), s.unit));
  for (const auto& [name, value] : s.values) parts.push_back(fmt::format("  {} {}", name, value));
  if (const auto speed = rate(s); !speed.empty()) parts.push_back("  " + speed);
  if (known && s.done > 0 && s.seconds > 0)
    parts.push_back(fmt::format("  {} left", clock_text(s.seconds * (1 - fraction) / fraction)));

  constexpr int around_bar = 4;  // two spaces and the brackets
  int room = columns - int(s.label.size()) - (known ? around_bar + narrowest : 0);
  std::string rest;
  for (const std::string& part : parts) {
    if (int(part.size()) > room) break;
    rest += part, room -= int(part.size());
  }
  if (int(percent.size()) <= room) rest = percent + rest, room -= int(percent.size());
  std::string line = s.label;
  if (known && room >= 0) line += "  " + bar(fraction, std::min(room + narrowest, widest));
  line += rest;
  return line.substr(0, size_t(std::max(columns, 0)));
}

std::string progress_summary(const ProgressState& s) {
  // How much came says more than how fast: small files come in no time.
  const std::string work = s.unit == "bytes" ? amount(double(s.done), s.unit) : rate(s);
  return fmt::format("{}{}{}{}  in {}", s.label, values_text(s), work.empty() ? "" : "  ", work,
                     clock_text(s.seconds));
}

Progress::Progress(std::FILE* out, std::string label, std::string unit, int64_t total)
    : out_(out), terminal_(::isatty(::fileno(out))), start_(Clock::now()) {
  state_.label = std::move(label);
  state_.unit = std::move(unit);
  state_.total = total;
}

Progress::~Progress() { clear_line(); }

double Progress::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

void Progress::update(int64_t done, std::vector<ProgressValue> values) {
  state_.done = done;
  state_.values = std::move(values);
  const auto now = Clock::now();
  if (!terminal_ || (shown_ && now - last_ < between_frames)) return;
  last_ = now;
  state_.seconds = seconds();
  // The last column stays empty: a terminal may wrap a line that fills it.
  fmt::print(out_, "\r\033[K{}", progress_line(state_, terminal_columns(::fileno(out_)) - 1));
  std::fflush(out_);
  shown_ = true;
}

void Progress::clear_line() {
  if (!shown_) return;
  fmt::print(out_, "\r\033[K");
  std::fflush(out_);
  shown_ = false;
}

void Progress::finish() {
  clear_line();
  state_.seconds = seconds();
  fmt::print(out_, "{}\n", progress_summary(state_));
  std::fflush(out_);
}

}  // namespace tandem
