// Where Tandem keeps what it has fetched.
#pragma once
#include <string>

namespace tandem {

/// The value of an environment variable; empty when it is not set.
std::string environment(const char* name);

/// $TANDEM_CACHE, else $XDG_CACHE_HOME/tandem, else ~/.cache/tandem. The folder may not exist yet.
/// Error: code io when there is no home folder either.
std::string cache_folder();

}  // namespace tandem
