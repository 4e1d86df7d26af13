// test_fuzz TARGET CORPUS INPUTS: gives a target every file of a folder, and then bytes mutated from these, so many
// inputs in all, always the same ones.
#include <cstdio>
#include <filesystem>
#include <string>
#include <vector>

#include <pstar/core/parse_number.hpp>
#include <pstar/core/random.hpp>

#include "fuzz/fuzz.hpp"

namespace {

using Input = std::vector<std::uint8_t>;

/// A few changes: bits, bytes, pieces copied, dropped or added.
Input mutated(Input input, pstar::RandomSequence& random) {
    const auto below = [&](std::size_t limit) {
        return static_cast<std::size_t>(random.uniform() * static_cast<double>(limit));
    };
    for (auto changes = 1 + below(6); changes > 0; --changes) {
        const auto at = below(input.size() + 1), kind = below(4);
        if (kind == 0 || input.empty())
            input.insert(input.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(below(256)));
        else if (kind == 1)
            input.erase(input.begin() + static_cast<std::ptrdiff_t>(at % input.size()));
        else if (kind == 2)
            input[at % input.size()] ^= static_cast<std::uint8_t>(1U << below(8));
        else
            input[at % input.size()] = input[below(input.size())];
    }
    return input;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) return std::fputs("usage: test_fuzz TARGET CORPUS INPUTS\n", stderr), 2;
    const fuzz::Registered* found = fuzz::Registered::first();
    while (found && std::string(found->name) != argv[1]) found = found->next;
    if (!found) return std::fprintf(stderr, "test_fuzz: no target '%s'\n", argv[1]), 2;
    std::vector<Input> corpus{{}};
    for (const auto& entry : std::filesystem::directory_iterator(argv[2])) {
        const auto text = fuzz::content(entry.path());
        corpus.emplace_back(text.begin(), text.end());
    }
    std::ranges::sort(corpus);  // a folder has no order
    pstar::RandomSequence random({pstar::Seed{1}, pstar::Stream::user});
    const std::size_t inputs = std::max(corpus.size(), pstar::parse_whole_number(argv[3]).value_or(0));
    for (std::size_t i = 0; i < inputs; ++i) {
        auto input = corpus[i % corpus.size()];
        if (i >= corpus.size()) input = mutated(std::move(input), random);
        found->target(input);
    }
    std::printf("%s: %zu inputs from %zu files\n", argv[1], inputs, corpus.size() - 1);
}
