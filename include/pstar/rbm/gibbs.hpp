#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <span>
#include <vector>

#include <pstar/core/detail/kernels/lanes.hpp>
#include <pstar/core/random.hpp>
#include <pstar/rbm/detail/rbm_kernels.hpp>
#include <pstar/rbm/units.hpp>

namespace pstar {

/// Where Gibbs sampling draws: row n is chain `samples[n]` and draws from (seed, stream, epoch, samples[n]), one
/// position per unit, layer after layer. So a chain does not depend on what else is in its batch.
class GibbsDraws {
public:
    /// The draws of these samples in an epoch; row n is sample samples[n].
    GibbsDraws(Seed seed, std::uint32_t epoch, std::span<const std::uint32_t> samples, Stream stream = Stream::gibbs)
        : seed_(seed), stream_(stream), epoch_(epoch), samples_(samples) {}

    /// The words of a row's units in the present layer.
    void fill(std::size_t row, std::span<std::uint32_t> words) const {
        RandomStream{seed_, stream_, epoch_, samples_[row]}.fill(words, position_);
    }
    /// The layer had so many units; on to the next.
    void advance(std::size_t units) { position_ += detail::round_up(units, 4); }

private:
    Seed seed_;
    Stream stream_;
    std::uint32_t epoch_;
    std::span<const std::uint32_t> samples_;
    std::uint64_t position_ = 0;
};

namespace detail {

/// Units (N, U) <- 1 with probability p (N, U), else 0; `units` may be `p` itself. `words` is memory to work in.
template <class Scalar, class Draws>
void sample_units(ConstMatrixMap<Scalar> p, Draws& draws, std::vector<std::uint32_t>& words, MatrixMap<Scalar> units) {
    const auto count = static_cast<std::size_t>(p.cols());
    const auto rows = static_cast<std::size_t>(p.rows());
    words.resize(rows * count);
    for_ranges(rows, 1, elements_grain / std::max<std::size_t>(count, 1) + 1, [&](std::size_t first, std::size_t last) {
        for (std::size_t n = first; n < last; ++n) {
            std::uint32_t* const own = words.data() + n * count;
            draws.fill(n, {own, count});
            PSTAR_KERNEL(sample_units(p.data() + n * count, own, count, units.data() + n * count));
        }
    });
    draws.advance(count);
}

template <class Scalar>
ConstMatrixMap<Scalar> as_const(MatrixMap<Scalar> m) {
    return {m.data(), m.rows(), m.cols()};
}

/// Visible units (N, D) drawn given what they see (N, D), in place.
template <class Scalar, class Draws>
void sample_visible(VisibleUnits kind, MatrixMap<Scalar> a, Draws& draws, std::vector<std::uint32_t>& words) {
    if (kind == VisibleUnits::binary) {
        to_probabilities(a);
        return sample_units(as_const(a), draws, words, a);
    }
    const auto count = static_cast<std::size_t>(a.cols());
    words.resize(static_cast<std::size_t>(a.size()));
    for_ranges(static_cast<std::size_t>(a.rows()), 1, elements_grain / (8 * count) + 1,
               [&](std::size_t first, std::size_t last) {
                   for (std::size_t n = first; n < last; ++n) {
                       std::uint32_t* const own = words.data() + n * count;
                       Scalar* const row = a.data() + n * count;
                       draws.fill(n, {own, count});
                       for (std::size_t i = 0; i < count; ++i)
                           row[i] = truncated_exponential_quantile(row[i], unit_interval<Scalar>(own[i]));
                   }
               });
    draws.advance(count);
}

}  // namespace detail

/// Chains of Gibbs sampling, a row each.
template <class Scalar>
struct GibbsChains {
    Matrix<Scalar> visible;  ///< (N, D): the samples, 0 or 1 where visible units are binary
    Matrix<Scalar> mean;     ///< (N, D): E[v | h] that they were drawn from, the usual picture of a fantasy
};

/// `steps` >= 1 sweeps v -> h -> v from rows v (N, D) in [0, 1]. Chain n draws from (seed, gibbs, 0, n).
template <DenseRows Rows>
GibbsChains<typename Rows::Scalar> gibbs_chains(const Rbm<typename Rows::Scalar>& rbm, const Rows& v, std::size_t steps,
                                                Seed seed) {
    using Scalar = typename Rows::Scalar;
    detail::check_visible("gibbs_chains", rbm, v.cols());
    require(steps >= 1, "gibbs_chains", "steps", steps, "be at least 1");
    GibbsChains<Scalar> chains{v, Matrix<Scalar>(v.rows(), v.cols())};
    Matrix<Scalar> hidden(v.rows(), rbm.weights.cols());
    std::vector<std::uint32_t> numbers(static_cast<std::size_t>(v.rows())), words;
    std::iota(numbers.begin(), numbers.end(), 0U);
    GibbsDraws draws(seed, 0, numbers);
    MatrixMap<Scalar> h(hidden.data(), hidden.rows(), hidden.cols());
    MatrixMap<Scalar> mean(chains.mean.data(), v.rows(), v.cols()), sample(chains.visible.data(), v.rows(), v.cols());
    for (std::size_t step = 0; step < steps; ++step) {
        detail::hidden_input(rbm, detail::as_const(sample), h);
        detail::to_probabilities(h);
        detail::sample_units(detail::as_const(h), draws, words, h);
        detail::visible_input(rbm, detail::as_const(h), sample);
        if (step + 1 == steps) mean = sample;
        detail::sample_visible(rbm.visible_units, sample, draws, words);
    }
    detail::to_visible_means(rbm.visible_units, mean);
    return chains;
}

}  // namespace pstar
