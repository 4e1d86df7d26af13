#include <pstar/autodiff/activation.hpp>
#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/conv_pool.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/reduce.hpp>

#include <cmath>
#include <limits>
#include <vector>

#include "catch.hpp"
#include "reference/derivatives.hpp"

namespace conv_pool_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

namespace {

struct Block {
    Shape image;
    std::size_t out, kernel_h, kernel_w, padding;
    Shape weight() const { return {out, image[1], kernel_h, kernel_w}; }
};

// Channels below, at and above every vector's length; odd sizes, whose last row or column is left out; tiles of every
// width; kernels of 1 to 5, square and not; no padding and more than the kernel needs; Winograd's filtering and sums.
const std::vector<Block> blocks{
    {{1, 1, 2, 2}, 1, 1, 1, 0},   {{2, 1, 1, 1}, 3, 3, 3, 2},    {{3, 1, 9, 7}, 8, 3, 3, 1},
    {{2, 8, 6, 10}, 16, 3, 3, 1}, {{1, 3, 5, 6}, 17, 2, 3, 1},   {{2, 16, 4, 4}, 5, 3, 3, 1},
    {{1, 32, 6, 29}, 4, 3, 3, 1}, {{1, 24, 4, 5}, 33, 1, 1, 0},  {{2, 2, 8, 8}, 9, 5, 5, 2},
    {{1, 40, 5, 5}, 2, 4, 4, 1},  {{1, 130, 4, 4}, 3, 3, 3, 1},  {{1, 2, 40, 3}, 2, 3, 2, 0},
    {{2, 16, 2, 31}, 5, 3, 3, 1}, {{1, 18, 30, 7}, 17, 3, 3, 0}, {{2, 33, 13, 12}, 40, 3, 3, 1},
    {{1, 17, 5, 8}, 3, 3, 3, 2},
};

template <class Scalar>
struct Tensors {
    std::vector<Scalar> x, w, b;
    Block block;
    Tensors(const Block& shape, std::uint64_t seed) : block(shape) {
        const auto copy = [](const reference::Input& input) {
            return std::vector<Scalar>(input.values.begin(), input.values.end());
        };
        x = copy(random_input(shape.image, seed));
        w = copy(random_input(shape.weight(), seed + 1));
        b = copy(random_input({shape.out}, seed + 2));
    }
};

/// Values, gradients and a tangent of a function of (x, w, b), all from one tape.
template <class Scalar, class Function>
std::vector<Scalar> everything(const Tensors<Scalar>& t, const Tensors<Scalar>& direction, const Function& f) {
    Tape<Scalar> tape;
    const auto x = tape.input({t.x.data(), t.block.image}), w = tape.input({t.w.data(), t.block.weight()}),
               b = tape.input({t.b.data(), {t.block.out}});
    const auto y = f(x, w, b);
    std::vector<Scalar> seed(y.shape().size());
    for (std::size_t i = 0; i < seed.size(); ++i) seed[i] = static_cast<Scalar>(i * 7 % 13) - 6;
    tape.backward(y, {seed.data(), y.shape()});
    tape.set_tangent(x, {direction.x.data(), t.block.image});
    tape.set_tangent(w, {direction.w.data(), t.block.weight()});
    tape.set_tangent(b, {direction.b.data(), {t.block.out}});
    tape.forward();
    std::vector<Scalar> all;
    for (const auto& part : {y.value(), gradient(x), gradient(w), gradient(b), tape.tangent(y)})
        all.insert(all.end(), part.data, part.data + part.size());
    return all;
}

template <class Scalar>
void compare(const Block& block, Activation phi, double tolerance) {
    const Tensors<Scalar> t(block, 1), direction(block, 11);
    const auto fused =
        everything(t, direction, [&](auto x, auto w, auto b) { return conv_pool(x, w, b, phi, block.padding); });
    const auto parts = everything(t, direction, [&](auto x, auto w, auto b) {
        return max_pool2d(activate(conv2d(x, w, b, {.padding = block.padding}), phi));
    });
    REQUIRE(fused.size() == parts.size());
    double worst = 0, scale = 1e-300;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const double difference = std::abs(static_cast<double>(fused[i]) - static_cast<double>(parts[i]));
        worst = difference <= worst ? worst : difference;
        scale = std::max(scale, std::abs(static_cast<double>(parts[i])));
    }
    CHECK(worst <= tolerance * scale);
}

}  // namespace

TEST_CASE("a block equals convolution, activation and pooling one after the other") {
    for (const auto& block : blocks) {
        for (std::size_t a = 0; a < activation_names.size(); ++a) {
            CAPTURE(block.image, block.weight(), block.padding, activation_names[a]);
            // Sums of up to 1000 products in another order; a tie within rounding would move a gradient, none is there.
            compare<double>(block, activation_named(activation_names[a]), 1e-13);
            compare<float>(block, activation_named(activation_names[a]), 3e-5);
        }
    }
}

TEST_CASE("a block: derivatives") {
    const std::vector<Block> small{{{2, 2, 5, 4}, 3, 3, 3, 1}, {{1, 1, 2, 2}, 1, 1, 1, 0}, {{1, 8, 4, 4}, 9, 3, 3, 1}};
    for (const auto& block : small) {
        for (const auto phi : {Activation::tanh, Activation::gelu, Activation::square, Activation::linear}) {
            CAPTURE(block.image, block.weight(), to_string(phi));
            // With steps of 2e-6 no winner changes; the differences' rounding, 1e-16/1e-6, stays below the 1e-7 asked.
            const auto f = [&](auto& x) { return conv_pool(x[0], x[1], x[2], phi, block.padding); };
            auto x = random_input(block.image, 1, -0.5, 0.5);
            const auto w = random_input(block.weight(), 2, -0.5, 0.5), b = random_input({block.out}, 3);
            check_derivatives(f, {x, w, b}, 1e-5);
            x.differentiable = false;
            check_derivatives(f, {x, w, b}, 1e-5);
        }
    }
}

TEST_CASE("a block adds to a share of what is in a gradient's buffer, and to a second contribution") {
    const Block block{{2, 8, 6, 4}, 16, 3, 3, 1};
    const Tensors<double> t(block, 1), old(block, 5);
    const auto record = [&](Tape<double>& tape, auto buffer) {
        const double kept = buffer(0) ? 0.9 : 0;
        const auto x = tape.input({t.x.data(), block.image}, buffer(0), kept),
                   w = tape.input({t.w.data(), block.weight()}, buffer(1), kept),
                   b = tape.input({t.b.data(), {block.out}}, buffer(2), kept);
        const auto y = conv_pool(x, w, b, Activation::relu, 1);
        backward(sum(y) + sum(conv_pool(x, w, b, Activation::tanh, 1)));
        return std::array{x, w, b};
    };
    Tape<double> plain, carrying;
    const auto inputs = record(plain, [](std::size_t) -> double* { return nullptr; });
    std::array buffers{old.x, old.w, old.b};
    record(carrying, [&](std::size_t i) { return buffers[i].data(); });
    const std::array before{old.x, old.w, old.b};
    for (std::size_t k = 0; k < 3; ++k)
        for (std::size_t i = 0; i < before[k].size(); ++i)
            CHECK(buffers[k][i] == Approx(0.9 * before[k][i] + gradient(inputs[k]).data[i]).margin(1e-12));
}

TEST_CASE("a block: the first of equal winners takes the derivative, and NaN is not lost") {
    // A kernel of one element 1: the convolution is the image.
    const std::vector<double> one{1}, none{0}, direction{1, 2, 3, 4};
    const auto check = [&](std::vector<double> image, Activation phi, std::size_t winner, double slope) {
        Tape<double> tape;
        const auto x = tape.input({image.data(), {1, 1, 2, 2}});
        const auto y = conv_pool(x, tape.constant({one.data(), {1, 1, 1, 1}}), tape.constant({none.data(), {1}}), phi);
        backward(y);
        for (std::size_t i = 0; i < 4; ++i) CHECK(gradient(x).data[i] == (i == winner ? slope : 0));
        tape.set_tangent(x, {direction.data(), {1, 1, 2, 2}});
        tape.forward();
        CHECK(tape.tangent(y).data[0] == slope * direction[winner]);
        return y.value().data[0];
    };
    CHECK(check({1, 3, 3, 3}, Activation::relu, 1, 1) == 3);
    CHECK(check({-1, -2, -1, 0}, Activation::relu, 0, 0) == 0);  // all zero behind the relu: no slope anywhere
    CHECK(check({2, 2, 2, 2}, Activation::linear, 0, 1) == 2);
    CHECK(check({1, -3, 3, -3}, Activation::square, 1, -6) == 9);
    const double nan = std::nan("");
    for (std::size_t place = 0; place < 4; ++place) {
        std::vector<double> image{1, 2, std::numeric_limits<double>::infinity(), 4};
        image[place] = nan;
        for (const auto phi : {Activation::relu, Activation::linear, Activation::tanh, Activation::gelu}) {
            Tape<double> tape;
            const auto x = tape.constant({image.data(), {1, 1, 2, 2}});
            const auto weight = tape.constant({one.data(), {1, 1, 1, 1}});
            CHECK(std::isnan(conv_pool(x, weight, tape.constant({none.data(), {1}}), phi).item()));
        }
    }
}

TEST_CASE("a block that cannot be is refused") {
    const std::vector<double> v(64, 1.0);
    Tape<double> tape;
    const auto tensor = [&](Shape s) { return tape.constant({v.data(), s}); };
    CHECK_THROWS_WITH(conv_pool(tensor({1, 1, 3, 3}), tensor({2, 1, 3, 3}), tensor({2}), Activation::relu),
                      Catch::Contains("(1, 2, 1, 1)"));
    CHECK_THROWS_WITH(conv_pool(tensor({1, 2, 3, 3}), tensor({2, 1, 3, 3}), tensor({2}), Activation::relu),
                      Catch::Contains("(2, 1, 3, 3)") && Catch::Contains("(1, 2, 3, 3)"));
}

}  // namespace conv_pool_test
