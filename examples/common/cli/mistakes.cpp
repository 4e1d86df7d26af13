#include "common/cli/mistakes.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>

#include <fmt/format.h>

namespace study {
namespace {

std::size_t mistypings(std::string_view a, std::string_view b) {
    std::vector<std::size_t> two(b.size() + 1), one(b.size() + 1), row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        two = std::exchange(one, row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            row[j] = std::min({one[j] + 1, row[j - 1] + 1, one[j - 1] + (a[i - 1] != b[j - 1])});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                row[j] = std::min(row[j], two[j - 2] + 1);
        }
    }
    return row[b.size()];
}

}  // namespace

std::string nearest_word(std::string_view word, const std::vector<std::string>& words) {
    std::string nearest;
    std::size_t least = word.size() / 3 + 1;
    for (const auto& candidate : words)
        if (const auto distance = mistypings(word, candidate); distance < least) least = distance, nearest = candidate;
    return nearest;
}

std::string mistake_in(const CLI::App& app, const CLI::ParseError& error) {
    const auto not_taken = app.remaining();
    // A flag that does not exist is said first: whatever else is wrong may come of it.
    const auto flag = std::ranges::find_if(not_taken, [](const auto& word) { return word.starts_with('-'); });
    if (flag == not_taken.end())
        return error.get_exit_code() == static_cast<int>(CLI::ExitCodes::ExtrasError) && !not_taken.empty()
                   ? fmt::format("'{}' is not expected here: no flag takes it", not_taken.front())
                   : error.what();
    const auto name = flag->substr(0, flag->find('='));
    std::vector<std::string> names;
    for (const auto* option : app.get_options())
        for (const auto& long_name : option->get_lnames()) names.push_back("--" + long_name);
    const auto meant = nearest_word(name, names);
    return fmt::format("there is no flag {}{}", name, meant.empty() ? "" : "; did you mean " + meant + "?");
}

}  // namespace study
