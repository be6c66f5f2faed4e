// A bit generator's state as bytes that say which generator they belong to.
#pragma once
#include <cstring>
#include <string_view>

#include "tandem/base/error.h"
#include "tandem/base/mt19937.h"
#include "tandem/base/philox.h"

namespace tandem {

enum class BitGenerator : uint64_t { mt19937, philox };

/// The layout of a state: the kind, then the plain struct.
template <class State>
struct GeneratorState {
  BitGenerator kind;
  State state;
};
template <class State>
inline constexpr BitGenerator bit_generator_of =
    std::is_same_v<State, Mt19937State> ? BitGenerator::mt19937 : BitGenerator::philox;

constexpr int64_t generator_state_bytes(BitGenerator kind) {
  return kind == BitGenerator::mt19937 ? int64_t(sizeof(GeneratorState<Mt19937State>))
                                       : int64_t(sizeof(GeneratorState<PhiloxState>));
}

/// Calls f(Mt19937State&) or f(PhiloxState&) on the state in `bytes`, 8-byte aligned. Error: code
/// value when the bytes are no state; what comes from users is checked once, by is_valid.
template <class F>
decltype(auto) with_generator_state(std::byte* bytes, int64_t size, F&& f) {
  BitGenerator kind{~uint64_t{0}};
  if (size >= int64_t(sizeof kind)) std::memcpy(&kind, bytes, sizeof kind);
  if (kind == BitGenerator::mt19937 && size == generator_state_bytes(kind))
    return f(reinterpret_cast<GeneratorState<Mt19937State>*>(bytes)->state);
  if (kind == BitGenerator::philox && size == generator_state_bytes(kind))
    return f(reinterpret_cast<GeneratorState<PhiloxState>*>(bytes)->state);
  fail(ErrorCode::value, "generator", "expected a state from Generator::get_state(): uint8[",
       generator_state_bytes(BitGenerator::mt19937), "] or, for Philox, uint8[",
       generator_state_bytes(BitGenerator::philox), "]; got ", size, " bytes");
}

}  // namespace tandem
