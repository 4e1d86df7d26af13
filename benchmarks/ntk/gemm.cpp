#include <algorithm>
#include <memory>

#include <cblas.h>

#include "ntk/kernels.hpp"

namespace bench {

namespace {

int size(std::size_t extent) {
    return static_cast<int>(extent);
}

/// C <- the lower half of A A^T, A (rows, columns).
void pairs(std::size_t rows, std::size_t columns, const std::vector<float>& a, std::vector<float>& c) {
    cblas_ssyrk(CblasRowMajor, CblasLower, CblasNoTrans, size(rows), size(columns), 1, a.data(), size(columns), 0,
                c.data(), size(rows));
}
void pairs(std::size_t rows, std::size_t columns, const std::vector<double>& a, std::vector<double>& c) {
    cblas_dsyrk(CblasRowMajor, CblasLower, CblasNoTrans, size(rows), size(columns), 1, a.data(), size(columns), 0,
                c.data(), size(rows));
}

/// One dense layer: X (images, in), W (out, in), the cotangents D (rows, out) of its outputs for every image and class.
struct Layer {
    std::size_t in, out;
    std::vector<float> x, w, d;

    Layer(std::size_t inputs, std::size_t outputs, std::size_t images, std::size_t rows)
        : in(inputs), out(outputs), x(images * in, 0.01F), w(in * out, 0.01F), d(rows * out, 0.01F) {}

    void forward(std::size_t images, float* y) const {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, size(images), size(out), size(in), 1, x.data(), size(in),
                    w.data(), size(in), 0, y, size(out));
    }
    void backward(std::size_t rows, float* dx) const {
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, size(rows), size(in), size(out), 1, d.data(), size(out),
                    w.data(), size(in), 0, dx, size(in));
    }
};

/// Results go nowhere: fed back they would shrink to denormals.
template <class Element>
struct Products {
    struct Factors {
        std::vector<Element> x, d;
    };
    std::size_t images, rows;
    std::vector<Layer> layers;
    std::vector<Factors> factors;
    std::vector<float> y, dx;
    std::vector<Element> of_inputs, of_cotangents;

    Products(std::span<const std::size_t> widths, std::size_t count)
        : images(count),
          rows(count * widths.back()),
          y(images * *std::ranges::max_element(widths)),
          dx(rows * *std::ranges::max_element(widths)),
          of_inputs(images * images),
          of_cotangents(rows * rows) {
        for (std::size_t l = 0; l + 1 < widths.size(); ++l) {
            const auto& layer = layers.emplace_back(widths[l], widths[l + 1], images, rows);
            factors.push_back({{layer.x.begin(), layer.x.end()}, {layer.d.begin(), layer.d.end()}});
        }
    }
    void run() {
        for (const auto& layer : layers) layer.forward(images, y.data());
        for (std::size_t l = 1; l < layers.size(); ++l) layers[l].backward(rows, dx.data());
        for (std::size_t l = 0; l < layers.size(); ++l) {
            pairs(images, layers[l].in, factors[l].x, of_inputs);
            pairs(rows, layers[l].out, factors[l].d, of_cotangents);
        }
    }
};

template <class Element>
std::function<void()> products_in(std::span<const std::size_t> widths, std::size_t images) {
    return [products = std::make_shared<Products<Element>>(widths, images)] { products->run(); };
}

}  // namespace

std::function<void()> kernel_products(std::span<const std::size_t> widths, std::size_t images, bool in_double) {
    return in_double ? products_in<double>(widths, images) : products_in<float>(widths, images);
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
