#include "tandem/io/pickle.h"

#include <bit>
#include <cstring>
#include <unordered_map>

namespace tandem {
namespace {

using PickleKind = PickleValue::Kind;

class Machine {
 public:
  Machine(std::string_view op, std::span<const std::byte> bytes, std::string_view source)
      : op_(op), bytes_(bytes), source_(source) {}

  Pickle run() {
    while (!step()) {
    }
    if (stack_.size() != 1 || !marks_.empty()) bad("it ends with a stack that is not one value");
    if (at_ != bytes_.size()) bad("there are bytes after its end");
    made_.root = stack_.back();
    return std::move(made_);
  }

 private:
  template <class... Parts>
  [[noreturn]] void bad(const Parts&... parts) const {
    fail(ErrorCode::format, op_, "'", source_, "' is no pickle of tensors: ", parts...,
         " (at byte ", at_, ")");
  }

  // Reading.

  std::span<const std::byte> take(size_t n) {
    if (n > bytes_.size() - at_) bad("it is truncated");
    const auto taken = bytes_.subspan(at_, n);
    at_ += n;
    return taken;
  }
  template <class T>
  T little_endian() {
    T value;
    std::memcpy(&value, take(sizeof(T)).data(), sizeof(T));
    static_assert(std::endian::native == std::endian::little);
    return value;
  }
  std::string text(size_t n) {
    const auto taken = take(n);
    return {reinterpret_cast<const char*>(taken.data()), taken.size()};
  }
  std::string line() {
    std::string s;
    for (char c; (c = char(take(1)[0])) != '\n';) s += c;
    return s;
  }
  int64_t long1() {
    const size_t n = little_endian<uint8_t>();
    if (n > 8)
      fail(ErrorCode::unsupported, op_, "'", source_, "' holds an integer of ", n, " bytes");
    const auto taken = take(n);
    uint64_t value = 0;
    for (size_t i = 0; i < n; ++i) value |= uint64_t(taken[i]) << (8 * i);
    if (n && n < 8 && (uint8_t(taken[n - 1]) & 0x80)) value |= ~uint64_t{0} << (8 * n);
    return int64_t(value);
  }

  // The stack.

  PickleValue& make(PickleKind kind) {
    PickleValue& value = made_.values.emplace_back();
    value.kind = kind;
    return value;
  }
  PickleValue& push(PickleKind kind) {
    PickleValue& value = make(kind);
    stack_.push_back(&value);
    return value;
  }
  void push_integer(int64_t value) { push(PickleKind::integer).integer = value; }
  size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }
  PickleValue* pop() {
    if (stack_.size() <= floor()) bad("its stack is empty");
    PickleValue* value = stack_.back();
    stack_.pop_back();
    return value;
  }
  PickleValue& top() {
    if (stack_.size() <= floor()) bad("its stack is empty");
    return *stack_.back();
  }
  /// What lies above the last mark.
  std::vector<PickleValue*> pop_to_mark() {
    if (marks_.empty()) bad("there is no mark");
    std::vector<PickleValue*> items(stack_.begin() + std::ptrdiff_t(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  void tuple_of(size_t n) {
    std::vector<PickleValue*> items(n);
    while (n) items[--n] = pop();
    push(PickleKind::tuple).items = std::move(items);
  }
  void append(std::vector<PickleValue*> items) {
    PickleValue& list = top();
    if (!list.is(PickleKind::list)) bad("only lists take items");
    list.items.insert(list.items.end(), items.begin(), items.end());
  }
  /// Into a dict, or an OrderedDict and its like, whose items come after the call.
  void set_items(std::vector<PickleValue*> items) {
    PickleValue& dict = top();
    if (items.size() % 2) bad("a key has no value");
    if (dict.is(PickleKind::call) && dict.items.size() == 2)
      dict.items.push_back(&make(PickleKind::none));
    if (!dict.is(PickleKind::dict) && !dict.is(PickleKind::call)) bad("only dicts take keys");
    dict.items.insert(dict.items.end(), items.begin(), items.end());
  }
  void call() {
    PickleValue *arguments = pop(), *callee = pop();
    if (!arguments->is(PickleKind::tuple) || !callee->is(PickleKind::global))
      bad("it calls what is no name");
    push(PickleKind::call).items = {callee, arguments};
  }
  /// Gives an object its state: the third item of a call.
  void build() {
    PickleValue* state = pop();
    PickleValue& object = top();
    if (!object.is(PickleKind::call)) bad("only objects have state");
    if (object.items.size() == 2)
      object.items.push_back(state);
    else
      object.items[2] = state;
  }
  void get(size_t place) {
    const auto found = memo_.find(place);
    if (found == memo_.end()) bad("it asks for value ", place, ", which it has not kept");
    stack_.push_back(found->second);
  }

  /// Runs one opcode. True: that was STOP.
  bool step() {
    const auto code = little_endian<uint8_t>();
    switch (code) {
      case 0x80:  // PROTO
        if (const int protocol = little_endian<uint8_t>(); protocol != 2)
          fail(ErrorCode::unsupported, op_, "'", source_, "' is a pickle of protocol ", protocol,
               "; PyTorch's files are of protocol 2");
        return false;
      case '.':
        return true;
      case 'c': {
        std::string module = line();
        push(PickleKind::global).text = module + " " + line();
        return false;
      }
      case 'R':
      case 0x81:  // NEWOBJ
        return call(), false;
      case 'b':
        return build(), false;
      case 'a': {
        PickleValue* item = pop();
        return append({item}), false;
      }
      case 'e':
        return append(pop_to_mark()), false;
      case 's': {
        PickleValue *value = pop(), *key = pop();
        return set_items({key, value}), false;
      }
      case 'u':
        return set_items(pop_to_mark()), false;
      case '(':
        return marks_.push_back(stack_.size()), false;
      case 't': {
        auto items = pop_to_mark();
        push(PickleKind::tuple).items = std::move(items);
        return false;
      }
      case 0x85:
      case 0x86:
      case 0x87:
        return tuple_of(code - 0x84u), false;
      case 'N':
        return push(PickleKind::none), false;
      case 0x88:
      case 0x89:
        push(PickleKind::boolean).integer = code == 0x88;
        return false;
      case ')':
        return push(PickleKind::tuple), false;
      case ']':
        return push(PickleKind::list), false;
      case '}':
        return push(PickleKind::dict), false;
      case 'J':
        return push_integer(little_endian<int32_t>()), false;
      case 'K':
        return push_integer(little_endian<uint8_t>()), false;
      case 'M':
        return push_integer(little_endian<uint16_t>()), false;
      case 0x8a:
        return push_integer(long1()), false;
      case 'G': {  // big-endian, unlike the rest
        uint64_t bits = 0;
        for (const std::byte b : take(8)) bits = bits << 8 | uint64_t(b);
        push(PickleKind::number).number = std::bit_cast<double>(bits);
        return false;
      }
      case 'X': {
        std::string s = text(little_endian<uint32_t>());
        push(PickleKind::string).text = std::move(s);
        return false;
      }
      case 'U': {
        std::string s = text(little_endian<uint8_t>());
        push(PickleKind::bytes).text = std::move(s);
        return false;
      }
      case 'Q': {
        PickleValue* id = pop();
        push(PickleKind::persistent).items = {id};
        return false;
      }
      case 'h':
        return get(little_endian<uint8_t>()), false;
      case 'j':
        return get(little_endian<uint32_t>()), false;
      case 'q':
        memo_[little_endian<uint8_t>()] = &top();
        return false;
      case 'r':
        memo_[little_endian<uint32_t>()] = &top();
        return false;
      default:
        --at_;
        fail(ErrorCode::unsupported, op_, "'", source_, "' holds pickle opcode ", int(code),
             " at byte ", at_, ", which no file of tensors needs");
    }
  }

  std::string_view op_;
  std::span<const std::byte> bytes_;
  std::string_view source_;
  size_t at_ = 0;
  Pickle made_;
  std::vector<PickleValue*> stack_;
  std::vector<size_t> marks_;
  std::unordered_map<size_t, PickleValue*> memo_;
};

}  // namespace

Pickle parse_pickle(std::string_view op, std::span<const std::byte> bytes,
                    std::string_view source) {
  return Machine(op, bytes, source).run();
}

}  // namespace tandem
