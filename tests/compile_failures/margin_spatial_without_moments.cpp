// Pixels of a block depend on one another: variances of single pixels would predict another accuracy than is measured.
//
// expect: so give it the moments of whole images, mean(image, out) and variance_along(image, direction)
#include <pstar/margin/margin_report.hpp>
#include <pstar/nn/mlp.hpp>

struct Blocks {
    double p = 0;

    void validate() const {}
    double strength() const { return p; }
    template <class Scalar>
    void apply(pstar::View<const Scalar> image, pstar::View<Scalar> out, const pstar::RandomStream& noise) const {
        for (std::size_t i = 0; i < image.size(); ++i)
            out.data[i] = pstar::unit_interval<double>(noise.word(i / 28 / 7 * 4 + i % 28 / 7)) < p ? 0 : image.data[i];
    }
#ifndef PSTAR_WRONG
    void mean(pstar::View<const double> image, pstar::View<double> out) const {
        out.array() = (1 - p) * image.array();
    }
    double variance_along(pstar::View<const double> image, pstar::View<const double> direction) const {
        double change[16] = {}, sum = 0;
        for (std::size_t i = 0; i < image.size(); ++i)
            change[i / 28 / 7 * 4 + i % 28 / 7] += direction.data[i] * image.data[i];
        for (const double c : change) sum += p * (1 - p) * c * c;
        return sum;
    }
#endif
};

pstar::MarginReport report(const pstar::Mlp<float>& net, const pstar::Dataset& images) {
    return pstar::margin_report(net, images, Blocks{0.6});
}
