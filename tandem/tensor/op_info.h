// What the framework knows about one op: plain function pointers, filled from its struct.
#pragma once
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "tandem/tensor/tensor.h"

namespace tandem {

struct Call;  // tensor/call.h
class Grads;  // tensor/call.h

/// "gather(input, dim, index)": the IR name and the parameters in their public order. A parameter
/// that names a member is an attribute, every other one an operand; "bias?" may be left out;
/// "*tensors" is a list: wherever it stands, its operands come after the others.
struct Signature {
  std::string_view text;
  std::size_t name_size;  // found beforehand: every call of an op asks for its name
  consteval Signature(const char* t) : text(t), name_size(text.find('(')) {}
  constexpr std::string_view name() const { return {text.data(), name_size}; }
  constexpr int parameters() const {
    if (text.ends_with("()")) return 0;
    int n = 1;
    for (char c : text) n += c == ',';
    return n;
  }
  constexpr std::string_view parameter(int i) const {
    std::size_t start = text.find('(') + 1;
    while (i--) start = text.find(',', start) + 2;
    return text.substr(start, text.find_first_of(",)", start) - start);
  }
};

enum class Kind : uint8_t {
  integer,           // int64_t
  number,            // double
  scalar,            // Scalar: an exact number that remembers its category
  flag,              // bool
  dims,              // Dims
  dtype,             // DType
  string,            // Name
  optional_integer,  // std::optional<int64_t>
  optional_number,   // std::optional<double>
  optional_dtype,    // std::optional<DType>
};

/// A string attribute: interned, so that attributes stay trivially copyable.
class Name {
 public:
  constexpr Name() = default;
  constexpr Name(const char* literal) : text_(literal) {}
  Name(std::string_view text);
  constexpr std::string_view view() const { return text_; }
  friend constexpr bool operator==(const Name& a, const Name& b) { return a.view() == b.view(); }

 private:
  const char* text_ = "";
};
inline void append(std::string& to, const Name& n) { to += n.view(); }

/// An attribute without a default. Reflection sees it, so bindings and the parser insist on it.
template <class T>
struct Required {
  T value{};
  constexpr Required() = default;
  constexpr Required(T v) : value(v) {}
  constexpr operator const T&() const { return value; }
  constexpr const T* operator->() const { return &value; }
};
template <class T>
void append(std::string& to, const Required<T>& r) {
  append(to, r.value);
}

struct AttributeInfo {
  std::string_view name;
  Kind kind;
  bool required;
  void* (*in)(void* op);  // where it lives inside an op
};

/// A strided block of elements as kernels see it. `data` is null for an operand that was left out.
struct TensorRef {
  std::byte* data = nullptr;
  const Type* type = nullptr;
  const Dims* strides = nullptr;  // in elements
  bool contiguous = true;

  template <class T>
  T* as() const {
    return reinterpret_cast<T*>(data);
  }
  const Dims& shape() const { return type->shape; }
  DType dtype() const { return type->dtype; }
  int64_t numel() const { return type->shape.product(); }
};

/// How a view reads its operand's storage. `ok = false`: this one needs a copy after all, which
/// is the op's kernel.
struct View {
  Dims strides;
  int64_t offset = 0;
  bool ok = true;
};

using Types = std::span<const Type* const>;       // one an operand; null where it was left out
using Operands = std::span<const Tensor* const>;  // never null; undefined where it was left out

/// One call of a kernel. Operands of equal dtype and broadcastable shape, results allocated,
/// `workspace` as large as the op's workspace rule said.
struct KernelCall {
  const void* op;
  std::span<const TensorRef> out;
  std::span<const TensorRef> in;
  std::byte* workspace;

  template <class Op>
  const Op& as() const {
    return *static_cast<const Op*>(op);
  }
};
using Kernel = void (*)(const KernelCall&);

/// What a back end offers for one op. Written at start-up by its install functions.
struct KernelEntry {
  Kernel run = nullptr;
  /// Bytes of scratch for this call (workspace is null in it); null: none.
  std::size_t (*workspace)(const KernelCall&) = nullptr;
  /// Does the kernel take these operands? null: all that the shape rule admits. Where it does not,
  /// the decomposition is run.
  bool (*supports)(const void* op, Types in) = nullptr;
  /// Where the op alone reads a convolution, a program takes it apart: the decomposition has the
  /// same bits, and the convolution does it to its sums in registers.
  bool joins_convolutions = false;
};

/// What training and compiling need and a lean runtime does not; kept apart so that a program
/// that never installs the rules never links them.
struct OpRules {
  void (*decompose)(const void* op, Operands in, Tensor* out) = nullptr;
  void (*vjp)(const void* op, const Call& call, Grads* grads) = nullptr;
  /// Of a view op: `base` with the elements that the view shows replaced by `value`.
  Tensor (*write)(const void* op, const Tensor& base, const Tensor& value) = nullptr;
};

/// What a gradient rule reads, and so what the tape keeps alive.
enum class Keep : uint8_t { nothing = 0, operands = 1, result = 2, both = 3 };

/// How a result lies in memory. `follow`: as the first operand of its shape that is dense in some
/// order of dims (so channels-last stays channels-last). `channels_last`: [N, C, H, W] as [N, H, W,
/// C]. `heads_inside`: [N, H, L, E] as [N, L, H, E], so that joining the heads is a view.
enum class Layout : uint8_t { contiguous, follow, channels_last, heads_inside };

/// Which dtype an elementwise op computes in.
enum class Promotion : uint8_t {
  none,      // operands are taken as they are
  common,    // all operands meet in the promotion table
  floating,  // the same, and integers become the default floating dtype
};

struct OpInfo {
  Signature signature;
  int operands;  // how many, optional ones included; of a list op: those before the list
  bool list;     // the last parameter takes any number of operands
  int results;
  std::size_t bytes;  // size of the struct: attributes are copied with memcpy
  int attributes;
  AttributeInfo attribute[8];
  int8_t order[16];  // public parameter order: i >= 0 operand i, i < 0 attribute ~i
  std::string_view result_name[4];
  bool elementwise;   // made from a lane expression
  uint16_t numbers;   // bit i: operand i may be a bare number in the public function
  uint16_t optional;  // bit i: operand i may be left out
  Promotion promotion;
  Keep keep;
  Layout layout;
  bool random;         // its first operand is a generator's state, its last result the new state
  int8_t in_place[4];  // result i may be written over operand in_place[i]; -1: nowhere
  void (*defaults)(void* op);
  /// Null: shorthand, which apply() replaces by its decomposition at once and programs never hold.
  void (*infer)(const void* op, Types in, Type* const* out);
  View (*view)(const void* op, const TensorRef& in, const Type& out);
  const OpRules* rules = nullptr;
  KernelEntry kernel[device_types] = {};

  std::string_view name() const { return signature.name(); }
};

inline constexpr int max_results = 4;

/// An op with its attributes and without its C++ type, as graphs and tapes store it.
class AnyOp {
 public:
  AnyOp() = default;
  AnyOp(const OpInfo& info, const void* op) : info(&info) {
    if (info.bytes) std::memcpy(bytes_, op, info.bytes);  // an op without attributes may be null
  }
  explicit AnyOp(const OpInfo& info) : info(&info) { info.defaults(bytes_); }
  const OpInfo* info = nullptr;
  const void* data() const { return bytes_; }
  void* data() { return bytes_; }
  static constexpr std::size_t capacity = 512;

 private:
  alignas(8) std::byte bytes_[capacity];
};

}  // namespace tandem
