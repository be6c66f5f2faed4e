// What will likely go wrong, said once.
#pragma once
#include <functional>
#include <string_view>

#include "tandem/base/location.h"

namespace tandem {

using WarningHandler = std::function<void(std::string_view message, Location where)>;

/// Tells the user, on stderr unless a handler takes it, of something that is allowed and likely a
/// mistake: "FILE:LINE: warning: MESSAGE". Each line of theirs is told each message once.
void warn(std::string_view message, Location where);

/// Sends warnings to `handler` from now on (empty: to stderr), and lets each be said again. Gives
/// back the handler that was there.
WarningHandler set_warning_handler(WarningHandler handler);

}  // namespace tandem
