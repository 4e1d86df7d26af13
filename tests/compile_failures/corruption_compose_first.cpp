// The first channel of a composition must offer integrals over its law.
// expect: the first channel must offer expect(x, f, kinks)
#include <pstar/corruption/additive.hpp>
#include <pstar/corruption/compose.hpp>
#include <pstar/corruption/replacement.hpp>

struct Invert {
    template <class Scalar>
    Scalar operator()(Scalar x, std::uint32_t) const {
        return Scalar{1} - x;
    }
    double mean(double x) const { return 1 - x; }
    double variance(double) const { return 0; }
    double strength() const { return 1; }
    void validate() const {}
};

double mean_of_both() {
#ifdef PSTAR_WRONG
    return pstar::Compose{Invert{}, pstar::Replacement{.p = 0.5}}.mean(0.25);
#else
    return pstar::Compose{pstar::Replacement{.p = 0.5}, Invert{}}.mean(0.25);
#endif
}
