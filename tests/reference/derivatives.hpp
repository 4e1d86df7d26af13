#pragma once

#include <cmath>
#include <cstddef>
#include <functional>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/random.hpp>

#include "catch.hpp"

/// Oracles for derivatives: five-point central differences and the duality of the two modes, in double.
namespace reference {

struct Input {
    pstar::Shape shape;
    std::vector<double> values;
    bool differentiable = true;
    pstar::View<const double> view() const { return {values.data(), shape}; }
};

inline Input random_input(pstar::Shape shape, std::uint64_t seed, double low = -2, double high = 2) {
    pstar::RandomSequence next({pstar::Seed{seed}});
    Input input{shape, std::vector<double>(shape.size())};
    for (double& v : input.values) v = next.uniform(low, high);
    return input;
}

using Function = std::function<pstar::Variable<double>(const std::vector<pstar::Variable<double>>&)>;

inline std::vector<pstar::Variable<double>> record(pstar::Tape<double>& tape, const std::vector<Input>& inputs) {
    std::vector<pstar::Variable<double>> x;
    for (const auto& input : inputs)
        x.push_back(input.differentiable ? tape.input(input.view()) : tape.constant(input.view()));
    return x;
}

/// <u, f(inputs)>
inline double weighted(const Function& f, const std::vector<Input>& inputs, const std::vector<double>& u) {
    pstar::Tape<double> tape;
    const auto y = f(record(tape, inputs)).value();
    double sum = 0;
    for (std::size_t i = 0; i < u.size(); ++i) sum += u[i] * y.data[i];
    return sum;
}

/// Every partial derivative of <u, f> for a random u: reverse mode against differences to 1e-7 of the largest, and
/// <u, J v> = <J^T u, v> to 1e-12 for a random direction v. The differences have error h^4 f^(5)/30 + eps f/h ~ 1e-12.
inline void check_derivatives(const Function& f, std::vector<Input> inputs, double h = 1e-3) {
    pstar::Tape<double> tape;
    const auto x = record(tape, inputs);
    const auto y = f(x);
    const auto u = random_input(y.shape(), 991, -1, 1);
    tape.backward(y, u.view());

    double inner_reverse = 0, scale = 1e-300, worst = 0;
    std::vector<Input> directions;
    for (std::size_t k = 0; k < inputs.size(); ++k) {
        directions.push_back(random_input(inputs[k].shape, 17 + k, -1, 1));
        if (!inputs[k].differentiable) continue;
        const auto g = tape.gradient(x[k]);
        for (std::size_t i = 0; i < inputs[k].values.size(); ++i) {
            const double centre = inputs[k].values[i];
            const auto at = [&](double shift) {
                inputs[k].values[i] = centre + shift;
                return weighted(f, inputs, u.values);
            };
            const double difference = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h);
            inputs[k].values[i] = centre;
            worst = std::max(worst, std::abs(difference - g.data[i]));
            scale = std::max(scale, std::abs(difference));
            inner_reverse += g.data[i] * directions[k].values[i];
        }
        tape.set_tangent(x[k], directions[k].view());
    }
    CHECK(worst <= 1e-7 * scale);

    tape.forward();
    const auto t = tape.tangent(y);
    double inner_forward = 0, size = 1e-300;
    for (std::size_t i = 0; i < u.values.size(); ++i) {
        inner_forward += u.values[i] * t.data[i];
        size += std::abs(u.values[i] * t.data[i]);
    }
    CHECK(std::abs(inner_forward - inner_reverse) <= 1e-12 * std::max(size, std::abs(inner_reverse)));
}

}  // namespace reference
