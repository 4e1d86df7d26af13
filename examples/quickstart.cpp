#include <cstdio>

#include <pstar/corruption.hpp>
#include <pstar/data.hpp>
#include <pstar/margin.hpp>
#include <pstar/nn.hpp>
#include <pstar/ntk.hpp>
#include <pstar/spectrum.hpp>

int main() {
    const auto digits = pstar::synthetic_digits({.train = 20'000, .test = 5'000, .seed = 1});
    const pstar::Replacement channel{.p = 0.9};

    auto net = pstar::mlp<float>({784, 256, 256, 10}, pstar::Activation::relu, pstar::Seed{7});
    pstar::train(net, digits.train, channel, {.epochs = 5, .batch_size = 128, .optimizer = pstar::Adam{.lr = 1e-3}});

    const double a = pstar::accuracy(net, digits.test);                    // A(p), clean test
    const auto margins = pstar::margin_report(net, digits.test, channel);  // gamma, E and sd of its change, P(flip)
    const auto kernel = pstar::empirical_ntk(net, pstar::take(digits.test, 64), pstar::NtkOutput::true_class);
    const auto spec = pstar::spectrum(kernel);  // eigenvalues, entropy, effective_rank

    std::printf("A(0.9) = %.3f on clean test images, %.3f on corrupted ones, %.3f predicted from margins\n", a,
                pstar::accuracy(net, digits.test, channel), margins.predicted_accuracy());
    std::printf("tangent kernel of 64 images: effective rank %.1f\n", spec.effective_rank);
}
