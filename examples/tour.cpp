/// A guided tour of pstar in one file, from a pixel to p*. Read it from top to bottom: each chapter is one function
/// that does one thing, prints what it found, and returns what the last table shows. It runs in a few seconds.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>
#include <vector>

#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/dense.hpp>
#include <pstar/core/random.hpp>
#include <pstar/corruption/replacement.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/margin/flip_frequency.hpp>
#include <pstar/margin/flip_scores.hpp>
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/loss.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>
#include <pstar/ntk/empirical_ntk.hpp>
#include <pstar/scaling/curve/fit.hpp>
#include <pstar/spectrum/spectrum.hpp>
#include <pstar/statistics/prediction_score.hpp>

namespace {

/// What the tour found; each chapter fills in its line.
struct Findings {
    double mean_error = 0;      // measured mean of a corrupted pixel, less the exact one, in standard errors
    double gradient_error = 0;  // of the tape's derivative, against a difference of losses
    pstar::CurveFit knee;       // the fitted curve A(p)
    double auc = 0;             // how well margins rank the images by how often they fail
    double effective_rank = 0;  // of the tangent kernel
};

/// Chapter 1. A pixel x lies in [0, 1]. Corruption replaces it with probability p by a new uniform number u:
///     x' = u with probability p, else x;     E[x'] = p/2 + (1 - p) x.
/// Mean and variance are known exactly. All of pstar's predictions rest on them, so let us check the mean by drawing.
/// Each draw is a pure function of (seed, stream, epoch, sample, position): no generator has a state to be kept.
double corrupt_a_pixel() {
    const pstar::Replacement channel{.p = 0.6};
    const double x = 0.9;
    const std::size_t draws = 100'000;
    const pstar::RandomStream words{pstar::Seed{1}, pstar::Stream::test_noise};
    double sum = 0;
    for (std::size_t i = 0; i < draws; ++i) sum += channel(x, words.word(i));
    const double measured = sum / static_cast<double>(draws);
    const double error = std::sqrt(channel.variance(x) / static_cast<double>(draws));
    std::printf("1. A pixel of %.1f at p = %.1f: its mean is %.4f; %zu draws have mean %.4f, standard error %.4f.\n", x,
                channel.p, channel.mean(x), draws, measured, error);
    return (measured - channel.mean(x)) / error;
}

/// Chapter 2. A network is a function of images and parameters. Here is one without any class: two dense layers,
/// written on a tape, which records each step. The tape then goes back through its record once, and has the derivative
/// of the loss with respect to everything that we called an input.
///     f = W2 relu(W1 x + b1) + b2,     loss = -log softmax(f)_label
double differentiate_by_hand(const pstar::Dataset& images) {
    constexpr std::size_t hidden = 16;
    const std::size_t pixels = images.pixels(), classes = images.classes;
    std::vector<double> w1(hidden * pixels), b1(hidden), w2(classes * hidden), b2(classes), x(pixels);
    pstar::RandomSequence random({pstar::Seed{2}, pstar::Stream::user});
    for (auto& weight : w1) weight = random.normal() / std::sqrt(static_cast<double>(pixels));
    for (auto& weight : w2) weight = random.normal() / std::sqrt(static_cast<double>(hidden));
    for (std::size_t i = 0; i < pixels; ++i) x[i] = images.image(0)[i] / 255.0;

    pstar::Tape<double> tape;
    const auto run = [&] {
        tape.clear();
        const auto weights = tape.input({w1.data(), {hidden, pixels}});
        const auto h =
            activate(dense(tape.constant({x.data(), {1, pixels}}), weights, tape.input({b1.data(), {hidden}})),
                     pstar::Activation::relu);
        const auto f = dense(h, tape.input({w2.data(), {classes, hidden}}), tape.input({b2.data(), {classes}}));
        return std::pair{weights, cross_entropy(f, images.all_labels().first(1))};
    };
    const auto [weights, loss] = run();
    tape.backward(loss);
    const auto gradient = tape.gradient(weights).elements();

    // The same derivative from two values of the loss, for the weight that matters most.
    std::size_t most = 0;
    for (std::size_t i = 0; i < gradient.size(); ++i)
        if (std::abs(gradient[i]) > std::abs(gradient[most])) most = i;
    const double exact = gradient[most], step = 1e-5;
    w1[most] += step;
    const double above = run().second.item();
    w1[most] -= 2 * step;
    const double below = run().second.item();
    const double difference = (above - below) / (2 * step);
    std::printf("2. A network by hand: one of its %zu derivatives is %.8f on the tape, %.8f from two losses.\n",
                gradient.size(), exact, difference);
    return std::abs(exact - difference);
}

/// Chapter 3. The library's networks are the same thing with names. Training draws new noise for each image in each
/// epoch; a seed fixes the initial weights, the order of the images and the noise.
pstar::Mlp<float> trained(const pstar::Dataset& images, double p, std::uint64_t seed) {
    auto net = pstar::mlp<float>({images.pixels(), 32, images.classes}, pstar::Activation::relu, pstar::Seed{seed});
    pstar::train(net, images, pstar::Replacement{.p = p},
                 {.epochs = 4, .batch_size = 32, .optimizer = pstar::Adam{.lr = 2e-3}, .seed = seed});
    return net;
}

/// Chapter 4. Where does accuracy break? Train at each strength p with three seeds, and measure on clean test images.
/// A seed has one whole curve: what makes it a good or a bad seed acts at all strengths at once.
///
/// Chapter 5. A falling curve is fitted,
///     A(p) = lower + (upper - lower) / (1 + exp((p - p*) / w)),
/// lower = 1/10 known: where nothing is left of the image, one guess in ten is right. p* is the knee. Its interval
/// comes from resampling the three seeds: it is the interval of the mean curve of all such seeds.
pstar::CurveFit find_the_knee(const pstar::TrainTest& digits) {
    const std::vector<double> strengths{0, 0.4, 0.6, 0.7, 0.8, 0.85, 0.9, 0.95, 1};
    pstar::SeedCurves curves{.strength = strengths, .accuracy = {}};
    for (const std::uint64_t seed : {1, 2, 3}) {
        auto& curve = curves.accuracy.emplace_back();
        for (const double p : strengths) curve.push_back(pstar::accuracy(trained(digits.train, p, seed), digits.test));
    }
    std::printf("4. Accuracy of three networks at each strength:\n     p   ");
    for (const double p : strengths) std::printf(" %5.2f", p);
    for (std::size_t seed = 0; seed < curves.accuracy.size(); ++seed) {
        std::printf("\n  seed %zu", seed + 1);
        for (const double a : curves.accuracy[seed]) std::printf(" %5.3f", a);
    }
    const auto fit = pstar::fit_curve(curves, {.lower = 0.1, .test_images = digits.test.size()});
    std::printf("\n5. The knee is at p* = %.3f [%.3f, %.3f]. %s\n", fit.p_star.value, fit.p_star.low, fit.p_star.high,
                fit.explanation.c_str());
    return fit;
}

/// Chapter 6. Which images fail? The margin of an image, its label's logit minus the best other one, is positive where
/// the network is right. Corruption changes the margin by about <gradient, x' - x>; mean and variance of that follow
/// from those of the pixels (chapter 1) and the gradient (chapter 2). So each clean image gets a probability to fail,
/// and 50 draws of the noise tell how often it does. The AUC is the chance that of two draws, one a failure and one a
/// success, the failure belongs to the image with the larger probability: 1/2 for guesses, 1 for a perfect order.
double predict_failures(const pstar::Dataset& test, const pstar::Mlp<float>& net) {
    const pstar::Replacement channel{.p = 0.5};
    const auto margins = pstar::margin_report(net, test, channel);
    const auto flips = pstar::flip_frequencies(net, test, channel, {.draws = 50});
    std::vector<double> predicted;
    for (const auto& image : margins.images) predicted.push_back(image.flip_probability);
    const auto score = pstar::score_prediction(predicted, flips);
    double largest = -1;
    std::size_t doubtful = 0;  // the image most likely to fail of those that are right when clean
    for (std::size_t i = 0; i < predicted.size(); ++i)
        if (!margins.images[i].wrong() && predicted[i] > largest) doubtful = i, largest = predicted[i];
    std::printf(
        "6. Image %zu, a %d with margin %.2f, should fail at p = %.1f with probability %.2f; it does in %.0f%%.\n",
        doubtful, int{test.label(doubtful)}, margins.images[doubtful].margin, channel.p, predicted[doubtful],
        100 * flips.frequencies()[doubtful]);
    std::printf("   Margins order failures and successes rightly in %.0f%% of all pairs.\n", 100 * score.auc.value);
    return score.auc.value;
}

/// Chapter 7. How do two images share what is learned from them? The tangent kernel K_ij = <df_i/dtheta, df_j/dtheta>
/// says how much a training step on image j moves the output of image i. Its eigenvalues say how many directions there
/// are: the effective rank is the exponential of their entropy.
double look_at_the_kernel(const pstar::Dataset& test, const pstar::Mlp<float>& net) {
    const auto kernel = pstar::empirical_ntk(net, pstar::take(test, 64), pstar::NtkOutput::true_class);
    const double rank = pstar::spectrum(kernel).effective_rank;
    std::printf("7. The tangent kernel of 64 images has effective rank %.1f.\n\n", rank);
    return rank;
}

}  // namespace

int main() {
    const auto digits = pstar::synthetic_digits({.train = 3'000, .test = 1'000, .seed = 1});
    Findings found;
    found.mean_error = corrupt_a_pixel();
    found.gradient_error = differentiate_by_hand(digits.train);

    const auto net = trained(digits.train, 0.3, 7);
    std::printf("3. A trained network classifies %.1f%% of the clean test images rightly, %.1f%% at p = 0.5.\n",
                100 * pstar::accuracy(net, digits.test),
                100 * pstar::accuracy(net, digits.test, pstar::Replacement{.p = 0.5}));
    found.knee = find_the_knee(digits);
    found.auc = predict_failures(digits.test, net);
    found.effective_rank = look_at_the_kernel(digits.test, net);

    std::printf("%-46s %10s   %s\n", "from a pixel to p*", "", "expected");
    std::printf("%-46s %10.2f   %s\n", "mean of a pixel, off by (standard errors)", found.mean_error, "-3 to 3");
    std::printf("%-46s %10.1e   %s\n", "derivative, off by", found.gradient_error, "below 1e-7");
    std::printf("%-46s %10.3f   %s\n", "knee p*", found.knee.p_star.value, "0.4 to 0.9");
    std::printf("%-46s %10.3f   %s\n", "AUC of the failures that margins predict", found.auc, "above 0.7");
    std::printf("%-46s %10.1f   %s\n", "effective rank of the kernel", found.effective_rank, "1 to 64");

    const bool as_expected = std::abs(found.mean_error) < 3 && found.gradient_error < 1e-7 &&
                             found.knee.p_star.value > 0.4 && found.knee.p_star.value < 0.9 && found.auc > 0.7 &&
                             found.effective_rank > 1 && found.effective_rank <= 64;
    return as_expected ? 0 : 1;
}
