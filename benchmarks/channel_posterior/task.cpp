#include "channel_posterior/task.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

#include <cblas.h>

#include <pstar/bayes/channel_posterior.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/binary_replacement.hpp>
#include <pstar/data/pixels.hpp>
#include <pstar/data/subset.hpp>

namespace bench {

namespace {

constexpr std::size_t corrupted = 256;

/// Equal pixels of black and white images as a matrix product: of z and x in -1 and 1, (pixels + <z, x>)/2. As someone
/// with NumPy would: in float, by the BLAS.
class ByProduct {
public:
    ByProduct(const pstar::Dataset& library, const std::vector<float>& z, double log_odds)
        : library_(library),
          log_odds_(log_odds),
          x_(library.size() * library.pixels()),
          z_(z),
          counts_(corrupted * library.size()) {
        for (std::size_t n = 0; n < library.size(); ++n)
            for (std::size_t i = 0; i < library.pixels(); ++i)
                x_[n * library.pixels() + i] = library.image(n)[i] >= 128 ? 1.0F : -1.0F;
        for (auto& pixel : z_) pixel = 2 * pixel - 1;
    }
    /// The sum over images of the largest class probability.
    double largest() {
        const auto size = library_.size(), pixels = library_.pixels();
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, static_cast<int>(corrupted), static_cast<int>(size),
                    static_cast<int>(pixels), 0.5F, z_.data(), static_cast<int>(pixels), x_.data(),
                    static_cast<int>(pixels), 0, counts_.data(), static_cast<int>(size));
        double sum = 0;
        for (std::size_t m = 0; m < corrupted; ++m) {
            const float* own = counts_.data() + m * size;
            const float most = *std::max_element(own, own + size);
            std::vector<double> classes(library_.classes, 0);
            double all = 0;
            for (std::size_t n = 0; n < size; ++n) {
                const double weight = std::exp(log_odds_ * static_cast<double>(own[n] - most));
                classes[library_.label(n)] += weight;
                all += weight;
            }
            sum += *std::ranges::max_element(classes) / all;
        }
        return sum;
    }

private:
    const pstar::Dataset& library_;
    double log_odds_;
    std::vector<float> x_, z_, counts_;
};

/// The sum over images of the largest class probability, by ours.
double largest(const pstar::ChannelPosterior& posterior, const std::vector<float>& z,
               const pstar::PixelLikelihood& likelihood, std::size_t cores) {
    const auto found = posterior.class_probabilities({z.data(), {corrupted, posterior.pixels()}}, likelihood, cores);
    double sum = 0;
    for (std::size_t m = 0; m < corrupted; ++m)
        sum += *std::max_element(found.data() + m * posterior.classes(), found.data() + (m + 1) * posterior.classes());
    return sum;
}

std::vector<float> seen_through(const pstar::Dataset& images, const auto& channel) {
    pstar::Batch<float> batch;
    batch.fill_range(images, 0, corrupted, channel, {pstar::Seed{1}, pstar::Stream::test_noise});
    const auto all = batch.images().elements();
    return {all.begin(), all.end()};
}

}  // namespace

Result channel_posterior_task(const Setting& setting) {
    const auto [all, source] = load_images(setting);
    const auto library = pstar::binarise(setting.brief() ? pstar::take(all, 10'000) : all);
    Result result{{"unit", "images/s"}, {"scale", 1}, {"data", source}, {"cases", nlohmann::json::array()}};
    result["remarks"] = nlohmann::json::array();
    const pstar::ChannelPosterior posterior(library);
    const pstar::BinaryReplacement channel{0.6};
    const auto z = seen_through(library, channel);
    const pstar::PixelLikelihood likelihood(channel);
    ByProduct product(library, z, channel.match_log_odds(0));
    require_agreement("the sum of the largest probabilities", largest(posterior, z, likelihood, 1), product.largest(),
                      1e-6);
    double sink = 0;  // takes what is computed, so that the compiler leaves nothing out
    const auto timed = [&](auto work) {
        return [&sink, work](std::size_t repeats) {
            return time_of([&] {
                for (std::size_t r = 0; r < repeats; ++r) sink += work();
            });
        };
    };
    const auto ours = timed([&] { return largest(posterior, z, likelihood, setting.cores); });
    const auto peer = timed([&] { return product.largest(); });
    const auto name = "binary channel, library of " + std::to_string(library.size());
    add_case(result, setting,
             {name, corrupted, {{"pstar", Role::ours, ours}, {"a float product by the BLAS", Role::peer, peer, 1}}},
             0.5);
    return result;
}

}  // namespace bench
