#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/scaling/collapse/coordinates.hpp>
#include <pstar/scaling/collapse/master_curve.hpp>
#include <pstar/scaling/collapse/size_curves.hpp>

/// How probable the accuracies are if all sizes share one curve.
namespace pstar {

/// The coordinates in which the search for a collapse is nearly linear. nu = infinity is stretch 0.
struct CollapsePlace {
    double p_c = 0;
    double stretch = 1;  ///< 1 / nu
    double lift = 0;     ///< zeta / nu

    CollapseExponents exponents() const {
        if (stretch == 0) return {p_c, std::numeric_limits<double>::infinity(), 0};
        return {p_c, 1 / stretch, lift / stretch};
    }
};

/// Scaled curves at any place, in coordinates relative to the sizes' geometric mean L0:
///     x = (L/L0)^(1/nu) (p - p_c),   y = (L/L0)^(-zeta/nu) a,
/// so that the unit of size does not matter and x keeps the scale of the strengths.
class CollapseFrame {
public:
    explicit CollapseFrame(std::span<const SizeCurve> curves) : scaled_(curves.size()) {
        double mean = 0;
        for (const auto& curve : curves) mean += std::log(curve.size) / static_cast<double>(curves.size());
        for (const auto& curve : curves) {
            log_size_.push_back(std::log(curve.size) - mean);
            strength_.push_back(curve.strength);
            accuracy_.push_back(curve.accuracy);
            error_.push_back(curve.error);
        }
        for (std::size_t i = 0; i < curves.size(); ++i) {
            scaled_[i] = {curve_of(strength_[i]), curve_of(strength_[i]), curve_of(strength_[i])};
            for (std::size_t j = 0; j < curves[i].points(); ++j) order_.push_back({0, 0, 0, i}), index_.push_back(j);
        }
    }

    std::size_t curves() const { return log_size_.size(); }
    double log_size(std::size_t curve) const { return log_size_[curve]; }  ///< log(L/L0)
    const std::vector<double>& strength(std::size_t curve) const { return strength_[curve]; }
    std::vector<double>& accuracy(std::size_t curve) { return accuracy_[curve]; }
    const std::vector<double>& error(std::size_t curve) const { return error_[curve]; }

    /// Range of the accuracies of a curve.
    double height(std::size_t curve) const {
        const auto [low, high] = std::minmax_element(accuracy_[curve].begin(), accuracy_[curve].end());
        return *high - *low;
    }

    /// The least root mean square error of a curve, in shares of its height; infinite where all curves are flat.
    double least_relative_error() const {
        double least = std::numeric_limits<double>::infinity();
        for (std::size_t i = 0; i < curves(); ++i) {
            const auto& e = error_[i];
            const double squares = std::inner_product(e.begin(), e.end(), e.begin(), 0.0);
            if (height(i) > 0) least = std::min(least, std::sqrt(squares / static_cast<double>(e.size())) / height(i));
        }
        return least;
    }

    /// The same accuracies with larger errors, sqrt(error^2 + (share height)^2).
    CollapseFrame with_added_error(double share) const {
        auto frame = *this;
        for (std::size_t i = 0; i < curves(); ++i)
            for (double& e : frame.error_[i]) e = std::hypot(e, share * height(i));
        return frame;
    }

    /// The scaled curves; valid until the next call.
    std::span<const ScaledCurve> at(const CollapsePlace& place) {
        for (std::size_t i = 0; i < scaled_.size(); ++i) {
            const double width = std::exp(place.stretch * log_size_[i]);
            const double height = std::exp(-place.lift * log_size_[i]);
            for (std::size_t j = 0; j < strength_[i].size(); ++j) {
                scaled_[i].x[j] = width * (strength_[i][j] - place.p_c);
                scaled_[i].y[j] = height * accuracy_[i][j];
                scaled_[i].dy[j] = height * error_[i][j];
            }
        }
        return scaled_;
    }

    /// Points that lie between two points of another size.
    std::size_t overlapping(const CollapsePlace& place) {
        const auto scaled = at(place);
        std::size_t count = 0;
        for (std::size_t i = 0; i < scaled.size(); ++i)
            for (const double x : scaled[i].x) {
                bool found = false;
                for (std::size_t other = 0; other < scaled.size() && !found; ++other)
                    found = other != i && scaled[other].x.front() <= x && x < scaled[other].x.back();
                count += found;
            }
        return count;
    }

    /// log p(accuracies | one smooth curve f for all sizes), in nats. A density of the accuracies themselves, whatever
    /// the place: with s = (y - centre) / height, log p(a) = log p(s) - points log(height) - (zeta/nu) sum log(L/L0).
    double log_evidence(const CollapsePlace& place, double length) {
        const auto smoothness = row_up(place, length);
        double volume = 0;
        for (const auto& p : order_) volume += place.lift * log_size_[p.curve];
        return detail::log_evidence(samples_) - static_cast<double>(order_.size()) * std::log(smoothness.height) -
               volume;
    }

    /// How well the sizes predict each other: log p(accuracies | one curve) - sum log p(accuracies of a size | a curve
    /// of its own), all curves equally smooth; their pointwise mutual information. Unlike the evidence it depends only
    /// on how well the sizes agree. It is useless where heights differ so much that no smoothness suits all.
    double agreement(const CollapsePlace& place, double length) {
        const auto smoothness = row_up(place, length);
        return detail::log_evidence(samples_) - detail::log_evidence_apart(scaled_, smoothness);
    }

    /// The length for which one curve for all sizes is most probable, among those that are possible for the curves by
    /// themselves: there each is, on average, at least e^-4 times as probable as with the best. Disagreement between
    /// sizes can pass for roughness only as far as the single curves leave open how rough they are; and where all of
    /// them together show a bend that none shows alone, it is not missed.
    double choose_length(const CollapsePlace& place) {
        constexpr double step = 0.4;
        constexpr int narrowings = 7;
        const auto scaled = at(place);
        const auto lengths = detail::choose_lengths(scaled, detail::range_of(scaled));
        const auto evidence = [&](double log_length) { return log_evidence(place, std::exp(log_length)); };
        const double steps = std::ceil((lengths.high - lengths.low) / step),
                     width = (lengths.high - lengths.low) / steps;
        double best = lengths.low, most = evidence(best);
        for (double k = 1; k <= steps; ++k)
            if (const double here = evidence(lengths.low + k * width); here > most)
                best = lengths.low + k * width, most = here;
        return std::exp(detail::golden_maximum(evidence, std::max(lengths.low, best - width),
                                               std::min(lengths.high, best + width), narrowings));
    }

    /// log p(accuracies | a smooth curve for each size, with the smoothness that is best for it), in nats.
    double log_evidence_apart() {
        double sum = 0;
        const auto scaled = at({0, 0, 0});
        for (std::size_t i = 0; i < scaled.size(); ++i) {
            const auto own = scaled.subspan(i, 1);
            const auto smoothness = choose_smoothness(own);
            sum += detail::log_evidence_apart(own, smoothness) -
                   static_cast<double>(own[0].points()) * std::log(smoothness.height);
        }
        return sum;
    }

private:
    /// The samples at `place`, all sizes in one row, and the smoothness that they are scaled by.
    Smoothness row_up(const CollapsePlace& place, double length) {
        const auto scaled = at(place);
        auto smoothness = detail::range_of(scaled);
        smoothness.length = length;
        for (std::size_t t = 0; t < order_.size(); ++t) {
            auto& p = order_[t];
            const auto& curve = scaled[p.curve];
            p = {curve.x[index_[t]], curve.y[index_[t]], curve.dy[index_[t]], p.curve};
        }
        sort();
        samples_.clear();
        for (const auto& p : order_) samples_.push_back(detail::sample_of(p, smoothness, true));
        return smoothness;
    }

    static std::vector<double> curve_of(const std::vector<double>& like) { return std::vector<double>(like.size()); }

    /// By insertion: from one place to the next the order hardly changes.
    void sort() {
        for (std::size_t t = 1; t < order_.size(); ++t)
            for (auto s = t; s > 0 && order_[s].x < order_[s - 1].x; --s) {
                std::swap(order_[s], order_[s - 1]);
                std::swap(index_[s], index_[s - 1]);
            }
    }

    std::vector<double> log_size_;
    std::vector<std::vector<double>> strength_, accuracy_, error_;
    std::vector<ScaledCurve> scaled_;
    std::vector<detail::MasterPoint> order_;  ///< all points, x ascending at the last place
    std::vector<std::size_t> index_;          ///< of each within its curve
    std::vector<detail::CurveSample> samples_;
};

}  // namespace pstar
