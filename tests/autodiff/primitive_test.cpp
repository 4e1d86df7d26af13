#include <pstar/autodiff/elementwise.hpp>
#include <pstar/autodiff/matmul.hpp>
#include <pstar/autodiff/reduce.hpp>
#include <pstar/autodiff/softmax.hpp>
#include <pstar/autodiff/tape.hpp>

#include <functional>
#include <vector>

#include "catch.hpp"
#include "reference/derivatives.hpp"

namespace primitive_test {

using namespace pstar;
using reference::check_derivatives;
using reference::random_input;

namespace {
const std::vector<Shape> shapes{{1, 1}, {1, 7}, {5, 1}, {3, 4}, {7, 13}, {2, 3, 2, 2}, {6}};
}

TEST_CASE("elementwise primitives") {
    for (const auto& s : shapes) {
        CAPTURE(s);
        check_derivatives([](auto& x) { return x[0] + x[1]; }, {random_input(s, 1), random_input(s, 2)});
        check_derivatives([](auto& x) { return x[0] - x[1]; }, {random_input(s, 1), random_input(s, 2)});
        check_derivatives([](auto& x) { return x[0] * x[1]; }, {random_input(s, 1), random_input(s, 2)});
        check_derivatives([](auto& x) { return x[0] / x[1]; }, {random_input(s, 1), random_input(s, 2, 0.5, 2)});
        check_derivatives([](auto& x) { return -(2.5 * x[0]) + 0.7; }, {random_input(s, 1)});
        check_derivatives([](auto& x) { return exp(x[0]); }, {random_input(s, 1)});
        check_derivatives([](auto& x) { return log(x[0]); }, {random_input(s, 1, 0.5, 3)});
        check_derivatives([](auto& x) { return sqrt(x[0]); }, {random_input(s, 1, 0.5, 3)});
    }
}

TEST_CASE("reductions") {
    for (const auto& s : shapes) {
        CAPTURE(s);
        check_derivatives([](auto& x) { return sum(x[0]); }, {random_input(s, 1)});
        check_derivatives([](auto& x) { return mean(x[0]); }, {random_input(s, 1)});
        check_derivatives([](auto& x) { return row_sum(x[0]); }, {random_input(s, 1)});
    }
    const std::vector<Label> labels{2, 0, 1, 3, 3};
    check_derivatives([&](auto& x) { return pick(x[0], labels); }, {random_input({5, 4}, 1)});
    check_derivatives([&](auto& x) { return max_except(x[0], labels); }, {random_input({5, 4}, 1)});
}

TEST_CASE("matrix product") {
    for (const auto& [m, k, n] : std::vector<std::array<std::size_t, 3>>{{1, 1, 1}, {1, 5, 1}, {4, 3, 2}, {7, 11, 5}}) {
        CAPTURE(m, k, n);
        check_derivatives([](auto& x) { return matmul(x[0], x[1]); },
                          {random_input({m, k}, 1), random_input({k, n}, 2)});
    }
}

TEST_CASE("softmax and log-softmax") {
    for (const Shape& s : {Shape{1, 1}, Shape{1, 10}, Shape{6, 3}, Shape{5, 17}}) {
        CAPTURE(s);
        check_derivatives([](auto& x) { return softmax(x[0]); }, {random_input(s, 1)});
        check_derivatives([](auto& x) { return log_softmax(x[0]); }, {random_input(s, 1)});
    }
    Tape<double> tape;
    const std::vector<double> huge{1e5, -1e5, 0, 1e5};
    const auto y = log_softmax(tape.constant({huge.data(), {1, 4}})).value();
    CHECK(y.data[0] == Approx(-std::log(2)));
    CHECK(y.data[1] == Approx(-2e5));
    for (const double v : y.elements()) CHECK(std::isfinite(v));
}

TEST_CASE("compositions: a value used several times, shared and constant inputs") {
    check_derivatives([](auto& x) { return x[0] * x[0]; }, {random_input({3, 2}, 1)});
    check_derivatives(
        [](auto& x) {
            const auto a = matmul(x[0], x[1]);
            const auto b = exp(0.3 * a) * a;
            return sum(b / (a * a + 1.0)) + mean(x[0]) * sum(x[1]);
        },
        {random_input({3, 2}, 1), random_input({2, 4}, 2)});
    auto constant = random_input({3, 2}, 1);
    constant.differentiable = false;
    check_derivatives([](auto& x) { return x[0] * x[1] - x[0]; }, {constant, random_input({3, 2}, 2)});
    check_derivatives([](auto& x) { return matmul(x[0], matmul(x[0], x[1])); },
                      {random_input({3, 3}, 1), random_input({3, 1}, 2)});
    // A margin-like score and a soft one, as a user would compose them.
    const std::vector<Label> labels{1, 0};
    check_derivatives([&](auto& x) { return sum(pick(x[0], labels) - max_except(x[0], labels)); },
                      {random_input({2, 5}, 3)});
    check_derivatives([&](auto& x) { return pick(log_softmax(x[0]), labels) - pick(softmax(x[0]), labels); },
                      {random_input({2, 5}, 3)});
}

TEST_CASE("ties: the first of equal runner_ups takes the derivative") {
    Tape<double> tape;
    const std::vector<double> z{1, 5, 5, 5};
    const std::vector<Label> labels{1};
    const auto x = tape.input({z.data(), {1, 4}});
    backward(sum(max_except(x, labels)));
    const auto g = gradient(x);
    CHECK(g.data[1] == 0);
    CHECK(g.data[2] == 1);
    CHECK(g.data[3] == 0);
}

TEST_CASE("a tape can be swept again, for other outputs, seeds and directions") {
    Tape<double> tape;
    const std::vector<double> a{2, 3}, direction{1, 0};
    const auto x = tape.input({a.data(), {2}});
    const auto y = x * x, s = sum(y), unrelated = sum(exp(x));
    backward(s);
    CHECK(gradient(x).data[1] == 6);
    backward(unrelated);
    CHECK(gradient(x).data[0] == Approx(std::exp(2)));
    CHECK(gradient(y).data[0] == 0);  // exp(x) does not pass through y
    backward(s);
    CHECK(gradient(x).data[0] == 4);
    tape.set_tangent(x, {direction.data(), {2}});
    tape.forward();
    CHECK(tape.tangent(s).data[0] == 4);
    CHECK(tape.tangent(y).data[1] == 0);

    std::vector<double> own(2, 99);
    tape.clear();
    const auto bound = tape.input({a.data(), {2}}, own.data());
    const auto other = tape.input({a.data(), {2}});
    backward(sum(bound * other));
    CHECK(own == a);
    backward(sum(other));
    CHECK(own == std::vector<double>{0, 0});
}

TEST_CASE("an input may carry a share of its buffer over: momentum") {
    const auto a = random_input({3, 4}, 1), b = random_input({4, 2}, 2), old = random_input({3, 4}, 3);
    const std::vector<Label> labels{0, 3, 1};
    const std::vector<std::function<Variable<double>(Variable<double>, Variable<double>)>> scores{
        [](auto x, auto y) { return sum(matmul(x, y)); },
        [](auto x, auto) { return sum(x * x + exp(x)); },
        [&](auto x, auto) { return sum(pick(x, labels) - max_except(x, labels)); },
        [](auto x, auto) { return sum(softmax(x) * log_softmax(x)); },
        [](auto x, auto) { return sum(row_sum(x)); },
        [](auto, auto y) { return sum(y); }};
    for (const auto& score : scores) {
        Tape<double> plain, carrying;
        const auto x = plain.input(a.view());
        backward(score(x, plain.input(b.view())));
        auto buffer = old.values;
        const auto z = carrying.input(a.view(), buffer.data(), 0.9);
        backward(score(z, carrying.input(b.view())));
        for (std::size_t i = 0; i < buffer.size(); ++i)
            CHECK(buffer[i] == Approx(0.9 * old.values[i] + gradient(x).data[i]).margin(1e-14));
    }
}

TEST_CASE("misuse is named") {
    Tape<double> tape, second;
    const std::vector<double> v{1, 2, 3, 4};
    const auto x = tape.input({v.data(), {2, 2}}), c = tape.constant({v.data(), {2, 2}});
    CHECK_THROWS_WITH(x + tape.input({v.data(), {4}}), Catch::Contains("(4)") && Catch::Contains("broadcasting"));
    CHECK_THROWS_AS(tape.backward(x), std::invalid_argument);
    CHECK_THROWS_AS(tape.backward(sum(c)), std::invalid_argument);
    CHECK_THROWS_AS(tape.gradient(c), std::invalid_argument);
    CHECK_THROWS_AS(second.value(x), std::invalid_argument);
    CHECK_THROWS_AS(matmul(x, tape.input({v.data(), {1, 4}})), std::invalid_argument);
    const std::vector<Label> labels{0, 7};
    CHECK_THROWS_WITH(pick(x, labels), Catch::Contains("7"));
}

}  // namespace primitive_test
