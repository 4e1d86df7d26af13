#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <pstar/core/random.hpp>
#include <pstar/corruption/any_corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/model.hpp>
#include <pstar/experiment/model_spec.hpp>

namespace pstar {

namespace detail {

/// A `FittableModel` of any type, with what it says of itself beyond that; see `FittableKind`.
class AnyFittable {
public:
    AnyFittable() = default;
    AnyFittable(const AnyFittable&) = delete;
    AnyFittable& operator=(const AnyFittable&) = delete;
    virtual ~AnyFittable() = default;

    virtual FitReport fit(const RunContext& context) = 0;
    virtual TestScore evaluate(const RunContext& context, const AnyCorruption& through) const = 0;
    virtual std::size_t parameter_count(const RunContext& context) const = 0;
    virtual std::optional<double> expected_cost(const RunContext& context) const = 0;
    virtual std::optional<double> fit_seconds(const RunContext& context) const = 0;
    virtual double memory(const RunContext& context) const = 0;
    virtual std::optional<RunCost> measure_cost(const RunContext& context, double seconds) const = 0;
};

template <FittableModel Model>
class HeldFittable final : public AnyFittable {
public:
    explicit HeldFittable(Model model) : model_(std::move(model)) {}

    FitReport fit(const RunContext& context) override { return model_.fit(context); }
    TestScore evaluate(const RunContext& context, const AnyCorruption& through) const override {
        return model_.evaluate(context, through);
    }
    std::size_t parameter_count(const RunContext& context) const override {
        if constexpr (requires { model_.parameter_count(context); })
            return model_.parameter_count(context);
        else
            return 0;
    }
    std::optional<double> expected_cost(const RunContext& context) const override {
        if constexpr (requires { model_.expected_cost(context); })
            return model_.expected_cost(context);
        else
            return std::nullopt;
    }
    std::optional<double> fit_seconds(const RunContext& context) const override {
        if constexpr (requires { model_.fit_seconds(context); })
            return model_.fit_seconds(context);
        else
            return std::nullopt;
    }
    double memory(const RunContext& context) const override {
        if constexpr (requires { model_.memory(context); })
            return model_.memory(context);
        else
            return 0;
    }
    std::optional<RunCost> measure_cost(const RunContext& context, double seconds) const override {
        if constexpr (requires { model_.measure_cost(context, seconds); })
            return model_.measure_cost(context, seconds);
        else
            return std::nullopt;
    }

private:
    Model model_;
};

}  // namespace detail

/// A kind of `FittableModel`: `make(spec, images, seed)` gives one that has learned nothing yet. A model may say more:
/// - `parameter_count(context)`: numbers that are learned; else 0;
/// - `expected_cost(context)`: multiply-adds of a run; else images * pixels * (width + classes), training and tests;
/// - `fit_seconds(context)`: what `fit` would take, from less than all of it; else it is timed;
/// - `memory(context)`: bytes during a run, beside its training images; else 0;
/// - `measure_cost(context, seconds)`: the whole measurement, in place of the above.
class FittableKind final : public ModelKind {
public:
    /// From a function that makes the model for a spec.
    template <class Make>
    explicit FittableKind(Make make)
        : make_([make = std::move(make)](const ModelSpec& spec, const Dataset& images, Seed seed) {
              using Model = std::remove_cvref_t<decltype(make(spec, images, seed))>;
              return std::unique_ptr<detail::AnyFittable>(
                  std::make_unique<detail::HeldFittable<Model>>(make(spec, images, seed)));
          }) {}

    RunResult run(const RunContext& context) const override {
        const auto model = make(context);
        const FitReport report = model->fit(context);
        RunResult result{.status = report.status, .train_loss = report.train_loss};
        if (result.status == TrainStatus::diverged) return result;
        detail::measure_tests(result, context,
                              [&](const AnyCorruption& through) { return model->evaluate(context, through); });
        return result;
    }

    /// From fits to more and more images, four times as many each time, twice at least and until one takes a third of
    /// `seconds`; from the last two by a straight line in the number of images to all.
    RunCost measure_cost(const RunContext& context, double seconds) const override {
        using detail::real;
        const auto model = make(context);
        if (const auto measured = model->measure_cost(context, seconds)) return *measured;
        const auto all = context.train.size();
        auto samples = std::min<std::size_t>(250, all);
        auto piece = measure_piece(context, samples);
        double slope = piece.fit / real(samples);
        for (double taken = 0; samples < all && 3 * taken < seconds; taken = piece.taken) {
            const auto more = std::min(4 * samples, all);
            const auto longer = measure_piece(context, more);
            slope = std::max(0.0, longer.fit - piece.fit) / real(more - samples);
            samples = more;
            piece = longer;
        }
        return {.seconds = piece.fit + slope * real(all - samples) + piece.test_of_image * real(context.test.size()),
                .bytes = model->memory(context)};
    }

    double expected_cost(const RunContext& context) const override {
        using detail::real;
        if (const auto expected = make(context)->expected_cost(context)) return *expected;
        return real(context.run.train_samples + context.test.size()) * real(context.train.pixels()) *
               real(context.run.width + context.train.classes);
    }

    std::size_t parameter_count(const RunContext& context) const override {
        return make(context)->parameter_count(context);
    }

private:
    std::unique_ptr<detail::AnyFittable> make(const RunContext& context) const {
        return make_(context.run.spec(), context.train, context.seed);
    }
    /// Seconds of a fit to some of the images, of the tests of one image, and what measuring them took.
    struct Piece {
        double fit, test_of_image, taken;
    };
    Piece measure_piece(const RunContext& context, std::size_t samples) const {
        const auto train = take(context.train, samples);
        const auto test = take(context.test, std::min(samples, context.test.size()));
        const RunContext part{context.run,        context.settings, train, test,
                              context.corruption, context.seed,     {},    context.transfer};
        const double start = detail::processor_seconds();
        const auto model = make(part);
        const double fitting = detail::seconds_taken([&] { model->fit(part); });
        const double fit = model->fit_seconds(part).value_or(fitting);
        RunResult result;
        const double testing = detail::seconds_taken([&] {
            detail::measure_tests(result, part,
                                  [&](const AnyCorruption& through) { return model->evaluate(part, through); });
        });
        return {fit, testing / detail::real(test.size()), detail::processor_seconds() - start};
    }

    std::function<std::unique_ptr<detail::AnyFittable>(const ModelSpec&, const Dataset&, Seed)> make_;
};

}  // namespace pstar
