// The lists of command lines: an increasing list of finite numbers that is read back from its own decimals, or a
// UsageError.
#include <array>
#include <charconv>
#include <string>
#include <vector>

#include <pstar/core/parse_number.hpp>

#include "common/cli/lists.hpp"
#include "common/cli/program.hpp"
#include "common/cli/text.hpp"
#include "fuzz/fuzz.hpp"

namespace {

/// The shortest decimal that is read as the same double.
std::string decimal(double value) {
    std::array<char, 32> digits{};
    return {digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr};
}

}  // namespace

FUZZ_TARGET(command_line) {
    const auto text = fuzz::text_of(bytes);
    try {
        const auto strengths = study::parse_strengths(text);
        fuzz::must(!strengths.empty(), "a list has numbers");
        std::string list;
        for (std::size_t i = 0; i < strengths.size(); ++i) {
            fuzz::must(std::isfinite(strengths[i]), "strengths are finite");
            fuzz::must(i == 0 || strengths[i - 1] < strengths[i], "strengths increase");
            list += (i ? "," : "") + decimal(strengths[i]);
        }
        if (strengths.size() <= 1000)
            fuzz::must(study::parse_strengths(list) == strengths, "a list is read back from its decimals");
    } catch (const study::UsageError&) {
    }
    try {
        const auto repeats = study::parse_repeats(text);
        fuzz::must(repeats.least >= 1 && repeats.least <= repeats.most, "repeats are a range");
        const auto again = study::parse_repeats(study::to_string(repeats));
        fuzz::must(again.least == repeats.least && again.most == repeats.most, "repeats are read back");
    } catch (const study::UsageError&) {
    }
    try {
        const auto shard = study::parse_shard(text);
        fuzz::must(shard.count >= 1 && shard.index < shard.count, "a part is one of all");
    } catch (const study::UsageError&) {
    }
    const auto count = pstar::parse_whole_number(text);
    if (count) fuzz::must(pstar::parse_whole_number(std::to_string(*count)) == count, "a whole number is read back");
    const double value = study::number(text);
    if (std::isfinite(value))
        fuzz::must(study::number(decimal(value)) == value, "a number is read back from its decimals");
}
