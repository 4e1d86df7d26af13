#pragma once

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <pstar/core/view.hpp>
#include <pstar/corruption/batch.hpp>
#include <pstar/corruption/corruption.hpp>
#include <pstar/data/dataset.hpp>
#include <pstar/rbm/gibbs.hpp>
#include <pstar/rbm/visible_units.hpp>

/// What the visible units are set to: images through a corruption, or rows of a matrix.
namespace pstar {

/// What becomes of a pixel x in (0, 1) that is neither black nor white.
enum class GreyLevels {
    probabilities,  ///< the visible unit takes the value x itself, as if it were its mean
    threshold,      ///< 1 where x > 1/2, else 0
    sampled         ///< 1 with probability x, drawn again at each pass
};

/// Rows of visible units: `fill` writes rows `indices` as pass `pass` sees them, in [0, 1].
template <class S, class Scalar>
concept VisibleSource = requires(const S& source, std::span<const std::uint32_t> indices, std::uint32_t pass,
                                 MatrixMap<Scalar> out) {
    { source.size() } -> std::convertible_to<std::size_t>;
    { source.visible() } -> std::convertible_to<std::size_t>;
    source.fill(indices, pass, out);
};

/// Images gathered from a data set, scaled to [0, 1] and corrupted in one pass: image i at pass e draws its noise from
/// (seed, stream, e, i), exactly as networks see it in training. Refers to the data.
template <Corruption C>
class ImageSource {
public:
    /// A data set seen through a corruption, new noise at each pass.
    ImageSource(const Dataset& data, const C& corruption, Seed noise, Stream stream = Stream::train_noise)
        : data_(data), corruption_(corruption), noise_(noise), stream_(stream) {
        corruption_.validate();
        data_.validate();
    }
    std::size_t size() const { return data_.size(); }
    /// Number of visible units.
    std::size_t visible() const { return data_.pixels(); }

    /// Writes the rows of these images as they are at that pass.
    template <class Scalar>
    void fill(std::span<const std::uint32_t> indices, std::uint32_t pass, MatrixMap<Scalar> out) const {
        corrupt_images(data_, indices, corruption_, {noise_, stream_, pass},
                       View<Scalar>{out.data(), {indices.size(), visible()}});
    }

private:
    const Dataset& data_;
    C corruption_;
    Seed noise_;
    Stream stream_;
};

/// Rows of a matrix (N, D), the same at each pass. Refers to the matrix; its elements must lie in [0, 1], else this
/// throws `DataError`.
template <class T>
class RowSource {
public:
    /// Rows in [0, 1] that outlive it.
    template <DenseRows Rows>
    explicit RowSource(const Rows& rows) : rows_(rows_of(rows)) {
        const auto inside = (rows_.array() >= T{0} && rows_.array() <= T{1});
        if (!inside.all()) throw DataError("RowSource: visible units must lie in [0, 1]; scale the rows");
    }
    std::size_t size() const { return static_cast<std::size_t>(rows_.rows()); }
    /// Number of visible units.
    std::size_t visible() const { return static_cast<std::size_t>(rows_.cols()); }

    /// Writes those rows, the same at every pass.
    void fill(std::span<const std::uint32_t> indices, std::uint32_t, MatrixMap<T> out) const {
        for (std::size_t n = 0; n < indices.size(); ++n) out.row(static_cast<Eigen::Index>(n)) = rows_.row(indices[n]);
    }

private:
    ConstMatrixMap<T> rows_;
};
template <DenseRows Rows>
RowSource(const Rows&) -> RowSource<typename Rows::Scalar>;

namespace detail {

/// GreyLevels units of v made what the option says; `sampled` draws from `draws`.
template <class Scalar, class Draws>
void apply_grey_levels(GreyLevels grey, Draws draws, std::vector<std::uint32_t>& words, MatrixMap<Scalar> v) {
    if (grey == GreyLevels::threshold) v = (v.array() > Scalar(0.5)).template cast<Scalar>();
    if (grey == GreyLevels::sampled) sample_units(as_const(v), draws, words, v);
}

/// The draws of grey pixels share no words with those of the RBM's units.
inline Seed grey_levels_seed(Seed seed) {
    return derive(seed, 1);
}

}  // namespace detail

/// All rows of a source as pass `pass` sees them, in order: (N, D).
template <class Scalar, VisibleSource<Scalar> Source>
Matrix<Scalar> visible_rows(const Source& source, GreyLevels grey = GreyLevels::probabilities, Seed seed = {},
                            std::uint32_t pass = 0) {
    Matrix<Scalar> rows(static_cast<Eigen::Index>(source.size()), static_cast<Eigen::Index>(source.visible()));
    std::vector<std::uint32_t> words;
    for_each_block(source.size(), 256, [&](std::size_t first, std::span<const std::uint32_t> indices) {
        MatrixMap<Scalar> v(rows.data() + first * source.visible(), std::ssize(indices), rows.cols());
        source.fill(indices, pass, v);
        detail::apply_grey_levels(grey, GibbsDraws(detail::grey_levels_seed(seed), pass, indices), words, v);
    });
    return rows;
}

/// Biases (D) under which units that are independent have the means of the rows of a source at pass 0: of binary units
/// the log-odds. Half a row of ones and half a row of zeros are added, so that all are finite.
template <class Scalar, VisibleSource<Scalar> Source>
Vector<Scalar> base_rate_bias(const Source& source, VisibleUnits units = VisibleUnits::binary) {
    constexpr std::size_t block = 256;
    Vector<double> sum = Vector<double>::Constant(static_cast<Eigen::Index>(source.visible()), 0.5);
    Matrix<Scalar> rows(static_cast<Eigen::Index>(block), sum.size());
    for_each_block(source.size(), block, [&](std::size_t, std::span<const std::uint32_t> indices) {
        MatrixMap<Scalar> v(rows.data(), std::ssize(indices), sum.size());
        source.fill(indices, 0, v);
        sum += v.colwise().sum().transpose().template cast<double>();
    });
    const double total = static_cast<double>(source.size()) + 1;
    return sum.unaryExpr([&](double of_one) {
        return static_cast<Scalar>(units == VisibleUnits::binary ? std::log(of_one / (total - of_one))
                                                                 : detail::input_of_mean(units, of_one / total));
    });
}

}  // namespace pstar
