// One file and one command, without CMake: data, a product of our own and one of the BLAS.
#include <cstdio>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/data/synthetic.hpp>

template <class Scalar>
Scalar product() {
    const std::vector<Scalar> a{1, 2, 3, 4};
    std::vector<Scalar> c(4);
    pstar::gemm<Scalar>(pstar::Transpose::no, pstar::Transpose::no, 2, 2, 2, 1, a.data(), a.data(), 0, c.data());
    return c[3];
}

int main() {
    const auto digits = pstar::synthetic_digits({.train = 20, .test = 10, .seed = 1});
    std::printf("%zu digits; %g %g\n", digits.train.size(), static_cast<double>(product<float>()), product<double>());
    return product<float>() == 22 && product<double>() == 22 ? 0 : 1;
}
