#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

/// What to say of a command line that cannot be read.
namespace study {

/// The word that is typed most like `word`: by the fewest letters left out, put in, replaced or exchanged with their
/// neighbour, at most a third of its letters; empty: none is.
/// Source: optimal string alignment, e.g. Boytsov, ACM Journal of Experimental Algorithmics 16 (2011) 1.1.
std::string nearest_word(std::string_view word, const std::vector<std::string>& words);

/// One sentence on what CLI11 did not take: the flag that does not exist and the nearest that does, or its own words.
std::string mistake_in(const CLI::App& app, const CLI::ParseError& error);

}  // namespace study
