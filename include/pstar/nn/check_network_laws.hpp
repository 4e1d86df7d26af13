#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <set>
#include <sstream>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>
#include <pstar/nn/network.hpp>

namespace pstar {

/// What `check_network_laws` tries.
struct NetworkLawOptions {
    std::size_t samples = 4;   ///< images in a batch, at least 2
    double step = 1e-5;        ///< of the finite differences, along directions of numbers in [-1, 1)
    double difference = 1e-6;  ///< allowed between a derivative and its finite difference, as a share of sum |g_i v_i|
    double rounding = 1e-10;   ///< allowed where only rounding differs, as a share of the terms of a sum
    Seed seed = {1};           ///< of networks, images and directions

    void validate() const {
        require(samples >= 2, "NetworkLawOptions", "samples", samples, "be at least 2");
        for (const auto& [name, value] : {std::pair{"step", step}, {"difference", difference}, {"rounding", rounding}})
            require(value > 0 && value < 1, "NetworkLawOptions", name, value, "lie in (0, 1)");
    }
};

namespace detail {

/// The laws for one network; `violations()` says which do not hold.
template <Network Net>
class NetworkLaws {
public:
    NetworkLaws(Net net, Net other, const NetworkLawOptions& options)
        : net_(std::move(net)), other_(std::move(other)), options_(options) {}

    void check() {
        for (const auto& [name, scale] : {std::pair{"zero", 0.0}, {"tiny", 1e-8}, {"random", 1.0}}) {
            images_ = numbers(options_.samples * net_.inputs(), 0, scale);
            check_derivatives(std::string("at ") + name + " images, in evaluation, ", Mode::evaluation);
            check_batch_split(name);
        }
        if constexpr (HasTrainingMode<Net>) check_derivatives("at random images, in training, ", Mode::training);
        if (!smooth_)
            say("no image was found at which the network is smooth: its derivatives were not compared with "
                "differences");
        check_evaluation_changes_nothing();
        check_saved();
    }
    std::vector<std::string> violations() const { return violations_; }

private:
    using Values = std::vector<double>;
    enum class Mode { evaluation, training };

    template <class... Parts>
    void say(const Parts&... parts) {
        std::ostringstream text;
        text.precision(10);
        (text << ... << parts);
        violations_.push_back(text.str());
    }
    Values numbers(std::size_t size, double low, double high) {
        RandomSequence next({options_.seed, Stream::user, 0, draw_++});
        Values result(size);
        for (double& x : result) x = next.uniform(low, high);
        return result;
    }
    static double dot(const Values& a, const Values& b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
        return sum;
    }
    static double size_of_terms(const Values& a, const Values& b) {
        double sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i) sum += std::abs(a[i] * b[i]);
        return sum;
    }
    static Values copy(View<const double> view) { return {view.data, view.data + view.size()}; }
    static std::vector<Values> saved(const Net& net) {
        std::vector<Values> result;
        for (const auto& tensor : net.parameters().named())
            result.emplace_back(tensor.values.begin(), tensor.values.end());
        return result;
    }
    View<const double> batch(const Values& images) const {
        return {images.data(), {images.size() / net_.inputs(), net_.inputs()}};
    }
    Variable<double> logits(Net& net, Variable<double> x, const Leaves<double>& leaves, Mode mode) const {
        if (mode == Mode::training) return training_logits(net, x, leaves, {.seed = options_.seed});
        return std::as_const(net)(x, leaves);
    }
    Values evaluate(const Net& net, const Values& images) const {
        Tape<double> tape;
        return copy(net(tape.constant(batch(images)), net.parameters().record_constant(tape)).value());
    }
    /// The logits for images + t v and parameters + t w, of a copy of the network.
    Values shifted(Mode mode, double t, const Values& v, const Values& w) const {
        Net net = net_;
        auto images = images_;
        for (std::size_t i = 0; i < v.size(); ++i) images[i] += t * v[i];
        for (std::size_t i = 0; i < w.size(); ++i) net.parameters().values()[i] += t * w[i];
        Tape<double> tape;
        return copy(logits(net, tape.constant(batch(images)), net.parameters().record_constant(tape), mode).value());
    }

    void check_derivatives(const std::string& where, Mode mode) {
        Net net = net_;
        Tape<double> tape;
        const auto x = tape.input(batch(images_));
        Values gradients(net.parameters().size());
        const auto leaves = net.parameters().record(tape, gradients);
        const auto y = logits(net, x, leaves, mode);
        const Shape expected{options_.samples, net_.outputs()};
        if (!(y.shape() == expected)) return say(where, "the logits' shape is ", y.shape(), ", not ", expected);
        const auto u = numbers(y.shape().size(), -1, 1);
        tape.backward(y, {u.data(), y.shape()});
        const auto image_gradient = copy(tape.gradient(x));

        const auto v = numbers(images_.size(), -1, 1), w = numbers(gradients.size(), -1, 1);
        compare_with_differences(where + "with respect to images, ", mode, u, image_gradient, v, {});
        compare_with_differences(where + "with respect to parameters, ", mode, u, gradients, {}, w);

        tape.set_tangent(x, {v.data(), x.shape()});
        std::size_t offset = 0;
        for (std::size_t i = 0; i < net.parameters().count(); ++i) {
            tape.set_tangent(leaves[i], {w.data() + offset, leaves[i].shape()});
            offset += leaves[i].shape().size();
        }
        tape.forward();
        const auto t = copy(tape.tangent(y));
        const double forward = dot(u, t), reverse = dot(image_gradient, v) + dot(gradients, w);
        const double terms = size_of_terms(u, t) + size_of_terms(image_gradient, v) + size_of_terms(gradients, w);
        if (!(std::abs(forward - reverse) <= options_.rounding * terms))
            say(where, "the two modes disagree: <u, J v> = ", forward, ", <J^T u, v> = ", reverse);
    }
    /// <g, direction> against the difference of <u, logits> along it; `v` or `w` is the direction.
    void compare_with_differences(const std::string& where, Mode mode, const Values& u, const Values& g,
                                  const Values& v, const Values& w) {
        const double h = options_.step, derivative = dot(g, v.empty() ? w : v);
        const auto centre = shifted(mode, 0, v, w), up = shifted(mode, h, v, w), down = shifted(mode, -h, v, w);
        Values right(u.size()), left(u.size());
        double steepest = 0, jump = 0;
        for (std::size_t i = 0; i < u.size(); ++i) {
            right[i] = (up[i] - centre[i]) / h, left[i] = (centre[i] - down[i]) / h;
            steepest = std::max({steepest, std::abs(right[i]), std::abs(left[i])});
            jump = std::max(jump, std::abs(right[i] - left[i]));
        }
        const double rounding = 1e-15 / h * (size_of_terms(u, centre) + 1);
        if (jump > 1e-2 * steepest + rounding) return;  // a kink, as of max pooling between equal pixels
        smooth_ = true;
        const double difference = (dot(u, right) + dot(u, left)) / 2;
        const double allowed = options_.difference * size_of_terms(g, v.empty() ? w : v) + 10 * rounding +
                               std::abs(dot(u, right) - dot(u, left));
        if (!(std::abs(derivative - difference) <= allowed))
            say(where, "the derivative is ", derivative, ", finite differences give ", difference);
    }
    void check_batch_split(const std::string& name) {
        const auto all = evaluate(net_, images_);
        const auto inputs = net_.inputs(), outputs = all.size() / options_.samples;
        double largest = 1e-300, worst = 0;
        for (std::size_t n = 0; n < options_.samples; ++n) {
            const auto first = images_.begin() + static_cast<std::ptrdiff_t>(n * inputs);
            const auto one = evaluate(net_, Values(first, first + static_cast<std::ptrdiff_t>(inputs)));
            for (std::size_t k = 0; k < outputs; ++k) {
                largest = std::max(largest, std::abs(all[n * outputs + k]));
                const double difference = std::abs(all[n * outputs + k] - one[k]);
                if (!(difference <= worst) && !std::isnan(worst)) worst = difference;  // a NaN stays
            }
        }
        if (!(worst <= options_.rounding * largest))
            say("at ", name, " images, in evaluation, a sample's logits depend on its batch: they differ by ", worst);
    }
    void check_evaluation_changes_nothing() {
        const auto before = saved(net_);
        const auto first = evaluate(net_, images_), second = evaluate(net_, images_);
        if (first != second) say("two evaluations of the same images differ");
        if (saved(net_) != before) say("an evaluation changes parameters or buffers");
    }
    /// What `named()` shows is all that a network is.
    void check_saved() {
        Tape<double> tape;
        logits(net_, tape.constant(batch(images_)), net_.parameters().record_constant(tape), Mode::training);
        const auto from = std::as_const(net_).parameters().named();
        auto to = other_.parameters().named();
        std::set<std::string> names;
        for (const auto& tensor : from)
            if (!names.insert(tensor.name).second) say("two tensors have the name ", tensor.name);
        bool fits = from.size() == to.size();
        for (std::size_t i = 0; fits && i < from.size(); ++i)
            fits = from[i].name == to[i].name && from[i].shape == to[i].shape;
        if (!fits) return say("the names and shapes of a network's tensors depend on its seed");
        for (std::size_t i = 0; i < from.size(); ++i) std::ranges::copy(from[i].values, to[i].values.begin());
        if (evaluate(net_, images_) != evaluate(other_, images_))
            say("a network that is loaded from another one's parameters and buffers gives other logits");
    }

    Net net_, other_;
    NetworkLawOptions options_;
    Values images_;
    std::uint32_t draw_ = 0;
    bool smooth_ = false;
    std::vector<std::string> violations_;
};

}  // namespace detail

/// What every network must satisfy, checked on the one that `make_network(seed)` makes; one sentence per violation,
/// none where all is well. In double, at images of zeros, of numbers below 1e-8 and of random numbers in [0, 1):
///     the derivative by images and parameters equals finite differences (left out where the slopes on both sides
///     differ: a kink);   <u, J v> = <J^T u, v>, the duality of both modes;   the logits of a sample do not depend on
///     its batch.
/// Networks with a training mode: its derivatives too, at random images. For all: evaluation changes nothing, and a
/// network is what its `parameters().named()` shows, so that a saved one gives the same logits when it is loaded;
/// `make_network` is a function of the seed alone.
///
///     for (const auto& violation : pstar::check_network_laws([](pstar::Seed seed) { return MyNet<double>(784, seed);
///     }))
///         std::puts(violation.c_str());
template <class MakeNetwork>
std::vector<std::string> check_network_laws(const MakeNetwork& make_network, const NetworkLawOptions& options = {}) {
    using Net = std::decay_t<decltype(make_network(Seed{}))>;
    static_assert(Network<Net>, "check_network_laws: make_network(seed) gives a Network");
    static_assert(std::is_same_v<typename Net::scalar_type, double>,
                  "check_network_laws: make the network in double, so that rounding does not hide wrong derivatives");
    options.validate();
    detail::NetworkLaws<Net> laws(make_network(options.seed), make_network(derive(options.seed, 1)), options);
    laws.check();
    auto violations = laws.violations();
    const Net net = make_network(options.seed), again = make_network(options.seed);
    if (!std::ranges::equal(net.parameters().values(), again.parameters().values()))
        violations.push_back("two networks of the same seed have different parameters");
    return violations;
}

}  // namespace pstar
