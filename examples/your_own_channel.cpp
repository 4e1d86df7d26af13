/// A corruption of your own: any type with these members is a channel, for training, evaluation and sweeps.
#include <cstdint>
#include <cstdio>

#include <pstar/corruption/channel.hpp>
#include <pstar/data/synthetic.hpp>
#include <pstar/nn/evaluate.hpp>
#include <pstar/nn/mlp.hpp>
#include <pstar/nn/train.hpp>

/// Dropped pixels: x' = 0 with probability q, else x.   E[x'] = (1-q) x,  Var[x'] = q (1-q) x^2
struct Dropout {
    double q = 0;

    void validate() const { pstar::require(q >= 0 && q <= 1, "Dropout", "q", q, "lie in [0, 1]"); }
    double strength() const { return q; }
    double mean(double x) const { return (1 - q) * x; }
    double variance(double x) const { return q * (1 - q) * x * x; }

    /// A pure function of the pixel and one random word: nothing else may be random.
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return pstar::select(pstar::Chance(q).mask(word), Scalar{0}, x);
    }
};
static_assert(pstar::Channel<Dropout>);

int main() {
    const auto digits = pstar::synthetic_digits({.train = 4'000, .test = 2'000});
    std::printf("   q   accuracy on dropped pixels\n");
    for (const double q : {0.0, 0.5, 0.9}) {
        const Dropout channel{.q = q};
        auto net = pstar::mlp<float>({digits.train.pixels(), 64, 10}, pstar::Activation::relu, pstar::Seed{1});
        pstar::train(net, digits.train, channel, {.epochs = 4, .batch_size = 32});
        std::printf("%5.2f  %.3f\n", q, pstar::accuracy(net, digits.test, channel));
    }
}
