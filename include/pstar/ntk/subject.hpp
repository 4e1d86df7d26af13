#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include <pstar/core/error.hpp>
#include <pstar/core/label.hpp>
#include <pstar/core/view.hpp>

namespace pstar {

/// Which outputs' gradients the kernel pairs; J_k(x) is the gradient of logit k at image x over all parameters.
enum class NtkOutput {
    true_class,  ///< K(x, x') = <J_y(x), J_y'(x')>, each image's own label: (N, N)
    trace,       ///< K(x, x') = sum_k <J_k(x), J_k(x')>, the sum over classes: (N, N)
    trace_mean,  ///< that sum divided by the number of classes: (N, N)
    full,        ///< K((x, k), (x', l)) = <J_k(x), J_l(x')>, index n * classes + k: (N K, N K)
};

/// Their words, in the same order.
inline constexpr std::array<std::string_view, 4> ntk_output_names{"true_class", "trace", "trace_mean", "full"};

/// One class for all images: K(x, x') = <J_k(x), J_k(x')>, (N, N).
struct NtkClass {
    std::size_t index = 0;  ///< k, below the number of classes
};

/// An image as a score sees it.
struct NtkImage {
    std::size_t index;  ///< in the data set
    Label label;
    std::span<const double> logits;  ///< (K)
};

/// Any scores of an image's logits, s_1(f), ..., s_S(f), by their derivatives: `cotangent(image, sweep, c)` writes
/// c_k = d s_sweep / d f_k, zeros on entry, for sweep = 0 .. sweeps - 1. Each is one sweep backwards.
/// Example, the margin against class 3: c[image.label] += 1, c[3] -= 1.
struct NtkScore {
    std::size_t sweeps = 1;  ///< S
    /// The derivative of a score, see above.
    std::function<void(const NtkImage& image, std::size_t sweep, std::span<double> cotangent)> cotangent = {};
    bool summed = false;  ///< K = sum over scores, (N, N), as `trace` does; else (N S, N S), as `full` does
};

/// What a kernel is of: `NtkOutput::full`, `NtkClass{3}`, `NtkScore{...}`.
using NtkSubject = std::variant<NtkOutput, NtkClass, NtkScore>;

namespace detail {

/// The cotangents of the logits for a subject, sweep by sweep.
class Sweeps {
public:
    /// Throws std::invalid_argument for a class that the network does not have or a score without a function.
    Sweeps(const NtkSubject& subject, std::size_t classes) : subject_(subject), classes_(classes) {
        if (const auto* one = std::get_if<NtkClass>(&subject_)) {
            require(one->index < classes, "NtkClass", "index", one->index, "be less than the network's outputs");
        } else if (const auto* score = std::get_if<NtkScore>(&subject_)) {
            require(score->sweeps >= 1, "NtkScore", "sweeps", score->sweeps, "be at least 1");
            require(static_cast<bool>(score->cotangent), "NtkScore", "cotangent", "empty", "be a function");
            count_ = score->sweeps, summed_ = score->summed;
        } else {
            const auto output = std::get<NtkOutput>(subject_);
            if (output != NtkOutput::true_class) count_ = classes;
            summed_ = output == NtkOutput::trace || output == NtkOutput::trace_mean;
            if (output == NtkOutput::trace_mean) scale_ = 1 / static_cast<double>(classes);
        }
    }
    std::size_t count() const { return count_; }                         ///< S
    bool summed() const { return summed_; }                              ///< over sweeps
    std::size_t rows_per_image() const { return summed_ ? 1 : count_; }  ///< of the kernel
    double scale() const { return scale_; }                              ///< of the sum

    /// The cotangents (N, K) of sweep `sweep` for images first, first + 1, ... with these labels and logits (N, K).
    template <class Scalar>
    void fill(std::size_t sweep, std::size_t first, std::span<const Label> labels, View<const Scalar> logits,
              Scalar* cotangents) const {
        std::vector<double> f(classes_), c(classes_);
        std::fill_n(cotangents, labels.size() * classes_, Scalar{0});
        for (std::size_t n = 0; n < labels.size(); ++n) {
            Scalar* const row = cotangents + n * classes_;
            if (const auto* score = std::get_if<NtkScore>(&subject_)) {
                std::copy_n(logits.data + n * classes_, classes_, f.begin());
                c.assign(classes_, 0);
                score->cotangent({first + n, labels[n], f}, sweep, c);
                for (std::size_t k = 0; k < classes_; ++k) row[k] = static_cast<Scalar>(c[k]);
            } else if (const auto* one = std::get_if<NtkClass>(&subject_)) {
                row[one->index] = 1;
            } else {
                row[std::get<NtkOutput>(subject_) == NtkOutput::true_class ? labels[n] : sweep] = 1;
            }
        }
    }

private:
    NtkSubject subject_;
    std::size_t classes_, count_ = 1;
    bool summed_ = false;
    double scale_ = 1;
};

}  // namespace detail

}  // namespace pstar
