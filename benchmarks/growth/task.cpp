#include "growth/task.hpp"

#include <array>
#include <cmath>
#include <functional>
#include <iostream>
#include <numeric>
#include <utility>
#include <vector>

#include <pstar/corruption/identity.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/rbm/visible_rows.hpp>

#include "cnn_training/pstar.hpp"
#include "corruption/corruptor.hpp"
#include "growth/exponent.hpp"
#include "growth/peak_memory.hpp"
#include "harness/machine.hpp"
#include "margin_gradients/gradients.hpp"
#include "mlp_step/step.hpp"
#include "ntk/kernels.hpp"
#include "rbm_training/machine.hpp"
#include "sweep/small_sweep.hpp"

namespace bench {

namespace {

constexpr std::size_t batch = 128, width = 256, channels = 8;

/// What is measured at one size; the size itself as `sizes` of the series has it.
using Cost = std::function<double(std::size_t)>;

/// Measures series and collects them.
class Growth {
public:
    explicit Growth(const Setting& setting) : quick_(setting.quick) {}

    /// `count`: operations or bytes at a size, up to a factor. With --quick the largest size is left out.
    void series(const std::string& cost, const std::string& against, std::vector<std::size_t> sizes,
                const Cost& measure, const Cost& count, const std::string& unit = "s") {
        if (quick_ && sizes.size() > 3) sizes.pop_back();
        std::cerr << "  " << cost << " against " << against << std::endl;
        std::vector<double> x, y, counts;
        for (const auto size : sizes) {
            const double value = measure(size);
            if (!(value > 0)) continue;  // memory where Linux does not tell
            x.push_back(static_cast<double>(size));
            y.push_back(value);
            counts.push_back(count(size));
        }
        if (x.size() < 2) return;
        const auto fit = fit_exponent(x, y);
        all_.push_back({{"cost", cost},
                        {"against", against},
                        {"unit", unit},
                        {"x", x},
                        {"y", y},
                        {"exponent", fit.value},
                        {"error", fit.error},
                        {"expected", fit_exponent(x, counts).value}});
    }
    /// The median time of one call, warmed up.
    double seconds(const std::function<void()>& work) const {
        const auto repeated = [&](std::size_t repeats) {
            return time_of([&] {
                for (std::size_t r = 0; r < repeats; ++r) work();
            });
        };
        const double once = repeated(1);
        const auto repeats = static_cast<std::size_t>(std::ceil((quick_ ? 0.01 : 0.05) / std::max(once, 1e-7)));
        std::vector<double> blocks;
        for (int block = 0; block < (quick_ ? 3 : 7); ++block)
            blocks.push_back(repeated(repeats) / static_cast<double>(repeats));
        return summarise(blocks).median;
    }
    nlohmann::json take() { return std::move(all_); }

private:
    bool quick_;
    nlohmann::json all_ = nlohmann::json::array();
};

/// Images of random shape-less bytes: what they show does not matter here.
pstar::Dataset squares(std::size_t count, std::size_t side) {
    pstar::Dataset data{.images = pstar::Tensor<std::uint8_t, 4>::from_shape({count, 1, side, side}),
                        .labels = pstar::Tensor<pstar::Label, 1>::from_shape({count})};
    for (std::size_t i = 0; i < data.images.size(); ++i)
        data.images.data()[i] = static_cast<std::uint8_t>(i * 2654435761U >> 24U);
    for (std::size_t i = 0; i < count; ++i) data.labels.data()[i] = static_cast<pstar::Label>(i % data.classes);
    return data;
}

double real(std::size_t n) {
    return static_cast<double>(n);
}

void against_threads(Growth& growth, const pstar::Dataset& images) {
    const auto sweep = small_sweep(images, 4);
    std::vector<std::size_t> threads(available_cores());
    std::iota(threads.begin(), threads.end(), std::size_t{1});
    growth.series(
        "a sweep of 44 runs", "threads", threads, [&](std::size_t n) { return growth.seconds([&] { sweep(n); }); },
        [](std::size_t n) { return 1 / real(n); });
}

void against_width(Growth& growth, const pstar::Dataset& images, const pstar::Matrix<float>& rows) {
    growth.series(
        "a training step of the MLP", "hidden width", {64, 128, 256, 512, 1024, 2048},
        [&](std::size_t w) {
            return growth.seconds([steps = pstar_steps({images, w})] { steps(1); });
        },
        [&](std::size_t w) { return real(w) * (2 * real(images.pixels()) + 3 * real(w) + 30); });
    growth.series(
        "a training step of the CNN", "channels", {4, 8, 16, 32, 64},
        [&](std::size_t c) {
            const auto training = pstar_cnn_training(c)(images, Recipe{});
            return growth.seconds([&] { training->run(1); });
        },
        [&](std::size_t c) { return cnn_operations(c, images.pixels()); });
    growth.series(
        "a step of CD-1", "hidden units", {64, 128, 256, 512, 1024},
        [&](std::size_t h) {
            const auto machine = pstar_machine(rows, false, h);
            return growth.seconds([&] { machine->run(1); });
        },
        real);
}

void against_pixels(Growth& growth) {
    growth.series(
        "replacement in 128 images", "pixels", {14 * 14, 28 * 28, 56 * 56, 112 * 112},
        [&](std::size_t pixels) {
            const auto data = squares(batch, static_cast<std::size_t>(std::lround(std::sqrt(real(pixels)))));
            const auto corruptor = pstar_corruptor(data, pstar::Replacement{0.5});
            std::vector<std::uint32_t> all(batch);
            std::iota(all.begin(), all.end(), 0U);
            return growth.seconds([&] { corruptor->corrupt(all, 0); });
        },
        real);
    growth.series(
        "a training step of the CNN", "pixels", {16 * 16, 24 * 24, 32 * 32, 64 * 64},
        [&](std::size_t pixels) {
            const auto data = squares(batch, static_cast<std::size_t>(std::lround(std::sqrt(real(pixels)))));
            const auto training = pstar_cnn_training(channels)(data, Recipe{});
            return growth.seconds([&] { training->run(1); });
        },
        [](std::size_t pixels) { return cnn_operations(channels, pixels); });
}

void against_images(Growth& growth, const pstar::Dataset& images) {
    const std::array<std::size_t, 4> widths{images.pixels(), width, width, images.classes};
    const auto kernels = pstar_mlp_kernels(images, width);
    growth.series(
        "the full tangent kernel", "images", {32, 64, 128, 256},
        [&](std::size_t n) { return growth.seconds([&] { kernels->full(n, true); }); },
        [&](std::size_t n) { return kernel_operations(widths, n); });
    // Inputs and cotangents of three layers, half of the pairs; 4/3 N^3 to make the kernel tridiagonal.
    growth.series(
        "the true-class kernel with eigenvalues", "images", {250, 500, 1000, 2000},
        [&](std::size_t n) { return growth.seconds([&] { kernels->true_class_spectrum(n); }); },
        [&](std::size_t n) {
            return real(n) * real(n) * (real(widths[0]) + 4 * real(width) + real(widths[3])) +
                   4. / 3 * std::pow(real(n), 3);
        });
    growth.series(
        "margin_report", "images", {1000, 2000, 4000, 8000},
        [&](std::size_t n) {
            const auto some = pstar::take(images, n);
            const auto margins = pstar_margins(some, width);
            return growth.seconds([&] { margins->report(); });
        },
        real);
}

void memory(Growth& growth, const pstar::Dataset& images) {
    const auto kernels = pstar_mlp_kernels(images, width);
    const auto square = [](std::size_t n) { return real(n) * real(n); };
    growth.series(
        "memory of the full tangent kernel", "images", {64, 128, 256, 512},
        [&](std::size_t n) { return peak_memory_of([&] { kernels->full(n, true); }); }, square, "bytes");
    growth.series(
        "memory of the true-class kernel with eigenvalues", "images", {1000, 2000, 4000},
        [&](std::size_t n) { return peak_memory_of([&] { kernels->true_class_spectrum(n); }); }, square, "bytes");
    growth.series(
        "memory of training the MLP", "hidden width", {256, 512, 1024, 2048},
        [&](std::size_t w) { return peak_memory_of([&] {
                                 pstar_steps({images, w})(1);
                             }); },
        [&](std::size_t w) { return real(w) * (real(images.pixels()) + real(w) + 10); }, "bytes");
}

}  // namespace

Result growth_task(const Setting& setting) {
    const auto [all, source] = load_images(setting);
    const auto images = pstar::take(all, 10'000);
    const auto rows =
        pstar::visible_rows<float>(pstar::ImageSource<pstar::Identity>(pstar::take(images, 1000), {}, pstar::Seed{}));
    Growth growth(setting);
    against_threads(growth, images);
    pin_to_one_core();
    memory(growth, images);
    against_width(growth, images, rows);
    against_pixels(growth);
    against_images(growth, images);
    return {{"series", growth.take()}, {"data", source}, {"remarks", nlohmann::json::array()}};
}

}  // namespace bench
