// What an RBM learns from must fill rows of visible units.
// expect: source.fill(indices, pass, out)
#include <pstar/rbm/train_rbm.hpp>

struct Ones {
    std::size_t size() const { return 100; }
    std::size_t visible() const { return 4; }
#ifndef PSTAR_WRONG
    void fill(std::span<const std::uint32_t>, std::uint32_t, pstar::MatrixMap<float> out) const {
        out.setOnes();
    }
#endif
};

void train(pstar::RbmFit<float>& fit) {
    pstar::train_rbm(fit, Ones{}, {});
}
