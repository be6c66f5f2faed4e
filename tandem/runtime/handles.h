// What the C interface gives out for objects: numbers, of which none is given out twice.
#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "tandem/base/attempt.h"
#include "tandem/base/error.h"

namespace tandem::runtime {

/// Objects by handle. A handle is a pointer in type alone: it names a slot and how often that was
/// used, so one that was closed, or never given out, is found to be that instead of being followed.
/// Whoever has found an object keeps it, also where another thread closes it meanwhile.
template <class T>
class Handles {
 public:
  explicit Handles(std::string_view what) : what_(what) {}

  T* add(std::shared_ptr<T> object) {
    std::size_t slot = 0;
    uintptr_t use = 0;
    Failure failure;
    {
      const std::lock_guard lock(mutex_);
      while (slot < slots_.size() && (slots_[slot].object || slots_[slot].use == last_use)) ++slot;
      if (slot < last_slot) {
        failure = capture([&] {
          if (slot == slots_.size()) slots_.emplace_back();
        });
        if (!failure) {
          slots_[slot].object = std::move(object);
          use = ++slots_[slot].use;
        }
      }
    }
    if (failure) raise_again(std::move(failure));
    if (!use) fail(ErrorCode::value, what_, "there are ", last_slot, " open already: close some");
    return reinterpret_cast<T*>(use << slot_bits | slot);
  }

  /// Null for what is not open.
  std::shared_ptr<T> find(const T* handle) {
    const std::lock_guard lock(mutex_);
    const Slot* slot = slot_of(handle);
    return slot ? slot->object : nullptr;
  }

  void remove(const T* handle) {
    std::shared_ptr<T> last;  // destroyed behind the lock
    const std::lock_guard lock(mutex_);
    if (Slot* slot = slot_of(handle)) last = std::move(slot->object);
  }

  /// Error: code value where `found` is null, which says what the handle is instead.
  void require(const T* found, const T* handle) const {
    if (found) return;
    fail(ErrorCode::value, "tandem", what_,
         handle ? " is closed, or never was opened" : " is NULL");
  }

 private:
  struct Slot {
    std::shared_ptr<T> object;
    uintptr_t use = 0;
  };
  static constexpr int slot_bits = sizeof(uintptr_t) * 4;
  static constexpr uintptr_t last_use = (uintptr_t{1} << slot_bits) - 1, last_slot = last_use;

  Slot* slot_of(const T* handle) {
    const auto number = reinterpret_cast<uintptr_t>(handle);
    const std::size_t slot = number & last_slot;
    if (slot >= slots_.size() || slots_[slot].use != number >> slot_bits) return nullptr;
    return slots_[slot].object ? &slots_[slot] : nullptr;
  }

  std::string_view what_;
  std::mutex mutex_;
  std::vector<Slot> slots_;
};

}  // namespace tandem::runtime
