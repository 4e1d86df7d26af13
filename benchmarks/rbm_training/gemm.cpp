#include <memory>

#include <cblas.h>

#include "rbm_training/machine.hpp"

namespace bench {

namespace {

/// C (m, n) <- op(A) op(B) + beta C, row-major, as a user would call the BLAS.
void product(CBLAS_TRANSPOSE a_is, CBLAS_TRANSPOSE b_is, int m, int n, int k, const float* a, const float* b,
             float beta, float* c) {
    cblas_sgemm(CblasRowMajor, a_is, b_is, m, n, k, 1, a, a_is == CblasTrans ? m : k, b, b_is == CblasTrans ? k : n,
                beta, c, n);
}

struct Products {
    int visible;
    std::size_t sweeps;
    std::vector<float> v0 = half(rbm_batch * static_cast<std::size_t>(visible)), v1 = v0;
    std::vector<float> h0 = half(rbm_batch * rbm_components), h1 = h0;
    std::vector<float> w = std::vector<float>(static_cast<std::size_t>(visible) * rbm_components, 0.01F), dw = w;

    void run() {
        constexpr int batch = rbm_batch, hidden = rbm_components;
        product(CblasNoTrans, CblasNoTrans, batch, hidden, visible, v0.data(), w.data(), 0, h0.data());
        for (std::size_t k = 0; k < sweeps; ++k) {
            product(CblasNoTrans, CblasTrans, batch, visible, hidden, h1.data(), w.data(), 0, v1.data());
            product(CblasNoTrans, CblasNoTrans, batch, hidden, visible, v1.data(), w.data(), 0, h1.data());
        }
        product(CblasTrans, CblasNoTrans, visible, hidden, batch, v0.data(), h0.data(), 0, dw.data());
        product(CblasTrans, CblasNoTrans, visible, hidden, batch, v1.data(), h1.data(), 1, dw.data());
    }

private:
    static std::vector<float> half(std::size_t size) { return std::vector<float>(size, 0.5F); }
};

}  // namespace

Repeat machine_products(std::size_t visible, std::size_t sweeps) {
    return [products = std::make_shared<Products>(Products{static_cast<int>(visible), sweeps})](std::size_t repeats) {
        for (std::size_t r = 0; r < repeats; ++r) products->run();
    };
}

Repeat feature_product(const pstar::Matrix<float>& rows) {
    const auto hidden = static_cast<Eigen::Index>(rbm_components);
    return [&rows, w = pstar::Matrix<float>(pstar::Matrix<float>::Constant(rows.cols(), hidden, 0.01F)),
            a = std::make_shared<pstar::Matrix<float>>(rows.rows(), hidden)](std::size_t repeats) {
        for (std::size_t r = 0; r < repeats; ++r)
            product(CblasNoTrans, CblasNoTrans, static_cast<int>(rows.rows()), static_cast<int>(hidden),
                    static_cast<int>(rows.cols()), rows.data(), w.data(), 0, a->data());
    };
}

}  // namespace bench
