// A margin's probability of flipping needs the variance of each pixel: a channel without it is refused.
// expect: make it a pstar::Channel, with corruption(x, word), mean(x), variance(x)
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/mlp.hpp>

struct Fade {
    double p = 0;

    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t) const {
        return static_cast<Scalar>(1 - p) * x;
    }
    double mean(double x) const { return (1 - p) * x; }
#ifndef PSTAR_WRONG
    double variance(double) const {
        return 0;
    }
#endif
    double strength() const {
        return p;
    }
    void validate() const {}
};

pstar::MarginReport report(const pstar::Mlp<float>& net, const pstar::Dataset& images) {
    return pstar::margin_report(net, images, Fade{0.5});
}
