#pragma once

#include <cmath>
#include <cstddef>
#include <vector>

#include <pstar/core/blas.hpp>
#include <pstar/core/matrix.hpp>

namespace pstar {

/// The logits' first two moments for one image.
struct LogitLaw {
    Vector<double> mean;        ///< (K)
    Matrix<double> covariance;  ///< (K, K)
};

namespace detail {

/// What is so small that products with it would be subnormal, which cost a processor a hundred times as much, is 0.
template <class Scalar>
Scalar not_subnormal(double value) {
    return std::abs(value) < 1e-30 ? Scalar{0} : static_cast<Scalar>(value);
}

/// law.covariance <- `products` (K, K), made symmetric.
template <class Scalar>
void set_covariance(const std::vector<Scalar>& products, LogitLaw& law) {
    const auto classes = law.mean.size();
    law.covariance.resize(classes, classes);
    for (Eigen::Index k = 0; k < classes; ++k)
        for (Eigen::Index l = 0; l < classes; ++l)
            law.covariance(k, l) = (static_cast<double>(products[static_cast<std::size_t>(k * classes + l)]) +
                                    static_cast<double>(products[static_cast<std::size_t>(l * classes + k)])) /
                                   2;
}

/// Covariances of linear functions of independent numbers; keeps its memory.
template <class Scalar>
class IndependentSums {
public:
    /// law.covariance <- A diag(v) A^T, A (K, size), v (size); K is the length of law.mean.
    void covariance(const Scalar* a, const Scalar* v, std::size_t size, LogitLaw& law) {
        const auto classes = static_cast<std::size_t>(law.mean.size());
        scaled_.resize(classes * size);
        products_.assign(classes * classes, Scalar{0});
        for (std::size_t k = 0; k < classes; ++k)
            for (std::size_t j = 0; j < size; ++j) scaled_[k * size + j] = a[k * size + j] * v[j];
        gemm(Transpose::no, Transpose::yes, classes, classes, size, Scalar{1}, scaled_.data(), a, Scalar{0},
             products_.data());
        set_covariance(products_, law);
    }

private:
    std::vector<Scalar> scaled_, products_;
};

}  // namespace detail
}  // namespace pstar
