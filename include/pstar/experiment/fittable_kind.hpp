#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>
#include <utility>

#include <pstar/core/random.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/data/subset.hpp>
#include <pstar/experiment/model.hpp>

namespace pstar {

/// A kind of `FittableModel`: `make(spec, images, seed)` gives one that has learned nothing yet. A model may say more:
/// - `parameter_count(context)`: numbers that are learned; else 0;
/// - `expected_cost(context)`: multiply-adds of a run; else images * pixels * (width + classes), training and tests;
/// - `fit_seconds(context)`: what `fit` would take, from less than all of it; else it is timed;
/// - `memory(context)`: bytes during a run, beside its training images; else 0;
/// - `measure_cost(context, seconds)`: the whole measurement, in place of the above.
template <class Make>
class FittableKind final : public ModelKind {
public:
    using Model = std::remove_cvref_t<std::invoke_result_t<const Make&, const ModelSpec&, const Dataset&, Seed>>;
    static_assert(FittableModel<Model>);

    explicit FittableKind(Make maker) : make_(std::move(maker)) {}

    RunResult run(const RunContext& context) const override {
        auto model = make(context);
        const FitReport report = model.fit(context);
        RunResult result{.status = report.status, .train_loss = report.train_loss};
        if (result.status == TrainStatus::diverged) return result;
        detail::measure_tests(result, context, [&](const AnyCorruption& through) {
            return std::as_const(model).evaluate(context, through);
        });
        return result;
    }

    /// From fits to more and more images, four times as many each time, twice at least and until one takes a third of
    /// `seconds`; from the last two by a straight line in the number of images to all.
    RunCost measure_cost(const RunContext& context, double seconds) const override {
        using detail::real;
        const auto model = make(context);
        if constexpr (requires { model.measure_cost(context, seconds); }) return model.measure_cost(context, seconds);
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
        double bytes = 0;
        if constexpr (requires { model.memory(context); }) bytes = model.memory(context);
        return {.seconds = piece.fit + slope * real(all - samples) + piece.test_of_image * real(context.test.size()),
                .bytes = bytes};
    }

    double expected_cost(const RunContext& context) const override {
        using detail::real;
        const auto model = make(context);
        if constexpr (requires { model.expected_cost(context); }) return model.expected_cost(context);
        return real(context.run.train_samples + context.test.size()) * real(context.train.pixels()) *
               real(context.run.width + context.train.classes);
    }

    std::size_t parameter_count(const RunContext& context) const override {
        const auto model = make(context);
        if constexpr (requires { model.parameter_count(context); }) return model.parameter_count(context);
        return 0;
    }

private:
    Model make(const RunContext& context) const { return make_(context.run.spec(), context.train, context.seed); }
    /// Seconds of a fit to some of the images, of the tests of one image, and what measuring them took.
    struct Piece {
        double fit, test_of_image, taken;
    };
    Piece measure_piece(const RunContext& context, std::size_t samples) const {
        const auto train = take(context.train, samples);
        const auto test = take(context.test, std::min(samples, context.test.size()));
        const RunContext part{context.run, context.settings, train, test, context.corruption, context.seed};
        const double start = detail::processor_seconds();
        auto model = make(part);
        double fit = 0;
        const double fitting = detail::seconds_taken([&] { model.fit(part); });
        if constexpr (requires { std::as_const(model).fit_seconds(part); })
            fit = std::as_const(model).fit_seconds(part);
        else
            fit = fitting;
        RunResult result;
        const double testing = detail::seconds_taken([&] {
            detail::measure_tests(result, part, [&](const AnyCorruption& through) {
                return std::as_const(model).evaluate(part, through);
            });
        });
        return {fit, testing / detail::real(test.size()), detail::processor_seconds() - start};
    }

    Make make_;
};

}  // namespace pstar
