// Text of files, as a terminal may be given it.
#pragma once
#include <string>
#include <string_view>

namespace tandem::cli {

/// Control characters, which would move the cursor or worse, as \x1b; line feeds as \n unless
/// `lines` are kept, and after them tabs. What is no UTF-8 is a U+FFFD.
std::string printable(std::string_view text, bool lines = false);

/// The first characters of it, and "…" where there are more.
std::string excerpt(std::string_view text, std::size_t most = 200);

}  // namespace tandem::cli
