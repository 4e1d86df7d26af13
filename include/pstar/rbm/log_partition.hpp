#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <sstream>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

namespace detail {

/// log sum exp of numbers that come one after the other.
class RunningLogSum {
public:
    void add(double x) {
        if (x <= top_) {
            sum_ += std::exp(x - top_);
        } else {
            sum_ = sum_ * std::exp(top_ - x) + 1;
            top_ = x;
        }
    }
    double value() const { return top_ + std::log(sum_); }

private:
    double top_ = -std::numeric_limits<double>::infinity(), sum_ = 0;
};

}  // namespace detail

/// The most units that `log_partition` enumerates: 2^20 states.
inline constexpr std::size_t most_enumerable_units = 20;

/// log Z by enumeration of the smaller layer, in double:
///     Z = sum_h exp(c.h) prod_i (1 + exp(b_i + W_i.h)), or the same with the layers exchanged.
/// With truncated-exponential visible units a factor is (e^a - 1)/a, a = b_i + W_i.h, and hidden states are enumerated.
/// Time 2^min(D, H) D H. Throws `std::invalid_argument` when the layer has more than 20 units; see `ais_log_partition`
/// then.
template <class Scalar>
double log_partition(const Rbm<Scalar>& rbm) {
    const bool binary = rbm.visible_units == VisibleUnits::binary;
    const bool over_hidden = !binary || rbm.n_components() <= rbm.visible();
    const auto units = over_hidden ? rbm.n_components() : rbm.visible();
    require(units <= most_enumerable_units, "log_partition", "the size of the enumerated layer", units,
            "be at most 20; use ais_log_partition");
    const Matrix<double> w =  // one row per unit of the smaller layer
        over_hidden ? Matrix<double>(rbm.weights.transpose().template cast<double>())
                    : Matrix<double>(rbm.weights.template cast<double>());
    const Vector<double> own = (over_hidden ? rbm.hidden_bias : rbm.visible_bias).template cast<double>();
    const Vector<double> other = (over_hidden ? rbm.visible_bias : rbm.hidden_bias).template cast<double>();
    const std::size_t states = std::size_t{1} << units, block = std::min<std::size_t>(states, 512);
    const auto rows = static_cast<Eigen::Index>(block);
    Matrix<double> bits(rows, w.rows()), inputs(rows, w.cols());
    detail::RunningLogSum sum;
    for (std::size_t first = 0; first < states; first += block) {
        for (std::size_t n = 0; n < block; ++n)
            for (std::size_t j = 0; j < units; ++j)
                bits(static_cast<Eigen::Index>(n), static_cast<Eigen::Index>(j)) =
                    static_cast<double>((first + n) >> j & 1);
        inputs.rowwise() = other.transpose();
        gemm<double>(Transpose::no, Transpose::no, block, static_cast<std::size_t>(w.cols()), units, 1, bits.data(),
                     w.data(), 1, inputs.data());
        for (Eigen::Index n = 0; n < rows; ++n)
            sum.add(own.dot(bits.row(n)) +
                    detail::log_normaliser_sum(over_hidden ? rbm.visible_units : VisibleUnits::binary,
                                               inputs.data() + n * w.cols(), static_cast<std::size_t>(w.cols())));
    }
    return sum.value();
}

namespace detail {

template <class Scalar>
void check_has_probability(const Rbm<Scalar>& rbm, ConstMatrixMap<Scalar> v) {
    if (rbm.visible_units != VisibleUnits::binary) return;
    const auto grey = std::find_if(v.data(), v.data() + v.size(), [](Scalar x) { return x != 0 && x != 1; });
    const auto place = grey - v.data();
    if (place == v.size()) return;
    std::ostringstream text;
    text << "log_probabilities: row " << place / v.cols() << ", column " << place % v.cols() << " is " << *grey
         << ": binary visible units have a probability for 0 and 1 alone; use binarise(data), GreyLevels::threshold or "
            "GreyLevels::sampled, or train with VisibleUnits::truncated_exponential";
    throw DataError(text.str());
}

}  // namespace detail

/// log p(v) = -F(v) - log Z in nats of each row of v (N, D). With binary visible units what the formula gives for a
/// grey row is no probability and may be off by many nats: elements other than 0 and 1 throw `DataError`. With
/// truncated-exponential units it is the log of a density.
template <DenseRows Rows>
std::vector<double> log_probabilities(const Rbm<typename Rows::Scalar>& rbm, const Rows& v, double log_z) {
    detail::check_visible("log_probabilities", rbm, v.cols());
    detail::check_has_probability(rbm, rows_of(v));
    auto result = free_energies(rbm, v);
    for (auto& value : result) value = -value - log_z;
    return result;
}

}  // namespace pstar
