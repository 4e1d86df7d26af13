/// What a corruption channel does to an image: one digit at growing strengths, in characters.
#include <cstddef>
#include <cstdio>
#include <string_view>
#include <vector>

#include <pstar/corruption/corrupt.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>

namespace {

void print_row(const std::vector<float>& image, std::size_t y, std::size_t size) {
    constexpr std::string_view ink = " .:-=+*#%@";  // from black to white
    for (std::size_t x = 0; x < size; ++x) {
        const auto shade = static_cast<std::size_t>(image[y * size + x] * static_cast<float>(ink.size()));
        std::putchar(ink[shade < ink.size() ? shade : ink.size() - 1]);
    }
}

}  // namespace

int main() {
    const auto digits = pstar::synthetic_digits({.train = 0, .test = 1, .size = 24});
    const auto size = digits.test.width();
    const std::vector<double> strengths{0, 0.3, 0.6};

    std::vector<std::vector<float>> corrupted;
    for (const double p : strengths) {
        auto& image = corrupted.emplace_back(digits.test.pixels());
        // Every draw is named by its place: the same seed replaces the same pixels first, whatever p is.
        const pstar::RandomStream noise{pstar::Seed{1}, pstar::Stream::test_noise};
        pstar::corrupt(pstar::Replacement{.p = p}, digits.test.image(0), std::span<float>(image), noise);
    }

    std::printf("A %d with a share p of its pixels replaced by noise.\n\n", int{digits.test.label(0)});
    for (const double p : strengths) std::printf("p = %-*.1f", static_cast<int>(size) - 2, p);
    std::putchar('\n');
    for (std::size_t y = 0; y < size; ++y) {
        for (const auto& image : corrupted) {
            print_row(image, y, size);
            std::printf("  ");
        }
        std::putchar('\n');
    }
    const pstar::Replacement channel{.p = 0.6};
    std::printf("\nAt p = 0.6 a black pixel has mean %.3f and variance %.4f; signal to noise %.2f.\n", channel.mean(0),
                channel.variance(0), channel.snr_proxy());
}
