// "did you mean …?"
#pragma once
#include <span>
#include <string>
#include <string_view>

namespace tandem {

/// Levenshtein's distance: how many letters to insert, drop or change.
std::size_t letters_apart(std::string_view a, std::string_view b);

/// The candidate most like `name`, or "" where none is alike.
std::string_view nearest(std::string_view name, std::span<const std::string_view> candidates);

/// "; did you mean 'conv2d'?", or "" where none is alike.
std::string did_you_mean(std::string_view name, std::span<const std::string_view> candidates);

}  // namespace tandem
