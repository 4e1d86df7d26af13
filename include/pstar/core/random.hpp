#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numbers>
#include <span>
#include <utility>

#include <pstar/core/detail/philox_lanes.hpp>
#include <pstar/core/error.hpp>

namespace pstar {

/// The seed of an experiment; everything random is a pure function of it and of a place (stream, epoch, sample,
/// position).
struct Seed {
    std::uint64_t value = 0;  ///< any 64 bits
    friend bool operator==(Seed, Seed) = default;
};

/// What a draw is for: two purposes never share random words. The first four are common random numbers: all models that
/// are trained with one seed draw from them, so that they see the same order of samples and the same noise. Every other
/// stream is drawn from in one header alone. Values from `user` upwards are free for a caller's own purposes.
enum class Stream : std::uint32_t {
    init = 1,                ///< initial weights of a network or an RBM
    shuffle = 2,             ///< order of the samples in an epoch
    train_noise = 3,         ///< corruption of training images
    test_noise = 4,          ///< corruption of test images
    subset = 5,              ///< choosing subsets and splits
    synthetic = 6,           ///< synthetic digits
    bootstrap = 7,           ///< refits behind the intervals of an accuracy curve
    gibbs = 8,               ///< units of an RBM under Gibbs sampling
    dropout = 9,             ///< which units a training step leaves out
    annealing = 10,          ///< chains of annealed importance sampling
    lanczos_start = 11,      ///< start vectors of Lanczos's method for the largest eigenvalues
    lanczos_probe = 12,      ///< probe vectors of stochastic Lanczos quadrature
    image_bootstrap = 13,    ///< resampling of test images
    seed_bootstrap = 14,     ///< resampling of the seeds that two curves share
    spread = 15,             ///< standard deviations over seeds, redrawn to bound the place of their peak
    collapse_redraws = 16,   ///< curves redrawn around the master curve
    collapse_null = 17,      ///< scatter that S has because the errors are estimates themselves
    size_shuffle = 18,       ///< orders in which sizes are assigned to curves
    proxy_null = 19,         ///< curves redrawn around one curve against a proxy
    proxy_bootstrap = 20,    ///< curves redrawn around each size's own curve, to rank proxies
    pseudo_likelihood = 21,  ///< the unit of each row whose conditional probability is taken
    interpolation = 22,      ///< curves between the strengths that were measured
    training_subset = 30,    ///< training sets drawn anew
    clean_images = 31,       ///< training images that stay clean
    label_noise = 32,        ///< labels of training images
    deformation = 33,        ///< deformed images
    trajectory = 34,         ///< chains annealed along the training of an RBM
    user = 1U << 16,
};

/// Another seed for part `part` of an experiment, independent of the first: a Philox block of (part) under the seed.
inline Seed derive(Seed seed, std::uint64_t part) {
    const Philox::Key key{static_cast<std::uint32_t>(seed.value), static_cast<std::uint32_t>(seed.value >> 32)};
    const auto words =
        Philox::block({static_cast<std::uint32_t>(part), static_cast<std::uint32_t>(part >> 32), 0, 0}, key);
    return {words[0] | std::uint64_t{words[1]} << 32};
}

/// Maps a 32-bit word to [0, 1): its 24 leading bits, exact in float.
template <class Scalar = float>
constexpr Scalar unit_interval(std::uint32_t word) {
    return static_cast<Scalar>(static_cast<std::int32_t>(word >> 8)) * static_cast<Scalar>(0x1p-24);
}

/// The words of one place: position i holds word (i mod 4) of the Philox block with key `seed` and counter
/// (i div 4, sample, epoch, stream). 2^34 positions; nothing is stored, so a draw never depends on what else was drawn.
struct RandomStream {
    Seed seed;                     ///< of the experiment
    Stream stream = Stream::user;  ///< what the words are for
    /// 0, 1, ...
    std::uint32_t epoch = 0;
    std::uint32_t sample = 0;  ///< number of the image

    /// The seed as a key of Philox.
    Philox::Key key() const {
        return {static_cast<std::uint32_t>(seed.value), static_cast<std::uint32_t>(seed.value >> 32)};
    }
    /// The counter of the block that holds a position.
    Philox::Counter counter(std::uint64_t position) const {
        return {static_cast<std::uint32_t>(position / 4), sample, epoch, static_cast<std::uint32_t>(stream)};
    }
    /// The 32 bits at a position, 0 to 2^34 - 1.
    std::uint32_t word(std::uint64_t position) const { return Philox::block(counter(position), key())[position % 4]; }

    /// The words of positions first, first + 1, ... (`first` a multiple of 4), all lanes at once.
    void fill(std::span<std::uint32_t> words, std::uint64_t first = 0) const {
        const auto whole = words.size() / 4;
        PSTAR_KERNEL(philox_fill(counter(first), key(), words.data(), whole));
        for (auto i = 4 * whole; i < words.size(); ++i) words[i] = word(first + i);
    }
};

/// A stream read in order: for shuffles, initial weights, resampling. A UniformRandomBitGenerator, but prefer the
/// members, which give the same numbers with every standard library.
class RandomSequence {
public:
    /// As a standard generator has it.
    using result_type = std::uint32_t;
    /// Begins at position 0 of the stream.
    explicit RandomSequence(const RandomStream& stream) : stream_(stream) {}

    /// The least word.
    static constexpr result_type min() { return 0; }
    /// The largest word.
    static constexpr result_type max() { return std::numeric_limits<result_type>::max(); }

    /// The next word.
    result_type operator()() {
        if (next_ == size) refill();
        return words_[next_++];
    }
    /// Uniform on [0, 1) with 53 bits.
    double uniform() {
        const std::uint64_t high = (*this)(), low = (*this)();
        return static_cast<double>((high << 32 | low) >> 11) * 0x1p-53;
    }
    /// A number in [low, high) from the next words.
    double uniform(double low, double high) { return low + (high - low) * uniform(); }

    /// Uniform on {0, ..., bound - 1}, without bias.
    /// Source: Lemire, "Fast random integer generation in an interval", arXiv:1805.10941, algorithm 5.
    std::uint32_t below(std::uint32_t bound) {
        require(bound > 0, "RandomSequence::below", "bound", bound, "be positive");
        auto product = std::uint64_t{(*this)()} * bound;
        if (static_cast<std::uint32_t>(product) < bound) {
            const std::uint32_t threshold = (0U - bound) % bound;
            while (static_cast<std::uint32_t>(product) < threshold) product = std::uint64_t{(*this)()} * bound;
        }
        return static_cast<std::uint32_t>(product >> 32);
    }
    /// Standard normal, by Box and Muller.
    double normal() {
        const double radius = std::sqrt(-2 * std::log1p(-uniform()));
        return radius * std::cos(2 * std::numbers::pi * uniform());
    }
    /// Fisher-Yates: every order equally likely.
    template <class T>
    void shuffle(std::span<T> items) {
        for (auto i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(static_cast<std::uint32_t>(i))]);
    }

private:
    static constexpr std::size_t size = 64;
    void refill() {
        stream_.fill(words_, position_);
        position_ += size;
        next_ = 0;
    }
    RandomStream stream_;
    std::uint64_t position_ = 0;
    std::size_t next_ = size;
    std::uint32_t words_[size] = {};
};

}  // namespace pstar
