// Where a tensor's elements live.
#pragma once
#include <cstdint>
#include <string>

#include "tandem/base/text.h"

namespace tandem {

enum class DeviceType : uint8_t { cpu, cuda };
inline constexpr int device_types = 2;

struct Device {
  DeviceType type = DeviceType::cpu;
  int8_t index = 0;
  friend bool operator==(const Device&, const Device&) = default;
};

/// "cpu", "cuda:0"
inline void append(std::string& to, Device d) {
  to += d.type == DeviceType::cpu ? "cpu" : "cuda:";
  if (d.type != DeviceType::cpu) append(to, int(d.index));
}

}  // namespace tandem
