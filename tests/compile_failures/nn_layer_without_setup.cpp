// A layer says what its output's shape is.
// expect: layer.setup(setup, shape)
#include <pstar/nn/sequential.hpp>

struct Negate {
#ifndef PSTAR_WRONG
    template <class Scalar>
    pstar::Shape setup(pstar::LayerSetup<Scalar>&, const pstar::Shape& shape) const {
        return shape;
    }
#endif
    template <class Scalar>
    pstar::Variable<Scalar> operator()(pstar::Variable<Scalar> x, pstar::LayerPass<Scalar>&) const {
        return -x;
    }
};

pstar::Layer<float> layer() {
    return pstar::Layer<float>(Negate{});
}
