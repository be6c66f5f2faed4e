#include "tandem/tensor/print.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <mutex>
#include <ostream>

#include "tandem/tensor/apply.h"

namespace tandem {
namespace {

std::mutex options_mutex;
PrintOptions options;

std::string formatted(const char* format, int precision, double value) {
  char few[64];
  const int length = std::snprintf(few, sizeof few, format, precision, value);
  if (length < int(sizeof few)) return few;
  std::string many(std::size_t(length), '\0');
  std::snprintf(many.data(), many.size() + 1, format, precision, value);
  return many;
}

std::string padded(std::string s, std::size_t width) {
  if (s.size() < width) s.insert(0, width - s.size(), ' ');
  return s;
}

/// "(2, 3)", "(3,)", "()": as Python writes a tuple.
std::string tuple(const Dims& shape) {
  std::string s = "(";
  for (int d = 0; d < shape.size(); ++d) {
    if (d) s += ", ";
    append(s, shape[d]);
  }
  return s + (shape.size() == 1 ? ",)" : ")");
}

/// One notation and one width for all elements that are shown, found by looking at them first.
class Format {
 public:
  Format(bool floating, const PrintOptions& o) : floating_(floating), o_(o) {}

  void look_at(double value) {
    if (!std::isfinite(value) || value == 0) return;
    any_ = true;
    least_ = std::min(least_, std::abs(value));
    most_ = std::max(most_, std::abs(value));
    whole_ &= value == std::ceil(value);
  }
  void choose_notation() {
    if (!any_) return;
    const bool needed = most_ / least_ > 1000.0 || most_ > 1e8 || least_ < 1e-4;
    scientific_ = o_.sci_mode.value_or(needed);
  }
  /// Only finite nonzero numbers widen the columns, as in PyTorch.
  void make_room_for(double value) {
    if (std::isfinite(value) && value != 0) width_ = std::max(width_, text_of(value).size());
  }
  void make_room_for(int64_t value) { width_ = std::max(width_, text_of(value).size()); }
  void make_room_for(bool value) { width_ = std::max(width_, text_of(value).size()); }

  template <class T>
  std::string operator()(T value) const {
    return padded(text_of(value), width_);
  }
  std::size_t width() const { return width_; }
  bool floating() const { return floating_; }

 private:
  std::string text_of(double value) const {
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    if (scientific_) return formatted("%.*e", o_.precision, value);
    if (whole_) return formatted("%.*f", 0, value) + '.';
    return formatted("%.*f", o_.precision, value);
  }
  std::string text_of(int64_t value) const { return text(value); }
  std::string text_of(bool value) const { return value ? "True" : "False"; }

  bool floating_;
  const PrintOptions& o_;
  bool any_ = false, whole_ = true, scientific_ = false;
  double least_ = std::numeric_limits<double>::infinity(), most_ = 0;
  std::size_t width_ = 1;
};

/// Calls f with the element at `offset` as double, int64 or bool.
template <class F>
auto visit(const TensorImpl* t, int64_t offset, F&& f) {
  return with_dtype(t->type.dtype, [&](auto zero) {
    using T = decltype(zero);
    if constexpr (std::is_same_v<T, bool>)  // memory that was never written holds any byte
      return f(reinterpret_cast<const uint8_t*>(t->data)[offset] != 0);
    else if constexpr (std::is_integral_v<T>)
      return f(int64_t(reinterpret_cast<const T*>(t->data)[offset]));
    else
      return f(double(reinterpret_cast<const T*>(t->data)[offset]));
  });
}

class Printer {
 public:
  Printer(const TensorImpl* t, const PrintOptions& o)
      : t_(t),
        o_(o),
        summarized_(t->type.shape.product() > o.threshold),
        format_(is_floating(t->type.dtype), o) {
    if (format_.floating()) {
      for_each_shown(0, 0, [&](int64_t at) {
        visit(t_, at, [&](auto value) { format_.look_at(double(value)); });
      });
      format_.choose_notation();
    }
    for_each_shown(0, 0, [&](int64_t at) {
      visit(t_, at, [&](auto value) { format_.make_room_for(value); });
    });
  }

  std::string block(int d, int64_t offset, int indent) const {
    const Dims& shape = t_->type.shape;
    if (d == shape.size()) return element(offset);
    if (d == shape.size() - 1) return row(d, offset, indent);
    const std::string between =
        "," + std::string(std::size_t(shape.size() - d - 1), '\n') + std::string(indent + 1, ' ');
    std::string s = "[";
    bool first = true;
    auto add = [&](const std::string& part) {
      if (!std::exchange(first, false)) s += between;
      s += part;
    };
    for (int64_t i = 0; i < shape[d]; ++i) {
      if (i == start_of_gap(d)) {
        add("...");
        i = end_of_gap(d);
        if (i == shape[d]) break;
      }
      add(block(d + 1, offset + i * t_->strides[d], indent + 1));
    }
    return s + ']';
  }

 private:
  /// What a summary leaves out of dim d: [start, end); a start of -1 leaves nothing out.
  int64_t start_of_gap(int d) const {
    return summarized_ && t_->type.shape[d] > 2 * int64_t(o_.edgeitems) ? o_.edgeitems : -1;
  }
  int64_t end_of_gap(int d) const { return t_->type.shape[d] - o_.edgeitems; }

  template <class F>
  void for_each_shown(int d, int64_t offset, F&& f) const {
    const Dims& shape = t_->type.shape;
    if (d == shape.size()) return f(offset);
    for (int64_t i = 0; i < shape[d]; ++i) {
      if (i == start_of_gap(d)) i = end_of_gap(d);
      if (i < shape[d]) for_each_shown(d + 1, offset + i * t_->strides[d], f);
    }
  }

  std::string element(int64_t offset) const {
    return visit(t_, offset, [&](auto value) { return format_(value); });
  }

  std::string row(int d, int64_t offset, int indent) const {
    const int64_t width = int64_t(format_.width()) + 2;
    const int64_t per_line = std::max<int64_t>(1, (o_.linewidth - indent) / width);
    std::string s = "[";
    int64_t count = 0;
    auto add = [&](const std::string& part) {
      if (count) s += count % per_line ? ", " : ",\n" + std::string(std::size_t(indent) + 1, ' ');
      s += part;
      ++count;
    };
    for (int64_t i = 0; i < t_->type.shape[d]; ++i) {
      if (i == start_of_gap(d)) {
        add(o_.edgeitems ? " ..." : "...");
        i = end_of_gap(d);
        if (i == t_->type.shape[d]) break;
      }
      add(element(offset + i * t_->strides[d]));
    }
    return s + ']';
  }

  const TensorImpl* t_;
  const PrintOptions& o_;
  bool summarized_;
  Format format_;
};

/// Appends what stands behind the elements, each on the last line while there is room.
void add_suffixes(std::string& s, const std::vector<std::string>& suffixes, std::size_t indent,
                  const PrintOptions& o) {
  const std::size_t line = s.rfind('\n');
  std::size_t used = s.size() + 1 - (line == s.npos ? std::size_t(-1) : line);
  for (const std::string& suffix : suffixes) {
    if (used + suffix.size() + 2 > std::size_t(o.linewidth)) {
      s += ",\n" + std::string(indent, ' ') + suffix;
      used = indent + suffix.size();
    } else {
      s += ", " + suffix;
      used += suffix.size() + 2;
    }
  }
}

}  // namespace

PrintOptions print_options() {
  std::lock_guard lock(options_mutex);
  return options;
}

void set_print_options(const PrintOptions& o) {
  if (o.precision < 0 || o.threshold < 0 || o.edgeitems < 0 || o.linewidth < 0)
    fail(ErrorCode::value, "set_print_options", "expected numbers of 0 or more, got precision ",
         o.precision, ", threshold ", o.threshold, ", edgeitems ", o.edgeitems, ", linewidth ",
         o.linewidth);
  std::lock_guard lock(options_mutex);
  options = o;
}

std::string to_string(const Tensor& t) {
  if (!t) return "tensor(undefined)";
  const PrintOptions o = print_options();
  const TensorImpl* impl = t.impl();
  const DType dtype = t.dtype();
  const bool has_elements = impl->data, is_empty = t.numel() == 0;
  if (has_elements && !is_empty && t.device().type != DeviceType::cpu)
    fail(ErrorCode::unsupported, "to_string", "the elements are on ", t.device(),
         ": copy the tensor to the CPU first");

  const std::size_t indent = std::string_view("tensor(").size();
  std::string s = "tensor(";
  if (!has_elements)
    s += "...";
  else if (is_empty)
    s += "[]";
  else
    s += Printer(impl, o).block(0, 0, int(indent));

  std::vector<std::string> suffixes;
  if (t.device().type != DeviceType::cpu) suffixes.push_back(text("device='", t.device(), "'"));
  const bool elements_tell_shape = has_elements && (is_empty ? t.dim() == 1 : o.edgeitems > 0);
  if (!elements_tell_shape) suffixes.push_back("size=" + tuple(t.shape()));
  // Elements show what they are when they are of the default dtypes; without any, only one can.
  const bool dtype_is_clear =
      dtype == DType::f32 ||
      (has_elements && !is_empty && (dtype == DType::i64 || dtype == DType::boolean));
  if (!dtype_is_clear) suffixes.push_back(text("dtype=torch.", dtype));
  if (needs_grad(t.impl())) {
    const std::string name = tape->gradient_name(t.impl());
    suffixes.push_back(name.empty() ? "requires_grad=True" : "grad_fn=<" + name + ">");
  }
  add_suffixes(s, suffixes, indent, o);
  return s + ')';
}

void append(std::string& to, const Tensor& t) { to += to_string(t); }

std::ostream& operator<<(std::ostream& to, const Tensor& t) { return to << to_string(t); }

}  // namespace tandem
