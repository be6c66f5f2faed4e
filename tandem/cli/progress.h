// A progress line: rewritten in place on a terminal, one line at the end elsewhere.
#pragma once
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace tandem {

struct ProgressValue {
  std::string name, value;  // {"loss", "0.1234"}
};

/// Everything a line says.
struct ProgressState {
  std::string label;            // "Epoch 1/3"
  std::string unit;             // "images", or "bytes", counted in kB, MB, …
  int64_t done = 0, total = 0;  // total 0: unknown
  double seconds = 0;           // since the start
  std::vector<ProgressValue> values;
};

/// The line while work goes on, in at most `columns`: first the bar shrinks, then the percentage
/// goes, then parts from the right.
std::string progress_line(const ProgressState& state, int columns);
/// The line that stays when the work is done.
std::string progress_summary(const ProgressState& state);

/// "1:05", "2:03:04"
std::string clock_text(double seconds);
/// "12,345"
std::string grouped(int64_t number);

/// Shows a line on a terminal while it lives, ten times a second at most. Where `out` is no
/// terminal only finish() prints.
class Progress {
 public:
  Progress(std::FILE* out, std::string label, std::string unit, int64_t total);
  Progress(const Progress&) = delete;
  /// Clears the line if finish() was not reached.
  ~Progress();

  void update(int64_t done, std::vector<ProgressValue> values = {});
  void set_total(int64_t total) { state_.total = total; }
  /// Prints the summary.
  void finish();
  double seconds() const;

 private:
  void clear_line();

  std::FILE* out_;
  bool terminal_;
  ProgressState state_;
  std::chrono::steady_clock::time_point start_, last_;
  bool shown_ = false;
};

}  // namespace tandem
