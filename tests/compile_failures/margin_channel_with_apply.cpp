// All members of a channel, and an `apply` that makes whole blocks black: not a channel, or the report would be that of
// independent pixels.
// expect: make it a pstar::Channel, with corruption(x, word), mean(x), variance(x), and without a member `apply`
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/mlp.hpp>

struct Blocks {
    double p = 0;

    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t word) const {
        return pstar::unit_interval<double>(word) < p ? 0 : x;
    }
    double mean(double x) const { return (1 - p) * x; }
    double variance(double x) const { return p * (1 - p) * x * x; }
    double strength() const { return p; }
    void validate() const {}
#ifdef PSTAR_WRONG
    template <class Pixel, class Scalar>
    void apply(std::span<const Pixel> pixels, std::span<Scalar> out, const pstar::RandomStream& noise) const {
        for (std::size_t i = 0; i < pixels.size(); ++i)
            out[i] = (*this)(static_cast<Scalar>(pixels[i]), noise.word(i / 28 / 7 * 4 + i % 28 / 7));
    }
#endif
};

pstar::MarginReport report(const pstar::Mlp<float>& net, const pstar::Dataset& images) {
    return pstar::margin_report(net, images, Blocks{0.6});
}
