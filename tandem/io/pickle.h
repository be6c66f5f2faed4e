// The part of Python's pickle format (protocol 2) that PyTorch's files are made of, read without
// ever running anything: a small machine that builds plain values.
#pragma once
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/base/error.h"

namespace tandem {

/// One value of a pickle. Values refer to each other inside their Pickle; lists and dicts may be
/// shared, and may hold themselves.
struct PickleValue {
  enum class Kind : uint8_t {
    none,
    boolean,     // integer
    integer,     // integer
    number,      // number
    string,      // text
    bytes,       // text
    list,        // items
    tuple,       // items
    dict,        // items: keys and values in turn
    persistent,  // items: the id, a tuple; what it stands for is not in the pickle
    global,      // text: "module name"
    call,        // items: a global, its arguments (a tuple), and state where BUILD gave some
  };
  Kind kind = Kind::none;
  int64_t integer = 0;
  double number = 0;
  std::string text;
  std::vector<PickleValue*> items;

  bool is(Kind k) const { return kind == k; }
};

struct Pickle {
  std::deque<PickleValue> values;  // all of them; addresses are kept
  PickleValue* root = nullptr;
};

/// Reads untrusted bytes. `op` and `source` name the file in errors: code format for what is no
/// such pickle, is truncated or ends elsewhere; code unsupported for other opcodes and for integers
/// beyond 64 bits. Globals are taken as names, allowed or not: that is for the caller to judge.
Pickle parse_pickle(std::string_view op, std::span<const std::byte> bytes, std::string_view source);

}  // namespace tandem
