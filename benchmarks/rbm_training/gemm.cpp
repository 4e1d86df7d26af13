#include <memory>

#include <cblas.h>

#include "rbm_training/machine.hpp"

namespace bench {

namespace {

struct Products {
    int visible;
    std::vector<float> v0 = half(rbm_batch * static_cast<std::size_t>(visible)), v1 = v0;
    std::vector<float> h0 = half(rbm_batch * rbm_components), h1 = h0;
    std::vector<float> w = std::vector<float>(static_cast<std::size_t>(visible) * rbm_components, 0.01F), dw = w;

    void run() {
        constexpr int batch = rbm_batch, hidden = rbm_components;
        product(CblasNoTrans, CblasNoTrans, batch, hidden, visible, v0, w, 0, h0);
        product(CblasNoTrans, CblasTrans, batch, visible, hidden, h0, w, 0, v1);
        product(CblasNoTrans, CblasNoTrans, batch, hidden, visible, v1, w, 0, h1);
        product(CblasTrans, CblasNoTrans, visible, hidden, batch, v0, h0, 0, dw);
        product(CblasTrans, CblasNoTrans, visible, hidden, batch, v1, h1, 1, dw);
    }

private:
    static std::vector<float> half(std::size_t size) { return std::vector<float>(size, 0.5F); }
    /// C (m, n) <- op(A) op(B) + beta C, row-major, as a user would call the BLAS.
    static void product(CBLAS_TRANSPOSE a_is, CBLAS_TRANSPOSE b_is, int m, int n, int k, const std::vector<float>& a,
                        const std::vector<float>& b, float beta, std::vector<float>& c) {
        cblas_sgemm(CblasRowMajor, a_is, b_is, m, n, k, 1, a.data(), a_is == CblasTrans ? m : k, b.data(),
                    b_is == CblasTrans ? k : n, beta, c.data(), n);
    }
};

}  // namespace

Repeat machine_products(std::size_t visible) {
    return [products = std::make_shared<Products>(Products{static_cast<int>(visible)})](std::size_t repeats) {
        for (std::size_t r = 0; r < repeats; ++r) products->run();
    };
}

}  // namespace bench
