/// A restricted Boltzmann machine learns digits without their labels; softmax regression then works on its features
/// E[h | v]. How well does it know the digits, and do its features help where pixels are replaced by noise?
#include <cstdio>

#include <pstar/corruption/replacement.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/rbm.hpp>

int main() {
    const auto digits = pstar::synthetic_digits({.train = 4'000, .test = 1'000, .seed = 1});
    const pstar::Replacement channel{.p = 0.2};

    // Corrupt -> RBM -> features -> softmax regression, tested on clean and on equally corrupted images.
    const auto fit = pstar::fit_rbm_classifier(
        digits.train, channel,
        {.rbm = {.n_components = 128, .rbm_n_iter = 10, .learning_rate = 0.1, .batch_size = 20},
         .rbm_classifier_max_iter = 100});
    for (const double error : fit.rbm.reconstruction_error) std::printf("reconstruction error %.4f\n", error);
    const auto clean = pstar::evaluate(fit.classifier, digits.test);
    const auto noisy = pstar::evaluate(fit.classifier, digits.test, channel);
    std::printf("features: accuracy %.3f on clean images, %.3f on corrupted ones\n", clean.accuracy, noisy.accuracy);

    // The same regression on the pixels themselves.
    const pstar::ImageSource<pstar::Replacement> train(digits.train, channel, pstar::Seed{0});
    const pstar::ImageSource<pstar::Replacement> test(digits.test, channel, pstar::Seed{0}, pstar::Stream::test_noise);
    pstar::SoftmaxRegression pixels(digits.train.pixels(), digits.train.classes);
    pstar::fit_softmax(pixels, pstar::visible_rows<float>(train), {digits.train.labels.data(), digits.train.size()});
    const auto raw =
        pstar::score(pixels, pstar::visible_rows<float>(test), {digits.test.labels.data(), digits.test.size()});
    std::printf("pixels: accuracy %.3f on corrupted images\n", raw.accuracy);

    // Log-probability of images that the RBM has not seen, in nats per image. Its units are binary, so grey pixels are
    // drawn. log Z by annealed importance sampling.
    const auto seen = pstar::visible_rows<float>(train, pstar::GreyLevels::sampled);
    const auto held_out = pstar::visible_rows<float>(test, pstar::GreyLevels::sampled);
    const auto log_z = pstar::ais_log_partition(fit.rbm.rbm, pstar::base_rate_bias<float>(train),
                                                {.betas = pstar::ais_schedule(1'000)});
    const auto likelihood = pstar::mean_log_probability(fit.rbm.rbm, held_out, log_z);
    std::printf("log p of held-out images: %.1f (log Z +- %.1f); training images are more likely by %.1f\n",
                likelihood.mean, likelihood.standard_error, pstar::free_energy_gap(fit.rbm.rbm, seen, held_out));
}
