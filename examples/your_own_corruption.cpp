// A corruption of your own in a sweep, and the knee of its accuracy curve.
#include <algorithm>
#include <cstdio>

#include <pstar/data/synthetic.hpp>
#include <pstar/experiment/analysis/curve_fits.hpp>
#include <pstar/experiment/run.hpp>

struct DarkRows {  // the first rows of the image are black
    double rows = 0;
    void validate() const { pstar::require(rows >= 0, "DarkRows", "rows", rows, "be at least 0"); }
    double strength() const { return rows; }
    template <class Scalar>
    void apply(pstar::View<const Scalar> image, pstar::View<Scalar> out, const pstar::RandomStream&) const {
        std::ranges::copy(image.elements(), out.data);
        const auto dark = std::min(static_cast<std::size_t>(rows) * image.shape[2], out.size());
        std::fill_n(out.data, dark, Scalar{0});
    }
};

int main() {
    pstar::Experiment experiment{.data = pstar::synthetic_digits({.train = 2000, .test = 1000, .seed = 1}),
                                 .settings = {.epochs = 3, .seed = pstar::Seed{1}}};
    experiment.corruption("dark_rows", [](double k) { return DarkRows{k}; });
    const auto results = pstar::run(experiment, {.corruptions = {"dark_rows"},
                                                 .strengths = {0, 4, 8, 12, 16, 20, 24, 28},
                                                 .widths = {64},
                                                 .depths = {1},
                                                 .repeats = 3});
    for (const auto& curve : pstar::fit_curves(results))
        std::printf("%s test images: %s\n", to_string(curve.measured.images).c_str(), curve.fit.explanation.c_str());
}
