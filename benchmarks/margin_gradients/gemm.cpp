#include <algorithm>
#include <memory>

#include <cblas.h>

#include "margin_gradients/gradients.hpp"

namespace bench {

namespace {

/// One dense layer: X (batch, in), W (out, in), Y (batch, out), and the cotangent of Y.
struct Layer {
    std::size_t in, out;
    std::vector<float> w, y, dy;

    Layer(std::size_t batch, std::size_t inputs, std::size_t outputs)
        : in(inputs), out(outputs), w(in * out, 0.01F), y(batch * out, 0.01F), dy(batch * out, 0.01F) {}

    void forward(std::size_t rows, const float* x) { product(CblasTrans, rows, out, in, x, w.data(), y.data()); }
    void backward(std::size_t rows, float* dx) { product(CblasNoTrans, rows, in, out, dy.data(), w.data(), dx); }

private:
    /// C (m, n) <- A (m, k) op(W), row-major, as a user would call the BLAS.
    static void product(CBLAS_TRANSPOSE op, std::size_t m, std::size_t n, std::size_t k, const float* a, const float* b,
                        float* c) {
        const auto size = [](std::size_t extent) { return static_cast<int>(extent); };
        cblas_sgemm(CblasRowMajor, CblasNoTrans, op, size(m), size(n), size(k), 1, a, size(k), b,
                    size(op == CblasTrans ? k : n), 0, c, size(n));
    }
};

struct Products {
    std::vector<float> x, dx;
    std::vector<Layer> layers;

    Products(std::span<const std::size_t> widths, std::size_t batch)
        : x(batch * widths[0], 0.5F), dx(batch * widths[0]) {
        for (std::size_t l = 0; l + 1 < widths.size(); ++l) layers.emplace_back(batch, widths[l], widths[l + 1]);
    }
    void run(std::size_t rows) {
        for (std::size_t l = 0; l < layers.size(); ++l)
            layers[l].forward(rows, l == 0 ? x.data() : layers[l - 1].y.data());
        for (std::size_t l = layers.size(); l-- > 0;)
            layers[l].backward(rows, l == 0 ? dx.data() : layers[l - 1].dy.data());
    }
};

}  // namespace

Repeat gradient_products(std::span<const std::size_t> widths, std::size_t images, std::size_t batch) {
    return [products = std::make_shared<Products>(widths, batch), images, batch](std::size_t repeats) {
        for (std::size_t r = 0; r < repeats; ++r) {
            for (auto& layer : products->layers) std::ranges::fill(layer.dy, 0.01F);  // or they shrink to denormals
            for (std::size_t first = 0; first < images; first += batch) products->run(std::min(batch, images - first));
        }
    };
}

}  // namespace bench
