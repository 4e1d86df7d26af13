#include <algorithm>
#include <memory>
#include <vector>

#include <cblas.h>

#include "mlp_step/step.hpp"

namespace bench {

namespace {

/// The BLAS's own product, row-major, as a user would call it: op(A) (m, k), op(B) (k, n).
void product(bool a_transposed, bool b_transposed, std::size_t m, std::size_t n, std::size_t k, const float* a,
             const float* b, float beta, float* c) {
    const auto op = [](bool transposed) { return transposed ? CblasTrans : CblasNoTrans; };
    const auto size = [](std::size_t extent) { return static_cast<int>(extent); };
    cblas_sgemm(CblasRowMajor, op(a_transposed), op(b_transposed), size(m), size(n), size(k), 1, a,
                size(a_transposed ? m : k), b, size(b_transposed ? k : n), beta, c, size(n));
}

/// One dense layer: X (batch, in), W (out, in), Y (batch, out), and the gradients of each.
struct Layer {
    std::size_t batch, in, out;
    std::vector<float> w = std::vector<float>(in * out, 0.01F), dw = std::vector<float>(in * out);
    std::vector<float> y = std::vector<float>(batch * out), dy = std::vector<float>(batch * out, 0.01F);

    void forward(const float* x) { product(false, true, batch, out, in, x, w.data(), 1, y.data()); }
    void weight_gradient(const float* x) { product(true, false, out, in, batch, dy.data(), x, 0, dw.data()); }
    void input_gradient(float* dx) { product(false, false, batch, in, out, dy.data(), w.data(), 0, dx); }
};

void products_of_a_step(const std::vector<float>& x, std::vector<Layer>& layers) {
    const auto input_of = [&](std::size_t l) { return l == 0 ? x.data() : layers[l - 1].y.data(); };
    for (std::size_t l = 0; l < layers.size(); ++l) layers[l].forward(input_of(l));
    for (std::size_t l = layers.size(); l-- > 0;) {
        if (l > 0) layers[l].input_gradient(layers[l - 1].dy.data());
        layers[l].weight_gradient(input_of(l));
    }
}

}  // namespace

std::function<void(std::size_t)> gemm_calls(std::span<const std::size_t> widths, std::size_t batch) {
    const auto x = std::make_shared<std::vector<float>>(batch * widths[0], 0.5F);
    const auto layers = std::make_shared<std::vector<Layer>>();
    for (std::size_t l = 0; l + 1 < widths.size(); ++l)
        layers->push_back({.batch = batch, .in = widths[l], .out = widths[l + 1]});
    return [x, layers](std::size_t repeats) {
        for (auto& layer : *layers) {  // the forward products add to y: start afresh, so that nothing overflows
            std::ranges::fill(layer.y, 0.0F);
            std::ranges::fill(layer.dy, 0.01F);
        }
        for (std::size_t r = 0; r < repeats; ++r) products_of_a_step(*x, *layers);
    };
}

}  // namespace bench
