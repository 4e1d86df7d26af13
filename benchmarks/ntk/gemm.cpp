#include <algorithm>
#include <memory>

#include <cblas.h>

#include "ntk/kernels.hpp"

namespace bench {

namespace {

int size(std::size_t extent) {
    return static_cast<int>(extent);
}

/// One dense layer: X (images, in), W (out, in), the cotangents D (rows, out) of its outputs for every image and class.
struct Layer {
    std::size_t in, out;
    std::vector<float> x, w, d, of_inputs, of_cotangents;

    Layer(std::size_t inputs, std::size_t outputs, std::size_t images, std::size_t rows)
        : in(inputs),
          out(outputs),
          x(images * in, 0.01F),
          w(in * out, 0.01F),
          d(rows * out, 0.01F),
          of_inputs(images * images),
          of_cotangents(rows * rows) {}

    void forward(std::size_t images, float* y) const {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size(images), size(out), size(in), 1, x.data(), size(in),
                    w.data(), size(in), 0, y, size(out));
    }
    void backward(std::size_t rows, float* dx) const {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(rows), size(in), size(out), 1, d.data(), size(out),
                    w.data(), size(in), 0, dx, size(in));
    }
    void pairs(std::size_t images, std::size_t rows) {
        cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, size(images), size(in), 1, x.data(), size(in), 0,
                    of_inputs.data(), size(images));
        cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, size(rows), size(out), 1, d.data(), size(out), 0,
                    of_cotangents.data(), size(rows));
    }
};

struct Products {
    std::size_t images, rows;
    std::vector<Layer> layers;
    std::vector<float> y, dx;  // results that go nowhere: fed back they would shrink to denormals

    Products(std::span<const std::size_t> widths, std::size_t count) : images(count), rows(count * widths.back()) {
        std::size_t widest = 0;
        for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
            layers.emplace_back(widths[l], widths[l + 1], images, rows);
            widest = std::max(widest, widths[l + 1]);
        }
        y.resize(images * widest);
        dx.resize(rows * widest);
    }
    void run() {
        for (const auto& layer : layers) layer.forward(images, y.data());
        for (std::size_t l = 1; l < layers.size(); ++l) layers[l].backward(rows, dx.data());
        for (auto& layer : layers) layer.pairs(images, rows);
    }
};

}  // namespace

std::function<void()> kernel_products(std::span<const std::size_t> widths, std::size_t images) {
    return [products = std::make_shared<Products>(widths, images)] { products->run(); };
}

double kernel_operations(std::span<const std::size_t> widths, std::size_t images) {
    const auto n = static_cast<double>(images), rows = n * static_cast<double>(widths.back());
    double sum = 0;
    for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
        const auto in = static_cast<double>(widths[l]), out = static_cast<double>(widths[l + 1]);
        sum += 2 * n * in * out + (l > 0 ? 2 * rows * in * out : 0) + n * n * in + rows * rows * out;
    }
    return sum;
}

}  // namespace bench
