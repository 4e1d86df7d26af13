#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <pstar/autodiff/tape.hpp>
#include <pstar/core/error.hpp>
#include <pstar/core/random.hpp>

namespace pstar {

/// Where a dropout's draws come from: element i of row n takes word i of (seed, Stream::dropout, epoch, samples[n]), so
/// a sample's mask does not depend on the batch it is in. Refers to `samples`.
struct DropoutDraws {
    Seed seed = {};
    std::uint32_t epoch = 0;
    std::span<const std::uint32_t> samples = {};  ///< (N); empty: row n is sample n
};

namespace primitive {

/// y = m x elementwise, m = 0 with probability p and 1/(1 - p) otherwise: E[y] = x. x (N, ...). A diagonal Jacobian,
/// the same in both modes; the workspace keeps m.
template <class Scalar>
struct Dropout {
    static constexpr std::size_t arity = 1;
    double p;
    DropoutDraws draws;

    Shape shape(const std::array<Shape, 1>& s) const {
        require(p >= 0 && p < 1, "dropout", "p", p, "lie in [0, 1)");
        require(draws.samples.empty() || draws.samples.size() == s[0].rows(), "dropout", "samples.size()",
                draws.samples.size(), "be 0 or equal the number of rows");
        return s[0];
    }
    std::size_t workspace(const std::array<Shape, 1>& s) const { return s[0].size(); }

    void forward(const Call<Scalar, 1>& call) const {
        fill_mask(call);
        call.y.array() = mask(call) * call.x[0].array();
    }
    void vjp(const Call<Scalar, 1>& call, View<const Scalar> dy, const std::array<Cotangent<Scalar>, 1>& dx) const {
        if (dx[0]) dx[0].accumulate(mask(call) * dy.array());
    }
    void jvp(const Call<Scalar, 1>& call, const std::array<View<const Scalar>, 1>& tx, View<Scalar> ty) const {
        ty.array() = mask(call) * tx[0].array();
    }

private:
    static auto mask(const Call<Scalar, 1>& call) {
        return View<const Scalar>{call.workspace, call.x[0].shape}.array();
    }
    void fill_mask(const Call<Scalar, 1>& call) const {
        const auto columns = call.x[0].shape.columns();
        const auto kept = static_cast<Scalar>(1 / (1 - p));
        const auto bound = static_cast<float>(p);
        std::array<std::uint32_t, 256> words;
        for (std::size_t n = 0; n < call.x[0].shape.rows(); ++n) {
            const auto sample = draws.samples.empty() ? static_cast<std::uint32_t>(n) : draws.samples[n];
            const RandomStream stream{draws.seed, Stream::dropout, draws.epoch, sample};
            Scalar* const row = call.workspace + n * columns;
            for (std::size_t first = 0; first < columns; first += words.size()) {
                const auto size = std::min(words.size(), columns - first);
                stream.fill(std::span(words).first(size), first);
                for (std::size_t i = 0; i < size; ++i)
                    row[first + i] = unit_interval(words[i]) < bound ? Scalar{0} : kept;
            }
        }
    }
};

}  // namespace primitive

/// Sets elements of x (N, ...) to zero with probability p, the others to x/(1 - p): PyTorch's Dropout in training.
/// Throws std::invalid_argument unless p lies in [0, 1). Source: Srivastava et al., JMLR 15 (2014), section 4.
template <class Scalar>
Variable<Scalar> dropout(Variable<Scalar> x, double p, const DropoutDraws& draws) {
    return x.tape->record(primitive::Dropout<Scalar>{p, draws}, {x});
}

}  // namespace pstar
