// An activation function of your own has a derivative.
// expect: ActivationFunction
#include <pstar/autodiff/activation_function.hpp>

struct Cube {
    template <class Scalar>
    static Scalar value(Scalar x) {
        return x * x * x;
    }
#ifndef PSTAR_WRONG
    template <class Scalar>
    static Scalar derivative(Scalar x) {
        return 3 * x * x;
    }
#endif
};

pstar::Variable<float> cubed(pstar::Variable<float> x) {
    return pstar::activate(x, Cube{});
}
