#pragma once

#include <concepts>
#include <cstddef>
#include <memory>
#include <utility>

#include <pstar/nn/network.hpp>
#include <pstar/nn/parameters.hpp>

namespace pstar {

/// A network whose type is chosen when the program runs: it holds one of any type, and does exactly what that one does,
/// to the last bit. It is a `Network` with a training mode itself; if the one it holds has none, training is as
/// evaluation. A pass costs one virtual call, and what is written for networks is compiled once for all of them. A copy
/// copies the network.
///
///     pstar::AnyNetwork<float> net = small ? pstar::AnyNetwork<float>(pstar::mlp<float>(...))
///                                          : pstar::AnyNetwork<float>(pstar::cnn<float>(...));
template <class Scalar>
class AnyNetwork {
public:
    using scalar_type = Scalar;

    /// Holds a network of any type.
    template <class Net>
    requires(!std::same_as<Net, AnyNetwork>) &&
        Network<Net>&& std::same_as<typename Net::scalar_type, Scalar> AnyNetwork(Net net)
        : held_(std::make_unique<Held<Net>>(std::move(net))) {}

    /// Copies the network that is held.
    AnyNetwork(const AnyNetwork& other) : held_(other.held_->copy()) {}
    /// Takes it over.
    AnyNetwork(AnyNetwork&&) noexcept = default;
    /// Takes over another one.
    AnyNetwork& operator=(AnyNetwork other) noexcept {
        held_ = std::move(other.held_);
        return *this;
    }
    ~AnyNetwork() = default;

    std::size_t inputs() const { return held_->inputs(); }
    std::size_t outputs() const { return held_->outputs(); }
    /// Of one forward pass of one image: what the network reports, or one per parameter.
    double multiply_adds() const { return held_->multiply_adds(); }
    Parameters<Scalar>& parameters() { return held_->parameters(); }
    const Parameters<Scalar>& parameters() const { return std::as_const(*held_).parameters(); }

    /// The logits (N, outputs) of images x (N, inputs) in evaluation, with the given parameters.
    Variable<Scalar> operator()(Variable<Scalar> x, const Leaves<Scalar>& leaves) const {
        return held_->evaluate(x, leaves);
    }
    /// The logits in training.
    Variable<Scalar> operator()(Variable<Scalar> x, const Leaves<Scalar>& leaves, const TrainingPass& pass) {
        return held_->train(x, leaves, pass);
    }
    /// In evaluation, with the network's own parameters as constants.
    Variable<Scalar> operator()(Variable<Scalar> x) const { return (*this)(x, parameters().record_constant(*x.tape)); }

private:
    struct Interface {
        virtual ~Interface() = default;
        virtual std::unique_ptr<Interface> copy() const = 0;
        virtual std::size_t inputs() const = 0;
        virtual std::size_t outputs() const = 0;
        virtual double multiply_adds() const = 0;
        virtual Parameters<Scalar>& parameters() = 0;
        virtual const Parameters<Scalar>& parameters() const = 0;
        virtual Variable<Scalar> evaluate(Variable<Scalar>, const Leaves<Scalar>&) const = 0;
        virtual Variable<Scalar> train(Variable<Scalar>, const Leaves<Scalar>&, const TrainingPass&) = 0;
    };

    template <class Net>
    struct Held final : Interface {
        explicit Held(Net held) : net(std::move(held)) {}
        std::unique_ptr<Interface> copy() const override { return std::make_unique<Held>(net); }
        std::size_t inputs() const override { return net.inputs(); }
        std::size_t outputs() const override { return net.outputs(); }
        double multiply_adds() const override {
            if constexpr (requires { net.multiply_adds(); })
                return static_cast<double>(net.multiply_adds());
            else
                return static_cast<double>(net.parameters().size());
        }
        Parameters<Scalar>& parameters() override { return net.parameters(); }
        const Parameters<Scalar>& parameters() const override { return net.parameters(); }
        Variable<Scalar> evaluate(Variable<Scalar> x, const Leaves<Scalar>& leaves) const override {
            return net(x, leaves);
        }
        Variable<Scalar> train(Variable<Scalar> x, const Leaves<Scalar>& leaves, const TrainingPass& pass) override {
            return detail::training_logits(net, x, leaves, pass);
        }
        Net net;
    };

    std::unique_ptr<Interface> held_;
};

static_assert(HasTrainingMode<AnyNetwork<float>> && HasTrainingMode<AnyNetwork<double>>);

}  // namespace pstar
