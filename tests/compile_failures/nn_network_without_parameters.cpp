// A network must show its parameters.
// expect: net.parameters()
#include <pstar/autodiff/dense.hpp>
#include <pstar/nn/network.hpp>

class Linear {
public:
    using scalar_type = float;

    Linear() { weights_.add("weight", {10, 784}); }
    pstar::Variable<float> operator()(pstar::Variable<float> x, const pstar::Leaves<float>& leaves) const {
        return pstar::dense(x, leaves[0], leaves[0]);
    }
    std::size_t inputs() const { return 784; }
    std::size_t outputs() const { return 10; }
#ifndef PSTAR_WRONG
    const pstar::Parameters<float>& parameters() const {
        return weights_;
    }
    pstar::Parameters<float>& parameters() {
        return weights_;
    }
#endif

private:
    pstar::Parameters<float> weights_;
};

template <pstar::Network Net>
std::size_t inputs_of(const Net& net) {
    return net.inputs();
}

std::size_t inputs() {
    return inputs_of(Linear());
}
