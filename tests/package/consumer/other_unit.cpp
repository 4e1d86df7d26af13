#include <pstar/pstar.hpp>

// xtensor-blas declares CBLAS in a way that <cblas.h> does not bear; pstar goes with either.
#if __has_include(<xtensor-blas/xlinalg.hpp>)
#include <xtensor-blas/xlinalg.hpp>
#endif

double product_of_sums(const pstar::Tensor<double, 2>& tensor) {
    const auto matrix = pstar::as_matrix(tensor);
    const pstar::Matrix<double> ones = pstar::Matrix<double>::Ones(matrix.rows(), matrix.cols());
    pstar::Matrix<double> product(matrix.rows(), matrix.rows());
    const auto rows = static_cast<std::size_t>(matrix.rows()), columns = static_cast<std::size_t>(matrix.cols());
    pstar::gemm(pstar::Transpose::no, pstar::Transpose::yes, rows, rows, columns, 1.0, matrix.data(), ones.data(), 0.0,
                product.data());
    return product(0, 0);
}
