// A spatial corruption is given images with their shape.
// expect: or, spatial, apply(View<const Scalar> image, View<Scalar> out, const RandomStream& noise)
#include <pstar/corruption/batch.hpp>

struct Mirror {
    void validate() const {}
    double strength() const { return 1; }
#ifdef PSTAR_WRONG
    template <class Scalar>
    void apply(std::span<const Scalar> image, std::span<Scalar> out, const pstar::RandomStream&) const {
        std::reverse_copy(image.begin(), image.end(), out.begin());
    }
#else
    template <class Scalar>
    void apply(pstar::View<const Scalar> image, pstar::View<Scalar> out, const pstar::RandomStream&) const {
        std::reverse_copy(image.data, image.data + image.size(), out.data);
    }
#endif
};

void fill(pstar::Batch<float>& batch, const pstar::Dataset& data) {
    batch.fill_range(data, 0, data.size(), Mirror{}, {});
}
