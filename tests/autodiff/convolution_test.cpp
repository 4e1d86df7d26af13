#include <pstar/autodiff/conv2d.hpp>
#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/pool2d.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/autodiff/reshape.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "catch.hpp"
#include "reference/convolution.hpp"
#include "reference/derivatives.hpp"

namespace convolution_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

namespace {

struct ConvCase {
    Shape image;
    std::size_t out, kernel_h, kernel_w, stride, padding;
    Shape weight() const { return {out, image[1], kernel_h, kernel_w}; }
};

// Square and not, odd sizes, one pixel, one image, stride larger than the kernel, kernel larger than the image but not
// than the padded one, kernel 1, padding wider than the kernel.
const std::vector<ConvCase> convolutions{
    {{1, 1, 1, 1}, 1, 1, 1, 1, 0}, {{2, 3, 1, 1}, 4, 3, 3, 1, 1},  {{1, 2, 5, 7}, 3, 3, 3, 1, 1},
    {{2, 1, 6, 4}, 2, 1, 1, 1, 0}, {{3, 2, 7, 5}, 2, 2, 3, 2, 1},  {{1, 3, 8, 9}, 2, 2, 2, 3, 0},
    {{2, 2, 3, 4}, 2, 5, 5, 1, 1}, {{1, 1, 4, 4}, 17, 3, 3, 1, 1}, {{2, 5, 4, 3}, 1, 4, 1, 2, 2},
    {{1, 2, 3, 3}, 2, 1, 1, 1, 2}, {{1, 2, 10, 3}, 3, 3, 3, 4, 1}, {{2, 1, 2, 2}, 3, 2, 2, 1, 3},
};

reference::Image image_of(const reference::Input& input) {
    const auto& s = input.shape;
    return {s[0], s[1], s[2], s[3], input.values};
}

template <class Scalar>
void check_values(View<const Scalar> ours, const reference::Image& exact, double tolerance) {
    REQUIRE(ours.shape == Shape{exact.n, exact.c, exact.h, exact.w});
    double worst = 0, scale = 1e-300;
    for (std::size_t i = 0; i < exact.values.size(); ++i) {
        worst = std::max(worst, std::abs(static_cast<double>(ours.data[i]) - exact.values[i]));
        scale = std::max(scale, std::abs(exact.values[i]));
    }
    CHECK(worst <= tolerance * scale);
}

}  // namespace

TEST_CASE("convolution: values, against the definition") {
    for (const auto& c : convolutions) {
        CAPTURE(c.image, c.weight(), c.stride, c.padding);
        const auto x = random_input(c.image, 1), w = random_input(c.weight(), 2), b = random_input({c.out}, 3);
        const auto exact = reference::conv2d(image_of(x), image_of(w), b.values, c.stride, c.padding);
        const Conv2dOptions options{.stride = c.stride, .padding = c.padding};
        Tape<double> tape;
        check_values(conv2d(tape.constant(x.view()), tape.constant(w.view()), tape.constant(b.view()), options).value(),
                     exact, 1e-13);
        const auto single = [](const reference::Input& input) {
            return std::vector<float>(input.values.begin(), input.values.end());
        };
        const auto xf = single(x), wf = single(w), bf = single(b);
        Tape<float> tape_f;
        // At most 50 products of order 4 in a sum, each rounded by 6e-8.
        check_values(conv2d(tape_f.constant({xf.data(), x.shape}), tape_f.constant({wf.data(), w.shape}),
                            tape_f.constant({bf.data(), b.shape}), options)
                         .value(),
                     exact, 2e-6);
    }
}

TEST_CASE("convolution: derivatives") {
    for (const auto& c : convolutions) {
        CAPTURE(c.image, c.weight(), c.stride, c.padding);
        const auto f = [&](auto& x) { return conv2d(x[0], x[1], x[2], {.stride = c.stride, .padding = c.padding}); };
        auto x = random_input(c.image, 1);
        check_derivatives(f, {x, random_input(c.weight(), 2), random_input({c.out}, 3)});
        x.differentiable = false;
        check_derivatives(f, {x, random_input(c.weight(), 2), random_input({c.out}, 3)});
    }
    // Reached twice, so that the second contribution is added.
    check_derivatives(
        [](auto& x) { return conv2d(x[0], x[1], x[2]) + conv2d(x[0], x[1], x[2]) * conv2d(x[0], x[1], x[2]); },
        {random_input({2, 2, 4, 3}, 1), random_input({3, 2, 2, 3}, 2), random_input({3}, 3)});
}

TEST_CASE("pooling: values, against the definition") {
    for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{2, 3, 5, 7}, Shape{1, 2, 6, 4}, Shape{3, 1, 9, 3}}) {
        const auto x = random_input(s, 4);
        for (std::size_t kernel = 1; kernel <= std::min<std::size_t>(s[3], 3); ++kernel) {
            for (const std::size_t stride : {0, 1, 2, 5}) {
                CAPTURE(s, kernel, stride);
                const auto step = stride == 0 ? kernel : stride;
                Tape<double> tape;
                const auto input = tape.constant(x.view());
                check_values(max_pool2d(input, {.kernel = kernel, .stride = stride}).value(),
                             reference::pool2d(image_of(x), kernel, step, reference::largest), 0);
                check_values(avg_pool2d(input, {.kernel = kernel, .stride = stride}).value(),
                             reference::pool2d(image_of(x), kernel, step, reference::average), 1e-14);
            }
        }
    }
}

TEST_CASE("pooling and flattening: derivatives") {
    for (const Shape& s : {Shape{1, 1, 1, 1}, Shape{2, 3, 5, 7}, Shape{1, 2, 6, 4}}) {
        for (std::size_t kernel = 1; kernel <= std::min<std::size_t>(s[3], 3); ++kernel) {
            for (const std::size_t stride : {0, 1, 4}) {
                CAPTURE(s, kernel, stride);
                const Pool2dOptions options{.kernel = kernel, .stride = stride};
                // All elements differ by at least 0.01: differences with steps of 0.002 step over no change of winner.
                auto spaced = random_input(s, 5);
                std::vector<std::size_t> order(spaced.values.size());
                std::iota(order.begin(), order.end(), 0U);
                std::ranges::sort(order, {}, [&](std::size_t i) { return spaced.values[i]; });
                for (std::size_t rank = 0; rank < order.size(); ++rank)
                    spaced.values[order[rank]] = 0.01 * static_cast<double>(rank) - 0.3;
                check_derivatives([&](auto& x) { return max_pool2d(x[0], options); }, {spaced});
                check_derivatives([&](auto& x) { return max_pool2d(x[0], options) + max_pool2d(x[0], options); },
                                  {spaced});
                check_derivatives([&](auto& x) { return avg_pool2d(x[0], options); }, {random_input(s, 6)});
            }
        }
        check_derivatives([](auto& x) { return flatten(x[0]); }, {random_input(s, 7)});
    }
    check_derivatives(
        [](auto& x) {
            return reshape(x[0], {2, 1, 3, 2}) * reshape(x[0], {2, 1, 3, 2});
        },
        {random_input({2, 6}, 7)});
}

TEST_CASE("max pooling: the first of equal elements wins, in every mode") {
    const std::vector<double> x{1, 3, 0, 0,  //
                                3, 3, 0, 0};
    const std::vector<double> direction{1, 2, 3, 4, 5, 6, 7, 8};
    Tape<double> tape;
    const auto input = tape.input({x.data(), {1, 1, 2, 4}});
    const auto y = max_pool2d(input);
    CHECK(y.value().data[0] == 3);
    CHECK(y.value().data[1] == 0);
    backward(sum(y));
    const auto g = gradient(input).elements();
    CHECK((std::vector<double>(g.begin(), g.end()) == std::vector<double>{0, 1, 1, 0, 0, 0, 0, 0}));
    tape.set_tangent(input, {direction.data(), {1, 1, 2, 4}});
    tape.forward();
    CHECK(tape.tangent(y).data[0] == 2);
    CHECK(tape.tangent(y).data[1] == 3);
}

TEST_CASE("max pooling: NaN is not lost, wherever it is; infinities are ordinary values") {
    const double nan = std::nan(""), infinity = std::numeric_limits<double>::infinity();
    for (std::size_t place = 0; place < 4; ++place) {
        std::vector<double> x{infinity, 1, 2, -infinity};
        x[place] = nan;
        Tape<double> tape;
        const auto input = tape.input({x.data(), {1, 1, 2, 2}});
        const auto y = max_pool2d(input);
        CHECK(std::isnan(y.value().data[0]));
        backward(y);
        for (std::size_t i = 0; i < 4; ++i) CHECK(gradient(input).data[i] == (i == place ? 1 : 0));
    }
    const std::vector<double> lowest(4, -infinity);
    Tape<double> tape;
    CHECK(max_pool2d(tape.constant({lowest.data(), {1, 1, 2, 2}})).value().data[0] == -infinity);
}

TEST_CASE("convolution and pooling: impossible shapes are refused, and named") {
    const std::vector<double> v(256, 1.0);
    Tape<double> tape;
    const auto tensor = [&](Shape s) { return tape.constant({v.data(), s}); };
    const auto x = tensor({2, 3, 4, 5}), b = tensor({2});
    CHECK_THROWS_WITH(conv2d(x, tensor({2, 4, 3, 3}), b),
                      Catch::Contains("(2, 4, 3, 3)") && Catch::Contains("(2, 3, 4, 5)"));
    CHECK_THROWS_WITH(conv2d(x, tensor({2, 3, 7, 3}), b, {.padding = 1}),
                      Catch::Contains("(7, 3)") && Catch::Contains("(2, 3, 4, 5)") && Catch::Contains("(6, 7)"));
    CHECK_THROWS_WITH(conv2d(x, tensor({2, 3, 3, 3}), b, {.stride = 0}), Catch::Contains("stride (= 0)"));
    CHECK_THROWS_WITH(conv2d(x, tensor({2, 3, 3, 3}), tensor({3})), Catch::Contains("(3)"));
    CHECK_THROWS_AS(conv2d(tensor({2, 60}), tensor({2, 3, 3, 3}), b), std::invalid_argument);
    CHECK_THROWS_AS(conv2d(x, tensor({2, 27}), b), std::invalid_argument);
    CHECK_THROWS_AS(conv2d(x, tensor({2, 3, 0, 3}), b), std::invalid_argument);
    CHECK_THROWS_WITH(max_pool2d(x, {.kernel = 5}), Catch::Contains("(5, 5)") && Catch::Contains("(2, 3, 4, 5)"));
    CHECK_THROWS_WITH(avg_pool2d(x, {.kernel = 0}), Catch::Contains("kernel (= 0)"));
    CHECK_THROWS_AS(max_pool2d(tensor({4, 4})), std::invalid_argument);
    CHECK_THROWS_WITH(reshape(x, {2, 61}), Catch::Contains("(2, 61)"));
}

}  // namespace convolution_test
