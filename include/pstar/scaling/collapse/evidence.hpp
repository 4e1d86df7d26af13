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

/// The coordinates in which the search for a collapse is nearly linear. nu = infinity is stretch 0. A correction to
/// scaling has those that the heights tell best: by how much it changes them in all, and the shape of the change.
struct CollapsePlace {
    double p_c = 0;
    std::vector<double> stretch = {1};  ///< 1 / nu of each size of a curve
    double lift = 0;                    ///< zeta / nu
    double change = 0;                  ///< log (1 + b Lmin^-omega) / (1 + b Lmax^-omega); 0: no correction
    double omega = 1;
};

/// Scaled curves at any place, in coordinates relative to the sizes' geometric mean L0:
///     x = (L/L0)^(1/nu) (p - p_c),   y = a / h,   h = (L/L0)^(zeta/nu) (1 + b L^-omega) / (1 + b Lmax^-omega),
/// so that the unit of size does not matter and x keeps the scale of the strengths. With several sizes of a curve x has
/// one such factor for each; L in h is the first.
class CollapseFrame {
public:
    /// Curves that `validate` accepts, at least one.
    explicit CollapseFrame(std::span<const SizeCurve> curves)
        : sizes_(1 + curves[0].more_sizes.size()), scaled_(curves.size()) {
        std::vector<double> mean(sizes_);
        for (const auto& curve : curves) {
            log_size_.push_back(curve.sizes());
            for (std::size_t k = 0; k < sizes_; ++k) {
                double& log_size = log_size_.back()[k];
                log_size = std::log(log_size);
                mean[k] += log_size / static_cast<double>(curves.size());
            }
            least_log_size_ = std::min(least_log_size_, log_size_.back()[0]);
            most_log_size_ = std::max(most_log_size_, log_size_.back()[0]);
        }
        for (std::size_t i = 0; i < curves.size(); ++i) {
            const auto& curve = curves[i];
            below_largest_.push_back(most_log_size_ - log_size_[i][0]);
            for (std::size_t k = 0; k < sizes_; ++k) log_size_[i][k] -= mean[k];
            strength_.push_back(curve.strength);
            accuracy_.push_back(curve.accuracy);
            error_.push_back(curve.error);
        }
        for (std::size_t i = 0; i < curves.size(); ++i) {
            scaled_[i] = {curve_of(strength_[i]), curve_of(strength_[i]), curve_of(strength_[i])};
            for (std::size_t j = 0; j < curves[i].points(); ++j) order_.push_back({0, 0, 0, i}), index_.push_back(j);
        }
    }

    /// Number of curves.
    std::size_t curves() const { return scaled_.size(); }
    std::size_t sizes() const { return sizes_; }                                                 ///< of each curve
    double log_size(std::size_t curve, std::size_t k = 0) const { return log_size_[curve][k]; }  ///< log(L/L0)
    double log_range() const { return most_log_size_ - least_log_size_; }  ///< log(Lmax/Lmin) of the first size
    /// The strengths of a curve.
    const std::vector<double>& strength(std::size_t curve) const { return strength_[curve]; }
    /// The accuracies of a curve; they may be drawn anew.
    std::vector<double>& accuracy(std::size_t curve) { return accuracy_[curve]; }
    /// The standard errors of a curve.
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

    /// log h of a curve. The correction, where there is one, is h(Lmax) (1 + (e^change - 1) w) with
    ///     w = (Lmax^omega / L^omega - 1) / (Lmax^omega / Lmin^omega - 1),
    /// which goes from 0 at the largest size to 1 at the smallest.
    double log_height(const CollapsePlace& place, std::size_t curve) const {
        const double power = place.lift * log_size_[curve][0];
        if (place.change == 0) return power;
        const double w = std::expm1(place.omega * below_largest_[curve]) / std::expm1(place.omega * log_range());
        return power + std::log1p(std::expm1(place.change) * w);
    }

    /// Whether some b > -Lmin^omega has the correction of a place: omega > 0, and the change is less than that of the
    /// power L^-omega alone.
    bool has_correction(const CollapsePlace& place) const {
        return place.change == 0 || (place.omega > 0 && place.change < place.omega * log_range());
    }

    /// The exponents of a place.
    CollapseExponents exponents(const CollapsePlace& place) const {
        const auto nu = [](double stretch) {
            return stretch == 0 ? std::numeric_limits<double>::infinity() : 1 / stretch;
        };
        CollapseExponents result{place.p_c, nu(place.stretch[0]),
                                 place.stretch[0] == 0 ? 0 : place.lift / place.stretch[0]};
        for (std::size_t k = 1; k < place.stretch.size(); ++k) result.more_nu.push_back(nu(place.stretch[k]));
        result.correction.omega = place.omega;
        if (place.change != 0)  // b Lmin^omega = (e^change - 1) / (1 - e^change (Lmax/Lmin)^-omega)
            result.correction.amplitude = std::expm1(place.change) /
                                          -std::expm1(place.change - place.omega * log_range()) *
                                          std::exp(place.omega * least_log_size_);
        return result;
    }

    /// The scaled curves; valid until the next call.
    std::span<const ScaledCurve> at(const CollapsePlace& place) {
        for (std::size_t i = 0; i < scaled_.size(); ++i) {
            double log_width = 0;
            for (std::size_t k = 0; k < sizes_; ++k) log_width += place.stretch[k] * log_size_[i][k];
            const double width = std::exp(log_width), height = std::exp(-log_height(place, i));
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
    /// the place: with s = (y - centre) / height, log p(a) = log p(s) - points log(height) - sum log(h).
    double log_evidence(const CollapsePlace& place, double length) {
        const auto smoothness = row_up(place, length);
        double volume = 0;
        for (std::size_t i = 0; i < curves(); ++i)
            volume += static_cast<double>(strength_[i].size()) * log_height(place, i);
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

    /// The curves as they are.
    CollapsePlace unscaled() const { return {0, std::vector<double>(sizes_)}; }

    /// log p(accuracies | a smooth curve for each size, with the smoothness that is best for it), in nats.
    double log_evidence_apart() {
        double sum = 0;
        const auto scaled = at(unscaled());
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

    std::size_t sizes_;
    std::vector<std::vector<double>> log_size_;  ///< log(L/L0) of each curve and size
    std::vector<double> below_largest_;          ///< log(Lmax/L) of each curve
    double least_log_size_ = std::numeric_limits<double>::infinity(), most_log_size_ = -least_log_size_;  ///< log L
    std::vector<std::vector<double>> strength_, accuracy_, error_;
    std::vector<ScaledCurve> scaled_;
    std::vector<detail::MasterPoint> order_;  ///< all points, x ascending at the last place
    std::vector<std::size_t> index_;          ///< of each within its curve
    std::vector<detail::CurveSample> samples_;
};

}  // namespace pstar
