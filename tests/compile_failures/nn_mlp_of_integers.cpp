// Networks are of float or double.
// expect: mlp<Scalar>: Scalar is float (training) or double (checks)
#include <pstar/nn/mlp.hpp>

#ifdef PSTAR_WRONG
using Scalar = int;
#else
using Scalar = double;
#endif

std::size_t inputs() {
    return pstar::mlp<Scalar>({784, 10}, pstar::Activation::relu, pstar::Seed{1}).inputs();
}
